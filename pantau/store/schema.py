"""The tables of the DuckDB file, made from the vocabulary.

    meta             format of the data, time zone of the installation, moment before which minutes are frozen
    zones            places that have a time zone of their own
    series           every series with its number: family, place, revision, direction
    runs             every run with its number and the last batch that was applied
    run_families     what measured in a run, per family
    run_keys         what a run watches
    events           things that happened, one row per id
    dirty            buckets whose rows below have changed since they were computed
    members          which places a group (the city, an area) is made of
    sealed           days of minutes that are in a Parquet file instead of the table
    refusals         late rows that were not taken, because what they change is frozen
    packs            minutes that wait to be laid into their table (`pantau.store.packs`)
    minute_<family>  one wide row per (series, minute, run)
    <tier>_<family>  one wide row per (series, bucket), for each tier above the minute

Series and runs are numbers in the wide rows: a city day is 75 million of them, and finding one camera in it by its number
takes 60 ms where its name took seconds. A ``sum`` indicator is one column; a ``mean`` indicator is four (``_n _sum _min
_max``), so that any two rows can be added and a mean is never stored. A distribution has a column more for each of its bins
(``_b00`` …), so that a percentile comes out of any sum of rows. What is worked out of other indicators has no column. A
column is NULL where the place's kind does not have the indicator: that is not a zero. Times are naive UTC ``TIMESTAMP``;
they are aware on the other side of this package's edge. There is no primary key: it adds 47 % to the file and doubles the
memory, and one writer that looks for the keys it brings, bounded in time, keeps rows single without one.

Every name of a column is quoted: a city brings its own indicators, and may call one ``order`` or ``left``.

Rejected: one narrow row per (place, indicator, minute): up to 11 times slower and 5 times larger. One table for all tiers:
months are asked in milliseconds only where they do not lie among hours.
"""

# ruff: noqa: S608 -- what is put into a statement are names of the vocabulary, quoted; every value is a parameter

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from pantau.errors import StoreError
from pantau.store.series import TIERS
from pantau.vocabulary import Family, Indicator, families

FORMAT = 3
"""Counts up when older versions of Pantau can no longer read the file."""

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS zones (place VARCHAR, timezone VARCHAR);
CREATE TABLE IF NOT EXISTS series (
    number INTEGER, family VARCHAR, place VARCHAR, revision INTEGER, direction VARCHAR);
CREATE TABLE IF NOT EXISTS runs (
    run VARCHAR, number INTEGER, camera VARCHAR, kind VARCHAR, started TIMESTAMP, attempt INTEGER, base BIGINT,
    seq BIGINT);
CREATE TABLE IF NOT EXISTS run_families (run VARCHAR, family VARCHAR, method VARCHAR, cadence_s DOUBLE);
CREATE TABLE IF NOT EXISTS run_keys (
    run VARCHAR, family VARCHAR, place VARCHAR, revision INTEGER, direction VARCHAR);
CREATE TABLE IF NOT EXISTS events (
    id VARCHAR, kind VARCHAR, place VARCHAR, start TIMESTAMP, finish TIMESTAMP, attributes VARCHAR, picture VARCHAR,
    run VARCHAR, seq BIGINT);
CREATE TABLE IF NOT EXISTS dirty (tier VARCHAR, family VARCHAR, place VARCHAR, bucket TIMESTAMP, finish TIMESTAMP);
CREATE TABLE IF NOT EXISTS members (
    "group" VARCHAR, place VARCHAR, cordon VARCHAR, since TIMESTAMP, until TIMESTAMP);
CREATE TABLE IF NOT EXISTS sealed (
    family VARCHAR, day TIMESTAMP, finish TIMESTAMP, file VARCHAR, rows BIGINT, bytes BIGINT);
CREATE TABLE IF NOT EXISTS packs (
    id UUID, family VARCHAR, low TIMESTAMP, high TIMESTAMP, count BIGINT, rows BLOB);
CREATE TABLE IF NOT EXISTS refusals (
    run VARCHAR, family VARCHAR, place VARCHAR, direction VARCHAR, minute TIMESTAMP, frozen TIMESTAMP);
"""

_MINUTE = """CREATE TABLE IF NOT EXISTS {table} (
    series INTEGER, minute TIMESTAMP, run INTEGER, seq BIGINT, span_start TIMESTAMP, span_end TIMESTAMP,
    observed_s DOUBLE, samples INTEGER, {columns})"""

_TIER = """CREATE TABLE IF NOT EXISTS {table} (
    series INTEGER, bucket TIMESTAMP, origin VARCHAR, run VARCHAR, method VARCHAR, observed_s DOUBLE,
    expected_s DOUBLE, places INTEGER, {columns})"""

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


def added_up(family: Family, table: str, only: Iterable[str] = ()) -> str:
    """SQL that adds the value columns of many rows: the monoid of `pantau.types.Aggregate`, column by column.

    `only` names the indicators that are wanted, where not all are.
    """
    wanted = set(only) or {i.name for i in family.indicators}
    parts = [(column, part) for i in family.indicators if i.name in wanted for column, part in columns(i).items()]
    return ", ".join(
        f"{_ADDERS.get(part, _COUNT).format(c=f'{table}.{quoted(column)}')} AS {quoted(column)}"
        for column, part in parts
    )


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever word it is."""
    return '"' + name.replace('"', '""') + '"'


