"""Figures of many places together: the city, an area, and whatever else is a named list of places.

A group is asked for as a place is, by its id (``city``, ``area:33.74.01``), and has rows of its own in every tier above the
minute, so that ten years of a city are as quick as ten years of a camera. What is added follows the vocabulary:

    yes      disjoint places: a sum is the sum of theirs; a state (how many are inside) the sum of their means
    cordon   only the members that were declared boundary lines of the group (`pantau.places.Cordon`), by the way that leads into it
    never    no figure: the column is NULL

Coverage is what its places were observed together ÷ what they should have been, from the moment each joined until it
left; a camera that is down lowers it, one that was bought later does not; a declared line that never gave anything lowers it. `places`
says how many gave anything. A bucket is computed when it has ended, a crossing by the cordon in force at that moment: its lines are the
method of the figure, so a cordon that changes is a break, and what was told before stays. A sum over fewer places is smaller, so two periods are compared by `Groups.matched`: over the
places that were covered in both, by one method.

Limits: places of another time zone than the installation's can't join. Rejected: adding members when asked (0.8 s for a
year of a city), and scaling up for missing places (an invented figure).
"""

# ruff: noqa: S608 -- what is put into a statement are names of the vocabulary, quoted; every value is a parameter

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import duckdb

from pantau.errors import DataError
from pantau.places import DIRECTIONS, NO_DIRECTION, Camera, Cordon, Direction
from pantau.store import queries
from pantau.store.buckets import bucket, starts
from pantau.store.database import Database
from pantau.store.packs import Packs
from pantau.store.schema import columns, quoted, table_of
from pantau.store.series import TIERS, Tier
from pantau.store.tables import from_micros, naive, staged, table
from pantau.store.zones import Zones
from pantau.types import require_utc
from pantau.vocabulary import Family, Indicator, families, indicator

CITY = "city"
METHOD = "group"
CORDON = "cordon "
"""Before the fingerprint of the declared lines: the method of a group's crossings."""
COVERED = 0.8
"""Coverage from which on a place's bucket is compared with another."""


@dataclass(frozen=True, slots=True)
class Member:
    """A place of a group; `cordon` is the direction that leads into the group where the place is on its boundary."""

    group: str
    place: str
    cordon: Direction = NO_DIRECTION


@dataclass(frozen=True, slots=True)
class Membership:
    """That a place belongs to a group: from `since` until `until` (None: still); `cordon` as a `Member` has it."""

    place: str
    cordon: Direction
    since: datetime
    until: datetime | None = None

    def within(self, start: datetime, end: datetime) -> bool:
        """Whether it was a member at any time of [start, end)."""
        return self.since < end and (self.until is None or self.until > start)


@dataclass(frozen=True, slots=True)
class Matched:
    """A group's figure in two periods over the same places: both sums, how many places they are of, and of how many."""

    before: float | None
    after: float | None
    places: int
    of: int


def addable(of: Family) -> tuple[Indicator, ...]:
    """The stored indicators of a family that a group may have."""
    return tuple(i for i in of.indicators if i.stored and i.over_places != "never")


def members_of(cameras: Iterable[Camera], cordons: Iterable[Cordon] = ()) -> list[Member]:
    """The groups that the register makes: the city, each area with those around it (``33.74.01`` is in ``33.74``), and whatever has a cordon.

    Lines are members without being cordons: a city's boundary is nothing that a camera knows by itself. A declared line stays one while its
    camera is switched off: its silence lowers the coverage.
    """
    members: dict[tuple[str, str], Member] = {}
    for camera in (c for c in cameras if c.enabled):
        parts = camera.area.split(".") if camera.area else []
        around = (
            [".".join(parts[: n + 1]) for n in range(1, len(parts))] if camera.area[:2].isdigit() else [camera.area]
        )
        groups = [CITY, *(f"area:{code}" for code in around if code)]
        places = [*(line.id for line in camera.lines), *(area.id for area in camera.zones)]
        members |= {(group, place): Member(group, place) for group in groups for place in places}
    members |= {
        (cordon.of, one.line): Member(cordon.of, one.line, one.into) for cordon in cordons for one in cordon.lines
    }
    return list(members.values())


