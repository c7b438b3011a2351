"""Between Python's rows and the columns that DuckDB reads and writes: Arrow, and naive UTC inside it.

Arrow moves a city minute in milliseconds where parameters one by one take seconds, and it fetches times without pytz.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from pantau.store.minutes import MinuteRow
from pantau.store.queries import STAGED
from pantau.store.schema import BIN, columns, family_columns, whole
from pantau.types import EPOCH, Aggregate, Event, require_utc
from pantau.vocabulary import family

Column = Sequence[object]
Cell = str | int | float | None
_TIME = pa.timestamp("us")
_TYPES: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("minute", "bucket", "start", "finish", "span_start", "span_end"), _TIME),
    **dict.fromkeys(("seq", "base"), pa.int64()),
    **dict.fromkeys(("revision", "samples"), pa.int32()),
    "observed_s": pa.float64(),
}


def naive(time: datetime) -> datetime:
    """A UTC time as it stands in the database."""
    return require_utc(time).replace(tzinfo=None)


def micros(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    """The UTC time of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


@contextmanager
def staged(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> Iterator[None]:
    """`table` under the name that the statements of `pantau.store.queries` expect."""
    connection.register(STAGED, table)
    try:
        yield
    finally:
        connection.unregister(STAGED)


def table(content: Mapping[str, Column], types: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """Columns of text, or of the type that their name has throughout the store; times are aware or microseconds."""
    known = {**_TYPES, **(types or {})}
    arrays = {name: _array(values, known.get(name, pa.string())) for name, values in content.items()}
    return pa.table(arrays)


def minute_table(name: str, rows: Sequence[tuple[MinuteRow, str, int]]) -> pa.Table:
    """Rows of one family, each with its run and seq, as ``minute_<family>`` has them."""
    content: dict[str, list[object]] = {
        "place": [r.key.place for r, _, _ in rows],
        "revision": [r.key.revision for r, _, _ in rows],
        "direction": [r.key.direction for r, _, _ in rows],
        "minute": [r.minute for r, _, _ in rows],
        "run": [run for _, run, _ in rows],
        "seq": [seq for _, _, seq in rows],
        "span_start": [r.span[0] if r.span else r.minute for r, _, _ in rows],
        "span_end": [r.span[1] if r.span else r.minute for r, _, _ in rows],
        "observed_s": [r.observed_s for r, _, _ in rows],
        "samples": [r.samples for r, _, _ in rows],
    }
    types: dict[str, pa.DataType] = {}
    for indicator in family(name).indicators:
        for column, part in columns(indicator).items():
            content[column] = [_part(r.values.get(indicator.name), part) for r, _, _ in rows]
            types[column] = _type(part)
    return table(content, types)


def value_types(name: str) -> dict[str, pa.DataType]:
    """Arrow types of a family's value columns."""
    return {column: _type(part) for column, part in family_columns(family(name)).items()}


def aggregates(name: str, cells: Mapping[str, Cell]) -> dict[str, Aggregate]:
    """The values of one stored row; indicators whose columns are NULL are not there."""
    values: dict[str, Aggregate] = {}
    for indicator in (i for i in family(name).indicators if i.stored):
        got = {part: cells[column] for column, part in columns(indicator).items()}
        if got["sum"] is None:
            continue
        parts: dict[str, object] = {p: value for p, value in got.items() if value is not None and not p.startswith(BIN)}
        if indicator.edges:
            parts["bins"] = tuple(int(value or 0) for part, value in got.items() if part.startswith(BIN))
        values[indicator.name] = Aggregate(**parts)  # type: ignore[arg-type]  # numbers, by the schema
    return values


def event_table(events: Sequence[tuple[Event, str, int]]) -> pa.Table:
    """Events, each with its run and seq, as the table of that name has them; of one id twice, the last."""
    single = list({event.id: (event, run, seq) for event, run, seq in events}.values())
    return table(
        {
            "id": [e.id for e, _, _ in single],
            "kind": [e.kind for e, _, _ in single],
            "place": [e.place for e, _, _ in single],
            "start": [e.start for e, _, _ in single],
            "finish": [e.end for e, _, _ in single],
            "attributes": [json.dumps(dict(e.attributes), sort_keys=True) for e, _, _ in single],
            "picture": [e.picture for e, _, _ in single],
            "run": [run for _, run, _ in single],
            "seq": [seq for _, _, seq in single],
        }
    )


def _array(values: Column, type_: pa.DataType) -> pa.Array:
    if type_ != _TIME:
        return pa.array(values, type_)
    return pa.array([micros(v) if isinstance(v, datetime) else v for v in values], pa.int64()).cast(_TIME)


def _part(value: Aggregate | None, part: str) -> float | None:
    if value is None:
        return None
    if part in {"min", "max"} and not value.n:
        return None
    if part.startswith(BIN):
        return value.bins[int(part.removeprefix(BIN))] if value.bins else 0
    number: float = getattr(value, part)
    return number


def _type(part: str) -> pa.DataType:
    return pa.int64() if whole(part) else pa.float64()
