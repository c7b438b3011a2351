"""CSV (RFC 4180): UTF-8, a header row, points in numbers, times with their offset; and the form that an Indonesian Excel opens.

Excel in Indonesian takes ``;`` between cells and a comma in numbers, and wants a byte order mark before it believes in UTF-8. Text that a
spreadsheet would run as a formula gets an apostrophe, in both (`pantau.serve.series.download`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from pantau.serve.formats.sheet import Cell, Sheet
from pantau.serve.series.download import number, text

CHUNK_ROWS = 1000


def pieces(sheet: Sheet) -> Iterator[bytes]:
    """Comma-separated."""
    return _pieces(sheet, ",", mark="", decimal=".")


def excel_pieces(sheet: Sheet) -> Iterator[bytes]:
    """With semicolons, decimal commas and a byte order mark."""
    return _pieces(sheet, ";", mark="\ufeff", decimal=",")


def _pieces(sheet: Sheet, delimiter: str, *, mark: str, decimal: str) -> Iterator[bytes]:
    buffer = io.StringIO()
    buffer.write(mark)
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([column.name for column in sheet.columns])
    for i, row in enumerate(sheet.rows, start=1):
        writer.writerow([_written(cell, decimal) for cell in row])
        if i % CHUNK_ROWS == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _written(cell: Cell, decimal: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return cell.isoformat()
    return text(cell) if isinstance(cell, str) else number(cell).replace(".", decimal)