class Groups:
    """Who is a member of what, and figures over them."""

    def __init__(self, database: Database, zones: Zones, packs: Packs) -> None:
        self._database, self._zones, self._packs = database, zones, packs

    def follow(self, members: Iterable[Member], now: datetime) -> None:
        """Make these the members from now on; each has been one since its first stored figure, who is gone left now.

        Raises:
            DataError: a place is in another time zone than the installation.
            StoreError: nothing was changed.
        """
        wanted = {(m.group, m.place): m for m in members}
        for _, place in wanted:
            if self._zones.of(place) != self._zones.default:
                zone = self._zones.of(place)
                raise DataError(f"place {place!r} is in {zone}, its days are not those of {self._zones.default}")
        asked = 'SELECT "group", place, cordon FROM members WHERE until IS NULL'
        with self._database.transaction() as connection:
            self._packs.fold(connection)
            known = {(group, place): cordon for group, place, cordon in connection.execute(asked).fetchall()}
            redrawn = _redrawn(known, wanted.values()) & _with_cordon(connection)
            gone = [
                pair
                for pair, cordon in known.items()
                if pair not in wanted or wanted[pair].cordon != cordon or (cordon and pair[0] in redrawn)
            ]
            joined = [m for pair, m in wanted.items() if pair in gone or pair not in known]
            for pair in gone:
                _leave(connection, pair, now if pair not in wanted or known[pair] else None)
            changed = {m.group for m in joined} | redrawn
            _number(connection, changed)
            self._database.changed("series", "members")
            firsts = _firsts(connection)
            _join(connection, [m for m in joined if m.cordon and m.group in redrawn], now, {})
            _join(connection, [m for m in joined if not (m.cordon and m.group in redrawn)], now, firsts)
            changed |= _lengthen(connection, firsts)
            for group in sorted(changed):
                self._mark(connection, group)

    def memberships(self) -> Mapping[str, tuple[Membership, ...]]:
        """Who belongs and belonged to each group."""
        return self._database.remembered("members", memberships)

    def matched(self, group: str, what: str, tier: Tier, before: datetime, after: datetime) -> Matched:
        """Compare the buckets of `tier` that hold two moments.

        Raises:
            ConfigError: no such indicator.
            DataError: it has no sum over places.
        """
        asked = indicator(what)
        if asked.over_places == "never" or not asked.stored or tier == "minute":
            raise DataError(f"{what} has no sum over places by {tier}, so two periods can't be compared")
        moments = [bucket(tier, self._zones.default, require_utc(at)) for at in (before, after)]
        values: dict[str, object] = {"group": group, "covered": COVERED}
        for name, (start, end) in zip(("before", "after"), moments, strict=True):
            values |= {name: naive(start), f"{name}_s": (end - start).total_seconds()}
        with self._database.read() as connection:
            found = connection.execute(_matched(what, tier), values).fetchone()
        one, other, places, of = found or (None, None, 0, 0)
        return Matched(one, other, int(places), int(of))

    def _mark(self, connection: duckdb.DuckDBPyConnection, group: str) -> None:
        """Every bucket of a group in which its members have anything has to be computed again."""
        found = connection.execute(
            'SELECT DISTINCT m.place, s.family FROM members m JOIN series s USING (place) WHERE m."group" = ?', [group]
        ).fetchall()
        members = {str(place) for place, _ in found}
        for name in sorted({str(of) for _, of in found if addable(families()[of])}):
            rows = connection.execute(queries.extents(name)).fetchall()
            spans = [(first, last) for place, first, last in rows if place in members]
            for tier in TIERS[1:] if spans else ():
                first, last = from_micros(min(s for s, _ in spans)), from_micros(max(e for _, e in spans))
                grid = starts(tier, self._zones.default, first, last)
                content: dict[str, Sequence[object]] = {
                    "tier": [tier] * len(grid),
                    "family": [name] * len(grid),
                    "place": [group] * len(grid),
                    "bucket": grid,
                    "finish": (*grid[1:], bucket(tier, self._zones.default, grid[-1])[1]),
                }
                with staged(connection, table(content)):
                    connection.execute(queries.MARK_DIRTY)


