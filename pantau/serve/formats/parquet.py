"""Apache Parquet: typed columns, times in UTC, zstd; each column's label, unit and definition in its field's metadata.

Written a row group at a time, so that a long table needs no more memory than a short one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pyarrow as pa
from pyarrow import parquet as pq
from typing_extensions import Buffer, override

from pantau.serve.formats.sheet import Column, Row, Sheet

GROUP_ROWS = 50_000
TYPES = {
    "string": pa.string(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "datetime": pa.timestamp("us", tz="UTC"),
}


class _Sink(io.RawIOBase):
    """What was written since the last look."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Buffer) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    @override
    def tell(self) -> int:
        return self._at

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def pieces(sheet: Sheet) -> Iterator[bytes]:
    """The file, a piece after each row group."""
    schema = pa.schema([_field(column) for column in sheet.columns])
    sink, rows = _Sink(), iter(sheet.rows)
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        while group := list(islice(rows, GROUP_ROWS)):
            columns = [_cells(column, group, i) for i, column in enumerate(sheet.columns)]
            writer.write_table(pa.table(columns, schema=schema))
            yield sink.taken()
    yield sink.taken()


def _field(column: Column) -> pa.Field:
    told = {"label_id": column.label.id, "label_en": column.label.en, "unit": column.unit}
    return pa.field(column.name, TYPES[column.type], metadata={**told, "definition": column.definition.id})


def _cells(column: Column, rows: list[Row], i: int) -> pa.Array:
    cells = [row[i] for row in rows]
    if column.type == "datetime":
        cells = [cell.astimezone(UTC) if isinstance(cell, datetime) else None for cell in cells]
    return pa.array(cells, TYPES[column.type])
