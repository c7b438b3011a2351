"""The same numbers as CSV (RFC 4180): a value is the number that JSON has, and an empty cell is its null.

Rows are written a few hundred at a time. Cells of text that a spreadsheet would run as a formula get an apostrophe (OWASP,
CSV injection); numbers are left alone.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from fastapi import Response
from fastapi.responses import StreamingResponse

from pantau.places import Line
from pantau.serve.http.caching import RULES, Keep
from pantau.serve.series.groups import Subject
from pantau.serve.series.tables import Table
from pantau.types import Event

CHUNK_ROWS = 500


def series_csv(table: Table, place: Subject, beside: Sequence[Sequence[str]] = ()) -> Iterator[str]:
    """The table as CSV (RFC 4180), a few hundred rows at a time.

    `beside` has the last cells of each row: validation and state of each indicator, then night, rain and self-check.
    """
    series = table.series
    head = ["start", "place", "tier", "direction", "coverage", "provisional", "method", *series.columns]
    told = [f"{name}.{what}" for what in ("validation", "state") for name in series.columns]
    head += [*told, "night", "rain", "self_check"] if beside else []
    direction = table.direction if isinstance(place, Line) else ""

    def rows() -> Iterator[list[str]]:
        for i, start in enumerate(series.starts):
            coverage = None if table.held[i] else series.coverage[i]
            yield [
                moment(start),
                text(place.id),
                series.tier,
                direction,
                number(coverage),
                str(series.provisional[i]).lower(),
                text(series.method[i]),
                *(number(values[i]) for values in series.columns.values()),
                *(beside[i] if beside else ()),
            ]

    return csv_text(head, rows())


def states_of_rows(table: Table) -> list[list[str]]:
    """For each row, what each published value is; empty for the signed-in."""
    n = len(table.series.starts)
    columns = [table.states.get(name) or ("",) * n for name in table.series.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def events_csv(events: Iterable[Event]) -> Iterator[str]:
    """Events as CSV; their attributes as one cell of JSON."""
    rows = (
        [
            text(e.id),
            text(e.kind),
            text(e.place),
            moment(e.start),
            moment(e.end) if e.end else "",
            json.dumps(dict(e.attributes), ensure_ascii=False, sort_keys=True),
        ]
        for e in events
    )
    return csv_text(["id", "kind", "place", "start", "end", "attributes"], rows)


def csv_text(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV in pieces of `CHUNK_ROWS` rows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(head)
    for i, row in enumerate(rows, start=1):
        writer.writerow(row)
        if i % CHUNK_ROWS == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def moment(time: datetime) -> str:
    """ISO 8601 in UTC, ending in Z, as in JSON."""
    return time.isoformat().replace("+00:00", "Z")


def number(value: float | None) -> str:
    """The shortest text that reads back as the same number, as in JSON; empty where there is none."""
    return "" if value is None else repr(float(value))


def text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


def csv_response(name: str, pieces: Iterable[str], keep: Keep) -> Response:
    """A CSV download called `name`; the name is cut to letters that every system takes."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name)
    headers = {
        "Content-Disposition": f'attachment; filename="{safe}"',
        "Cache-Control": RULES[keep],
        "Vary": "Cookie",
    }
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)