MARK_ABOVE_PLACES = f"""INSERT INTO dirty BY NAME SELECT * FROM (
    SELECT DISTINCT $tier AS tier, $family AS family, m."group" AS place, s.bucket, s.finish
    FROM {queries.STAGED} s JOIN members m ON m.place = s.place)
    ANTI JOIN dirty USING (tier, family, place, bucket)"""
"""The groups of staged places have to be computed again."""


def names_of(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Ids of all groups."""
    return {str(group) for (group,) in connection.execute('SELECT DISTINCT "group" FROM members').fetchall()}


def memberships(connection: duckdb.DuckDBPyConnection) -> Mapping[str, tuple[Membership, ...]]:
    """Who belongs and belonged to each group."""
    found: dict[str, list[Membership]] = {}
    asked = 'SELECT "group", place, cordon, epoch_us(since), epoch_us(until) FROM members ORDER BY ALL'
    for group, place, cordon, since, until in connection.execute(asked).fetchall():
        end = None if until is None else from_micros(until)
        found.setdefault(group, []).append(Membership(place, cordon, from_micros(since), end))
    return {group: tuple(members) for group, members in found.items()}


def _redrawn(known: Mapping[tuple[str, str], str], wanted: Iterable[Member]) -> set[str]:
    """Groups whose declared lines are not those of before."""
    before = {(*pair, cordon) for pair, cordon in known.items() if cordon}
    return {group for group, _, _ in before ^ {(m.group, m.place, m.cordon) for m in wanted if m.cordon}}


def _with_cordon(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Groups that have or had a cordon: what they said by it stays said, so another one holds from now on and not since ever."""
    found = connection.execute("SELECT DISTINCT \"group\" FROM members WHERE cordon <> ''").fetchall()
    return {str(group) for (group,) in found}


def _firsts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """When each place gave its first figure, microseconds since 1970."""
    firsts: dict[str, int] = {}
    for name in families():
        for place, since, _ in connection.execute(queries.extents(name)).fetchall():
            firsts[place] = min(since, firsts.get(place, since))
    return firsts


def _join(
    connection: duckdb.DuckDBPyConnection, joined: Sequence[Member], now: datetime, firsts: Mapping[str, int]
) -> None:
    if not joined:
        return
    content: dict[str, Sequence[object]] = {
        "group": [m.group for m in joined],
        "place": [m.place for m in joined],
        "cordon": [m.cordon for m in joined],
        "start": [from_micros(firsts[m.place]) if m.place in firsts else now for m in joined],
    }
    with staged(connection, table(content)):
        connection.execute(f'INSERT INTO members SELECT "group", place, cordon, start, NULL FROM {queries.STAGED}')


def _lengthen(connection: duckdb.DuckDBPyConnection, firsts: Mapping[str, int]) -> set[str]:
    """Members whose first figure was brought in later were members since then, but for a cordon that replaced another; the groups of which that is so."""
    if not firsts:
        return set()
    with staged(connection, table({"place": [*firsts], "start": [*firsts.values()]})):
        groups = connection.execute(
            f"UPDATE members SET since = s.start FROM {queries.STAGED} s WHERE members.place = s.place"
            " AND members.until IS NULL AND s.start < members.since AND (members.cordon = '' OR members.\"group\" NOT IN"
            ' (SELECT "group" FROM members WHERE cordon <> \'\' AND until IS NOT NULL)) RETURNING members."group"'
        ).fetchall()
    return {str(group) for (group,) in groups}


def _leave(connection: duckdb.DuckDBPyConnection, pair: tuple[str, str], now: datetime | None) -> None:
    """End a membership; or take it back wholly where a line that counted for nothing becomes one of the cordon."""
    if now is None:
        connection.execute('DELETE FROM members WHERE "group" = ? AND place = ? AND until IS NULL', pair)
    else:
        asked = [naive(now), *pair]
        connection.execute('UPDATE members SET until = ? WHERE "group" = ? AND place = ? AND until IS NULL', asked)
        connection.execute('DELETE FROM members WHERE "group" = ? AND place = ? AND until <= since', pair)


def _number(connection: duckdb.DuckDBPyConnection, groups: Iterable[str]) -> None:
    """Give the series of groups their numbers."""
    names = [f.name for f in families().values() if addable(f)]
    every = [(name, group, way) for name in names for group in sorted(groups) for way in (NO_DIRECTION, *DIRECTIONS)]
    if not every:
        return
    content: dict[str, Sequence[object]] = {
        "family": [name for name, _, _ in every],
        "place": [group for _, group, _ in every],
        "revision": [1] * len(every),
        "direction": [way for _, _, way in every],
    }
    with staged(connection, table(content)):
        connection.execute(queries.NUMBER_SERIES)


ELIGIBLE = """SELECT m."group", m.place, m.cordon, m.since, m.until, k.number AS series,
        CASE WHEN k.direction = '' THEN '' WHEN k.direction = m.cordon THEN 'forward' ELSE 'backward' END AS direction, m.again
    FROM (SELECT *, lead(since) OVER (PARTITION BY "group", place ORDER BY since) AS again FROM members) m
    JOIN series k ON k.place = m.place
    WHERE k.family = '{name}' AND (m.cordon <> '' OR k.direction = '')"""
"""The series that a group may count, with their direction in it; `again`: when a place that left joined anew."""

BELONGS = """{member}.since < a.finish AND ({member}.until IS NULL OR {member}.until >
    CASE WHEN {member}.cordon = '' THEN a.bucket ELSE a.finish - INTERVAL 1 MICROSECOND END)"""
"""Whether a place was of the group in bucket ``a``: at any time of it; a declared line, at its end."""


@cache
def compute(name: str, tier: Tier) -> str:
    """Compute staged buckets (place: a group, bucket, finish) from the rows of the members in the same tier."""
    return f"""INSERT INTO {table_of(tier, name)} BY NAME {_over_members(name, tier)}
    SELECT k.number AS series, 'computed' AS origin, '' AS run, x.method, x.expected_s,
        s.* EXCLUDE ("group", direction)
    FROM summed s JOIN expected x USING ("group", direction, bucket)
    JOIN series k ON k.family = '{name}' AND k.place = s."group" AND k.direction = s.direction"""


@cache
def over_some(name: str, tier: Tier) -> str:
    """The staged buckets of a group over some of its members only (those of `queries.SOME`), one row for each direction, as a tier's rows are read."""
    return f"""{_over_members(name, tier, f"AND m.place IN (SELECT place FROM {queries.SOME})")}
    SELECT s.direction, 1 AS revision, 1 AS until, epoch_us(s.bucket) AS at, x.method, x.expected_s,
        s.* EXCLUDE ("group", direction, bucket)
    FROM summed s JOIN expected x USING ("group", direction, bucket)"""


def _over_members(name: str, tier: Tier, only: str = "") -> str:
    """CTEs that end in ``summed`` and ``expected``: the staged buckets (place: a group, bucket, finish) over their members."""
    per_place, over_places = zip(*(_added(i) for i in addable(families()[name])), strict=True)
    return f"""WITH
    eligible AS ({ELIGIBLE.format(name=name)} AND m."group" IN (SELECT place FROM {queries.STAGED}) {only}),
    inside AS (
        SELECT e."group", e.place, e.cordon, e.direction, a.bucket, date_diff('second', a.bucket, a.finish) AS width_s, t.*
            EXCLUDE (bucket)
        FROM {table_of(tier, name)} t JOIN eligible e ON e.series = t.series
        JOIN {queries.STAGED} a ON a.place = e."group" AND a.bucket = t.bucket
        WHERE t.bucket BETWEEN $low AND $high AND {BELONGS.format(member="e")} AND (e.again IS NULL OR e.again >= a.finish)),
    by_place AS (
        SELECT "group", direction, bucket, place, least(sum(observed_s), any_value(width_s)) AS observed_s,
            {", ".join(per_place)}
        FROM inside GROUP BY "group", direction, bucket, place),
    expected AS (
        SELECT a.place AS "group", a.bucket, '' AS direction, '{METHOD}' AS method,
            count(DISTINCT e.place) * any_value(date_diff('second', a.bucket, a.finish)) AS expected_s
        FROM {queries.STAGED} a JOIN eligible e ON e."group" = a.place AND e.direction = '' AND {BELONGS.format(member="e")} GROUP BY ALL
        UNION ALL
        SELECT a.place AS "group", a.bucket, way AS direction,
            '{CORDON}' || left(md5(string_agg(m.place || ' ' || m.cordon, ',' ORDER BY m.place)), 8) AS method,
            count(*) * date_diff('second', a.bucket, a.finish) AS expected_s
        FROM {queries.STAGED} a JOIN members m ON m."group" = a.place AND m.cordon <> '' AND {BELONGS.format(member="m")}
        CROSS JOIN (VALUES ('forward'), ('backward')) ways(way) GROUP BY a.place, a.bucket, a.finish, way),
    summed AS (
        SELECT "group", direction, bucket, sum(observed_s) AS observed_s, count(*) AS places,
            {", ".join(over_places)}
        FROM by_place GROUP BY "group", direction, bucket)"""


def _added(one: Indicator) -> tuple[str, str]:
    """SQL of an indicator's columns: first over the rows of one place, then over places."""
    allowed = " FILTER (cordon <> '')" if one.over_places == "cordon" else ""
    if one.over_time == "sum":
        name = quoted(one.name)
        return f"sum({name}){allowed} AS {name}", f"sum({name}) AS {name}"
    total, n = quoted(f"{one.name}_sum"), quoted(f"{one.name}_n")
    bins = [quoted(c) for c, part in columns(one).items() if part.startswith("b")]
    mean = f"sum({total}){allowed} / nullif(sum({n}){allowed}, 0) AS {total}"
    first = ", ".join((mean, *(f"sum({c}){allowed} AS {c}" for c in bins)))
    return first, ", ".join(
        (
            f"sum({total}) AS {total}",
            f"CASE WHEN count({total}) > 0 THEN 1 END AS {n}",
            *(f"CAST(sum({c}) AS BIGINT) AS {c}" for c in bins),
        )
    )


@cache
def _matched(what: str, tier: Tier) -> str:
    """The sum of an indicator in two buckets over the places that were covered in both by one method."""
    one = indicator(what)
    value = f"sum({quoted(one.name)})"
    if one.over_time != "sum":
        value = f"sum({quoted(one.name + '_sum')}) / nullif(sum({quoted(one.name + '_n')}), 0)"
    cordon = "AND e.cordon <> '' AND e.until IS NULL" if one.over_places == "cordon" else "AND e.direction = ''"

    def period(name: str) -> str:
        return f"""SELECT e.place, {value} AS value, any_value(t.method) AS method FROM {table_of(tier, one.family)} t
            JOIN eligible e ON e.series = t.series WHERE t.bucket = ${name}
            GROUP BY e.place HAVING max(t.observed_s) >= $covered * ${name}_s AND min(t.method) = max(t.method)
                AND NOT starts_with(min(t.method), '{queries.MIXED}')"""

    return f"""WITH eligible AS (
        SELECT DISTINCT e.place, e.series FROM ({ELIGIBLE.format(name=one.family)}) e WHERE e."group" = $group {cordon}),
    a AS ({period("before")}), b AS ({period("after")})
    SELECT sum(a.value), sum(b.value), count(*),
        (SELECT count(DISTINCT place) FROM eligible)
    FROM a JOIN b ON a.place = b.place AND a.method = b.method"""
