"""The tables of the DuckDB file, made from the vocabulary.

    meta             format of the data, time zone of the installation
    zones            places that have a time zone of their own
    runs             every run with the last batch that was applied
    run_families     what measured in a run, per family
    run_keys         what a run watches
    events           things that happened, one row per id
    dirty            buckets whose rows below have changed since they were computed
    minute_<family>  one wide row per (place, revision, direction, minute, run)
    tier_<family>    one wide row per (tier, place, revision, direction, bucket)

A ``sum`` indicator is one column; a ``mean`` indicator is four (``_n _sum _min _max``), so that any two rows can be added
and a mean is never stored. A distribution has a column more for each of its bins (``_b00`` …), so that a percentile comes
out of any sum of rows. What is worked out of other indicators has no column. A column is NULL where the place's kind does not have the indicator: that is not a zero. Times
are naive UTC ``TIMESTAMP``; they are aware on the other side of this package's edge. There is no primary key: it adds
47 % to the file and doubles the memory, and MERGE bounded in time keeps rows single without one.

Rejected: one narrow row per (place, indicator, minute): up to 11 times slower and 5 times larger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from pantau.errors import StoreError
from pantau.vocabulary import Family, Indicator, families

FORMAT = 1
"""Counts up when older versions of Pantau can no longer read the file."""

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS zones (place VARCHAR, timezone VARCHAR);
CREATE TABLE IF NOT EXISTS runs (
    run VARCHAR, camera VARCHAR, kind VARCHAR, started TIMESTAMP, attempt INTEGER, base BIGINT, seq BIGINT);
CREATE TABLE IF NOT EXISTS run_families (run VARCHAR, family VARCHAR, method VARCHAR, cadence_s DOUBLE);
CREATE TABLE IF NOT EXISTS run_keys (
    run VARCHAR, family VARCHAR, place VARCHAR, revision INTEGER, direction VARCHAR);
CREATE TABLE IF NOT EXISTS events (
    id VARCHAR, kind VARCHAR, place VARCHAR, start TIMESTAMP, finish TIMESTAMP, attributes VARCHAR, picture VARCHAR,
    run VARCHAR, seq BIGINT);
CREATE TABLE IF NOT EXISTS dirty (tier VARCHAR, family VARCHAR, place VARCHAR, bucket TIMESTAMP, finish TIMESTAMP);
"""

_MINUTE = """CREATE TABLE IF NOT EXISTS minute_{family} (
    place VARCHAR, revision INTEGER, direction VARCHAR, minute TIMESTAMP, run VARCHAR, seq BIGINT,
    span_start TIMESTAMP, span_end TIMESTAMP, observed_s DOUBLE, samples INTEGER, {columns})"""

_TIER = """CREATE TABLE IF NOT EXISTS tier_{family} (
    tier VARCHAR, place VARCHAR, revision INTEGER, direction VARCHAR, bucket TIMESTAMP, origin VARCHAR, run VARCHAR,
    method VARCHAR, observed_s DOUBLE, {columns})"""

PARTS = ("n", "sum", "min", "max")
BIN = "b"
"""Parts that count values in a bin are called ``b00``, ``b01`` …; they are whole numbers, as ``n`` is."""
_ADDERS = {"sum": "sum({c})", "min": "min({c})", "max": "max({c})"}
_COUNT = "CAST(sum({c}) AS BIGINT)"


def columns(indicator: Indicator) -> Mapping[str, str]:
    """The columns that hold one indicator, each with the part of the aggregate it holds."""
    if not indicator.stored:
        return {}
    if indicator.over_time == "sum":
        return {indicator.name: "sum"}
    bins = (f"{BIN}{n:02}" for n in range(len(indicator.edges) + 1)) if indicator.edges else ()
    return {f"{indicator.name}_{part}": part for part in (*PARTS, *bins)}


def whole(part: str) -> bool:
    """Whether a part of an aggregate is a whole number."""
    return part == "n" or part.startswith(BIN)


def family_columns(family: Family) -> dict[str, str]:
    """The value columns of a family's wide row with their parts, in the order of the vocabulary."""
    return {column: part for i in family.indicators for column, part in columns(i).items()}


def added_up(family: Family, table: str) -> str:
    """SQL that adds the value columns of many rows: the monoid of `pantau.types.Aggregate`, column by column."""
    parts = family_columns(family).items()
    return ", ".join(f"{_ADDERS.get(part, _COUNT).format(c=f'{table}.{column}')} AS {column}" for column, part in parts)


def create(connection: duckdb.DuckDBPyConnection, timezone: str) -> str:
    """Make what is missing, add columns for new indicators, and give the time zone that the tiers were computed in.

    Raises:
        StoreError: a newer Pantau wrote this file.
    """
    connection.execute(_TABLES)
    meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    found = int(meta.get("format", FORMAT))
    if found > FORMAT:
        raise StoreError(
            f"the store has data format {found}, this Pantau reads up to {FORMAT}; start the newer Pantau that wrote it"
        )
    if "format" not in meta:
        connection.execute("INSERT INTO meta VALUES ('format', ?), ('timezone', ?)", [str(FORMAT), timezone])
    for family in families().values():
        _create_family(connection, family)
    return str(meta.get("timezone", timezone))


def _create_family(connection: duckdb.DuckDBPyConnection, family: Family) -> None:
    wanted = {column: _type(part) for column, part in family_columns(family).items()}
    listed = ", ".join(f"{c} {t}" for c, t in wanted.items())
    for template, table in ((_MINUTE, f"minute_{family.name}"), (_TIER, f"tier_{family.name}")):
        connection.execute(template.format(family=family.name, columns=listed))
        there = set(_names(connection.execute(f"DESCRIBE {table}").fetchall()))
        for column in (c for c in wanted if c not in there):
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {wanted[column]}")


def _names(rows: Iterable[tuple[object, ...]]) -> list[str]:
    return [str(row[0]) for row in rows]


def _type(part: str) -> str:
    return "BIGINT" if whole(part) else "DOUBLE"
