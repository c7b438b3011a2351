"""Between Python's rows and the columns that DuckDB reads and writes: Arrow, and naive UTC inside it.

Arrow moves a city minute in milliseconds where parameters one by one take seconds, and it fetches times without pytz.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pantau.store.minutes import MinuteRow
from pantau.store.queries import STAGED
from pantau.store.schema import BIN, columns, family_columns, whole
from pantau.types import EPOCH, Aggregate, Event, require_utc
from pantau.vocabulary import family

Column = Sequence[object]
Cell = str | int | float | None
_TIME = pa.timestamp("us")
_AWARE = pa.timestamp("us", "UTC")
_TYPES: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("minute", "bucket", "start", "finish", "span_start", "span_end"), _TIME),
    **dict.fromkeys(("seq", "base"), pa.int64()),
    **dict.fromkeys(("revision", "samples", "series"), pa.int32()),
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


def moments(times: Sequence[datetime]) -> npt.NDArray[np.int64]:
    """Microseconds since 1970 of many aware times; ten times faster than `micros` of each."""
    return np.asarray(_times(times).cast(pa.int64()).to_numpy())


@contextmanager
def staged(connection: duckdb.DuckDBPyConnection, table: pa.Table, name: str = STAGED) -> Iterator[None]:
    """`table` under the name that the statements of `pantau.store.queries` expect."""
    connection.register(name, table)
    try:
        yield
    finally:
        connection.unregister(name)


def table(content: Mapping[str, Column], types: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """Columns of text, or of the type that their name has throughout the store; times are aware or microseconds."""
    known = {**_TYPES, **(types or {})}
    arrays = {name: _array(values, known.get(name, pa.string())) for name, values in content.items()}
    return pa.table(arrays)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A minute as the database takes it: with the numbers of its series and run, and the seq that it is written with."""

    row: MinuteRow
    series: int
    run: int
    seq: int


def minute_table(name: str, rows: Sequence[Numbered]) -> pa.Table:
    """Rows of one family as ``minute_<family>`` has them."""
    held = [n.row for n in rows]
    arrays: dict[str, pa.Array] = {
        "series": pa.array([n.series for n in rows], pa.int32()),
        "minute": _times([r.minute for r in held]),
        "run": pa.array([n.run for n in rows], pa.int32()),
        "seq": pa.array([n.seq for n in rows], pa.int64()),
        "span_start": _times([r.span[0] if r.span else r.minute for r in held]),
        "span_end": _times([r.span[1] if r.span else r.minute for r in held]),
        "observed_s": pa.array([r.observed_s for r in held], pa.float64()),
        "samples": pa.array([r.samples for r in held], pa.int32()),
    }
    values = [r.values for r in held]
    for indicator in (i for i in family(name).indicators if i.stored):
        of_indicator = [v.get(indicator.name) for v in values]
        for column, part in columns(indicator).items():
            arrays[column] = pa.array(_parts(of_indicator, part), _type(part))
    return pa.table(arrays)


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
    if all(isinstance(v, datetime) for v in values):
        return _times(values)
    return pa.array([micros(v) if isinstance(v, datetime) else v for v in values], pa.int64()).cast(_TIME)


def _times(values: Sequence[object]) -> pa.Array:
    """Aware UTC times."""
    return pa.array(values, _AWARE).cast(_TIME)


def _parts(values: Sequence[Aggregate | None], part: str) -> list[float | None]:
    """One part of many aggregates, spelled out: a city minute has half a million of them."""
    if part == "sum":
        return [None if v is None else v.sum for v in values]
    if part == "n":
        return [None if v is None else v.n for v in values]
    if part == "min":
        return [None if v is None or not v.n else v.min for v in values]
    if part == "max":
        return [None if v is None or not v.n else v.max for v in values]
    number = int(part.removeprefix(BIN))
    return [None if v is None else v.bins[number] if v.bins else 0 for v in values]


def _type(part: str) -> pa.DataType:
    return pa.int64() if whole(part) else pa.float64()