def table_of(tier: str, family: str) -> str:
    """The table of a tier and family, as SQL takes it."""
    return quoted(f"{tier}_{family}")


def create(connection: duckdb.DuckDBPyConnection, timezone: str) -> str:
    """Make what is missing, add columns for new indicators, and give the time zone that the tiers were computed in.

    Raises:
        StoreError: a newer Pantau wrote this file.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS meta (key VARCHAR, value VARCHAR)")
    meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    found = int(meta.get("format", FORMAT))
    if found > FORMAT:
        raise StoreError(
            f"the store has data format {found}, this Pantau reads up to {FORMAT}; start the newer Pantau that wrote it"
        )
    for step in range(found, FORMAT):
        MIGRATIONS[step](connection)
    connection.execute(_TABLES)
    connection.execute("DELETE FROM meta WHERE key = 'format'")
    connection.execute("INSERT INTO meta VALUES ('format', ?)", [str(FORMAT)])
    if "timezone" not in meta:
        connection.execute("INSERT INTO meta VALUES ('timezone', ?)", [timezone])
    create_families(connection, families().values())
    return str(meta.get("timezone", timezone))


def create_families(connection: duckdb.DuckDBPyConnection, wanted: Iterable[Family]) -> None:
    """Make families' tables, and add columns that their indicators do not have yet."""
    there: dict[str, set[str]] = {}
    for table, column in connection.execute("SELECT table_name, column_name FROM duckdb_columns()").fetchall():
        there.setdefault(str(table), set()).add(str(column))
    for family in wanted:
        typed = {column: _type(part) for column, part in family_columns(family).items()}
        listed = ", ".join(f"{quoted(c)} {t}" for c, t in typed.items())
        for tier in TIERS:
            table, has = table_of(tier, family.name), there.get(f"{tier}_{family.name}")
            if has is None:
                connection.execute((_MINUTE if tier == "minute" else _TIER).format(table=table, columns=listed))
                continue
            for column in (c for c in typed if c not in has):
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {quoted(column)} {typed[column]}")


def _from_format_1(connection: duckdb.DuckDBPyConnection) -> None:
    """Series and runs become numbers, and each tier a table of its own; the tiers between are computed when they are rolled up."""
    there = set(_names(connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()))
    connection.execute("ALTER TABLE runs ADD COLUMN number INTEGER")
    connection.execute(
        "UPDATE runs SET number = n.number FROM (SELECT run, row_number() OVER (ORDER BY started, run) AS number FROM runs) n"
        " WHERE runs.run = n.run"
    )
    connection.execute(_TABLES)
    for family in (f for f in families().values() if f"minute_{f.name}" in there):
        old = {tier: f"old_{tier}_{family.name}" for tier in ("minute", "tier")}
        for tier, name in old.items():
            connection.execute(f"ALTER TABLE {tier}_{family.name} RENAME TO {name}")
        both = " UNION ".join(f"SELECT place, revision, direction FROM {name}" for name in old.values())
        connection.execute(
            f"INSERT INTO series SELECT (SELECT coalesce(max(number), 0) FROM series) + row_number() OVER (ORDER BY place, revision, direction),"
            f" $family, place, revision, direction FROM ({both})",
            {"family": family.name},
        )
        create_families(connection, [family])
        number = f"JOIN series s ON s.family = '{family.name}' AND (s.place, s.revision, s.direction) = (o.place, o.revision, o.direction)"
        connection.execute(
            f"INSERT INTO {table_of('minute', family.name)} BY NAME SELECT s.number AS series,"
            f" o.* EXCLUDE (place, revision, direction) REPLACE (r.number AS run) FROM {old['minute']} o {number}"
            " JOIN runs r ON r.run = o.run"
        )
        for tier in ("hour", "day"):
            connection.execute(
                f"INSERT INTO {table_of(tier, family.name)} BY NAME SELECT s.number AS series,"
                f" o.* EXCLUDE (tier, place, revision, direction) FROM {old['tier']} o {number} WHERE o.tier = $tier",
                {"tier": tier},
            )
        for name in old.values():
            connection.execute(f"DROP TABLE {name}")
    connection.execute("INSERT INTO meta VALUES ('regrid', 'all')")


def _from_format_2(_: duckdb.DuckDBPyConnection) -> None:
    """Minutes may wait in packs: nothing moves, but a Pantau that does not know them would not count them."""


MIGRATIONS = {1: _from_format_1, 2: _from_format_2}
"""What makes each format the next one; all of it in the transaction that opens the file."""


def _names(rows: Iterable[tuple[object, ...]]) -> list[str]:
    return [str(row[0]) for row in rows]


def _type(part: str) -> str:
    return "BIGINT" if whole(part) else "DOUBLE"
