"""JSON: an array of objects, one for each row, with the columns explained before them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from pantau.serve.formats.sheet import Cell, Sheet

CHUNK_ROWS = 1000


def pieces(sheet: Sheet) -> Iterator[bytes]:
    """``{"name", "columns": [...], "rows": [{...}]}``."""
    columns = [
        {
            "name": column.name,
            "type": column.type,
            "unit": column.unit or None,
            "label": {"id": column.label.id, "en": column.label.en},
            "definition": {"id": column.definition.id, "en": column.definition.en},
        }
        for column in sheet.columns
    ]
    head = {"name": sheet.name, "columns": columns}
    yield json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "rows": ['
    names = [column.name for column in sheet.columns]
    waiting: list[str] = []
    comma = ""
    for row in sheet.rows:
        cells = {name: plain(cell) for name, cell in zip(names, row, strict=True)}
        waiting.append(json.dumps(cells, ensure_ascii=False))
        if len(waiting) == CHUNK_ROWS:
            yield (comma + ",\n".join(waiting)).encode()
            waiting, comma = [], ",\n"
    yield ((comma if waiting else "") + ",\n".join(waiting)).encode() + b"]}\n"


def plain(cell: Cell) -> str | float | bool | None:
    """A cell as JSON has it."""
    return cell.isoformat() if isinstance(cell, datetime) else cell
