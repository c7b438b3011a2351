"""The SQL of the way from minutes to years, named, in one place; made per family from the vocabulary.

`kept` is the one answer to "which rows count": across runs rows add up, but where the spans of two runs overlap only the
one that watched longer is kept (as long: the newer run). It is greedy, longest first, so that a short row is not dropped
for overlapping one that was itself dropped; and it looks across revisions, so that a clip replayed over a moved line does
not count twice. Parameters are named; times are naive UTC.

Minutes are asked of one source, `minutes_of`: the table of the days that are still hot, and the Parquet files of the days
that are sealed, where the question reaches that far back.

The same statements are meant to run on DuckLake, where the owner is the committer (DESIGN §6).
"""

# ruff: noqa: S608 -- what is put into a statement are names of the vocabulary; every value is a parameter

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from pantau.store.schema import added_up, family_columns, quoted, table_of
from pantau.store.series import TIERS, Tier
from pantau.vocabulary import family

_SAME_MINUTE = "t.series = s.series AND t.minute = s.minute AND t.run = s.run"
MIXED = "mixed · "
"""Begins the method of a bucket that more than one method, or more than one revision of the place, has measured."""
STAGED = "staged"
"""Name under which a statement finds the Arrow table it is given."""
SOME = "some_places"
"""Places that alone count, as a table: to bind a list of 10,000 takes DuckDB seconds."""

# What is staged is a set already.
MARK_DIRTY = f"INSERT INTO dirty BY NAME SELECT * FROM {STAGED} ANTI JOIN dirty USING (tier, family, place, bucket)"

APPLIED = f"UPDATE runs SET seq = s.seq FROM {STAGED} s WHERE runs.run = s.run"

DIRTY = "tier = $tier AND family = $family"

MERGE_EVENTS = f"""MERGE INTO events t USING {STAGED} s
    ON t.start BETWEEN $low AND $high AND t.id = s.id
    WHEN MATCHED THEN UPDATE SET kind = s.kind, place = s.place, start = s.start, finish = s.finish,
        attributes = s.attributes, picture = s.picture, run = s.run, seq = s.seq
    WHEN NOT MATCHED THEN INSERT BY NAME"""


def dirty(only: str) -> str:
    """The dirty buckets of a tier and family, further narrowed by `only`."""
    return f"SELECT place, epoch_us(bucket), epoch_us(finish) FROM dirty WHERE {DIRTY} {only}"


def any_dirty(name: str, place: str, before: datetime, tiers: Sequence[Tier]) -> str:
    """Whether a family at a place has dirty buckets of these tiers that begin before a moment; written out for the reason of `tier_series`."""
    listed = ", ".join(map(_text, tiers))
    return f"""SELECT 1 FROM dirty WHERE family = {_text(name)} AND place = {_text(place)} AND bucket < {_moment(before)}
        AND tier IN ({listed}) LIMIT 1"""


def clean(only: str) -> str:
    """Forget that these buckets were dirty."""
    return f"DELETE FROM dirty WHERE {DIRTY} {only}"


REFUSE = f"""INSERT INTO refusals BY NAME SELECT DISTINCT *, $frozen AS frozen FROM {STAGED}
    ANTI JOIN refusals USING (run, family, place, direction, minute)"""

NUMBER_SERIES = f"""INSERT INTO series
    SELECT (SELECT coalesce(max(number), 0) FROM series) + row_number() OVER (ORDER BY family, place, revision, direction), * FROM (
        SELECT DISTINCT family, place, revision, direction FROM {STAGED}) ANTI JOIN series USING (family, place, revision, direction)"""


@cache
def drop_older(name: str) -> str:
    """Delete what only earlier attempts of a run wrote, and tell what that was."""
    return f"""DELETE FROM {table_of("minute", name)} WHERE run = $number AND seq <= $base
        RETURNING series, epoch_us(minute)"""


@cache
def drop_lower(name: str) -> str:
    """Rows of ``minute_<family>`` that a staged row of the same key and no lower seq replaces."""
    return f"""DELETE FROM {table_of("minute", name)} t USING {STAGED} s
        WHERE t.minute BETWEEN $low AND $high AND {_SAME_MINUTE} AND s.seq >= t.seq"""


@cache
def any_minute(name: str) -> str:
    """Whether ``minute_<family>`` has rows between two minutes."""
    return f"SELECT 1 FROM {table_of('minute', name)} WHERE minute BETWEEN $low AND $high LIMIT 1"


@cache
def lay_minutes(name: str, *, there: bool) -> str:
    """Staged rows into ``minute_<family>``; where it has such minutes, but for those of which it still has the key."""
    same = f"""ANTI JOIN (SELECT t.series, t.minute, t.run FROM {table_of("minute", name)} t SEMI JOIN {STAGED} s
        ON {_SAME_MINUTE} WHERE t.minute BETWEEN $low AND $high) USING (series, minute, run)"""
    return f"INSERT INTO {table_of('minute', name)} BY NAME FROM {STAGED} {same if there else ''}"


@cache
def load_minute(name: str, *, sealed: bool = False) -> str:
    """One row of one run, as it was last written in the present attempt."""
    source = "read_parquet($files, union_by_name = true)" if sealed else table_of("minute", name)
    values = (quoted(column) for column in family_columns(family(name)))
    columns = ", ".join(("span_start", "span_end", "observed_s", "samples", *values))
    return (
        f"""SELECT {columns} FROM {source} WHERE minute = $minute AND series = $series AND run = $run AND seq > $base"""
    )


def minutes_of(name: str, where: str, *, sealed: bool) -> str:
    """Rows of minutes with their place, revision and direction; `where` may name those and ``minute``."""
    rows = f"""SELECT m.*, k.place, k.revision, k.direction FROM {table_of("minute", name)} m
        JOIN series k ON k.number = m.series WHERE k.family = '{name}' AND {where}"""
    if not sealed:
        return rows
    files = f"SELECT * FROM read_parquet($files, union_by_name = true) WHERE {where}"
    return f"{rows} UNION ALL BY NAME {files}"


def kept(name: str, chosen: str) -> str:
    """CTEs that end in ``kept``: those rows of minutes that count, each with its run's method.

    `chosen` selects the rows; it must not split the rows of one minute and direction of a place.
    """
    return f"""
    chosen AS ({chosen}),
    contested AS (SELECT place, direction, minute FROM chosen GROUP BY ALL HAVING count(*) > 1),
    ranked AS (
        SELECT place, direction, minute, list({{'run': c.run, 'revision': revision, 'a': span_start, 'b': span_end}}
            ORDER BY observed_s DESC, started DESC, runs.run DESC, revision DESC) AS rows
        FROM chosen c SEMI JOIN contested USING (place, direction, minute) JOIN runs ON runs.number = c.run GROUP BY ALL),
    winners AS (
        SELECT place, direction, minute, unnest(list_reduce(list_transform(rows, lambda row: [row]), lambda held, row:
            CASE WHEN len(list_filter(held, lambda h: h.a <= row[1].b AND h.b >= row[1].a)) > 0
            THEN held ELSE held || row END)) AS won
        FROM ranked),
    counted AS (
        SELECT * FROM chosen ANTI JOIN contested USING (place, direction, minute)
        UNION ALL BY NAME
        SELECT c.* FROM chosen c SEMI JOIN winners w ON c.place = w.place AND c.direction = w.direction
            AND c.minute = w.minute AND c.run = w.won.run AND c.revision = w.won.revision),
    methods AS (
        SELECT r.number, f.method FROM runs r JOIN run_families f ON f.run = r.run WHERE f.family = '{name}'),
    kept AS (SELECT c.*, f.method FROM counted c JOIN methods f ON f.number = c.run)"""


@cache
def clear_buckets(name: str, tier: Tier) -> str:
    """Delete what was computed for the staged buckets; imported rows stay."""
    return f"""DELETE FROM {table_of(tier, name)} t USING {_asked(name)} s
        WHERE t.origin = 'computed' AND t.bucket BETWEEN $low AND $high AND t.series = s.series AND t.bucket = s.bucket"""


@cache
def compute(name: str, tier: Tier, *, sealed: bool = False) -> str:
    """Compute staged buckets (place, bucket, finish) of a tier from what lies in [low, finish) of the tier below."""
    below, at = TIERS[TIERS.index(tier) - 1], "bucket"
    rows = f"""r AS (FROM {table_of(below, name)} t WHERE t.bucket >= $low AND t.bucket < $finish
        AND t.series IN (SELECT series FROM {_asked(name)}))"""
    if below == "minute":
        where = f"minute >= $low AND minute < $finish AND place IN (SELECT place FROM {STAGED})"
        rows, at = f"{kept(name, minutes_of(name, where, sealed=sealed))}, r AS (FROM kept)", "minute"
    into = table_of(tier, name)
    order = (
        "ORDER BY series, bucket" if tier == "month" else ""
    )  # `pantau.store.order` would write a scattered table again
    return f"""INSERT INTO {into} BY NAME WITH {rows},
    inside AS (
        SELECT m.*, s.bucket AS into_bucket, s.finish AS into_finish
        FROM r m ASOF JOIN {_asked(name)} s ON s.series = m.series AND m.{at} >= s.bucket),
    summed AS (
        SELECT series, into_bucket AS bucket, {_one_method("method", at)} AS method, sum(observed_s) AS observed_s,
            {added_up(family(name), "m")}
        FROM inside m WHERE {at} < into_finish GROUP BY series, into_bucket),
    imported AS (
        SELECT series, bucket FROM {into} WHERE origin = 'imported' AND bucket >= $low AND bucket < $finish)
    SELECT 'computed' AS origin, '' AS run, summed.* FROM summed ANTI JOIN imported USING (series, bucket)
    {order}"""


def _asked(name: str) -> str:
    """The staged buckets, of each series of their place."""
    return f"""(SELECT k.number AS series, b.bucket, b.finish FROM {STAGED} b
        JOIN series k ON k.place = b.place AND k.family = '{name}')"""


def _one_method(method: str, order: str) -> str:
    """SQL of `one_method`, of one series."""
    newest = f"'{MIXED}' || replace(arg_max({method}, {order}), '{MIXED}', '')"
    return f"CASE WHEN min({method}) = max({method}) THEN min({method}) ELSE {newest} END"


@cache
def contested_minutes(name: str, columns: tuple[str, ...]) -> str:
    """The staged minutes of a place that count, where several rows speak of one, as `pantau.store.totals` adds them up."""
    return f"""WITH {kept(name, f"FROM {STAGED}")} SELECT epoch_us(minute) AS at, direction, revision, epoch_us(span_end) AS until,
        method, observed_s, CAST(NULL AS DOUBLE) AS expected_s, CAST(NULL AS DOUBLE) AS places, {", ".join(map(quoted, columns))}
        FROM kept"""


def minute_rows(name: str, columns: tuple[str, ...], numbers: tuple[int, ...], span: tuple[datetime, datetime]) -> str:
    """These columns of every row of some series' minutes that begin in a span, in the table.

    Written out for the reason of `tier_series`.
    """
    low, high = map(_moment, span)
    return f"""SELECT series, minute, {", ".join(map(quoted, columns))}
        FROM {table_of("minute", name)} WHERE {_one_of(numbers)} AND minute >= {low} AND minute < {high}"""


def _text(value: str) -> str:
    """A text as SQL takes it."""
    return "'" + value.replace("'", "''") + "'"


def _moment(time: datetime) -> str:
    """A naive UTC time as SQL takes it."""
    return f"TIMESTAMP '{time.isoformat(sep=' ')}'"


def _one_of(numbers: tuple[int, ...]) -> str:
    """Rows of these series; between two numbers first, which a scan looks at without unpacking."""
    low, high = min(numbers), max(numbers)
    listed = "" if high - low + 1 == len(numbers) else f" AND series IN ({', '.join(map(str, numbers))})"
    return f"series BETWEEN {low} AND {high}{listed}"


def newest_methods(most: int) -> str:
    """Family, number and method of the newest runs."""
    return f"""SELECT f.family, r.number, f.method FROM runs r JOIN run_families f ON f.run = r.run
        ORDER BY r.number DESC LIMIT {most}"""


def methods_of(name: str, numbers: tuple[int, ...]) -> str:
    """What measured a family in some runs, by their numbers; written out for the reason of `tier_series`."""
    return f"""SELECT r.number, f.method FROM runs r JOIN run_families f ON f.run = r.run
        WHERE f.family = {_text(name)} AND r.number IN ({", ".join(map(str, numbers))})"""


def tier_series(
    name: str, tier: Tier, columns: tuple[str, ...], numbers: tuple[int, ...], span: tuple[datetime, datetime]
) -> str:
    """The buckets of some series that begin in a span, each with the number of its series.

    Asked by every page, so its numbers and times stand in it: a parameter makes DuckDB look for pandas on the disk, each time, for
    longer than the answer takes.
    """
    low, high = map(_moment, span)
    return f"""SELECT series, epoch_us(bucket) AS at, method, observed_s, expected_s, places, {", ".join(map(quoted, columns))}
        FROM {table_of(tier, name)} WHERE {_one_of(numbers)} AND bucket >= {low} AND bucket < {high}"""


def one_method(method: str, other: str, newest: str, *, same_revision: bool) -> str:
    """The method of a bucket: the only one, or the newest marked as mixed, which no validation can hold for."""
    return method if method == other and same_revision else MIXED + newest.replace(MIXED, "")


@cache
def minutes(name: str, *, sealed: bool = False) -> str:
    """Every minute of every place in [start, finish), its parts added over runs and revisions."""
    return f"""WITH {kept(name, minutes_of(name, "minute >= $start AND minute < $finish", sealed=sealed))}
        SELECT m.place, m.direction, epoch_us(m.minute) AS at, sum(m.observed_s) AS observed_s,
            {added_up(family(name), "m")}
        FROM kept m GROUP BY m.place, m.direction, m.minute ORDER BY m.minute, m.place, m.direction"""


@cache
def extents(name: str) -> str:
    """First start and last end of what is stored of each place, as microseconds since 1970; sealed days to the hour."""
    which = f"JOIN series k ON k.number = t.series WHERE k.family = '{name}'"
    return f"""SELECT place, min(since) AS since, max(until) AS until FROM (
        SELECT k.place, epoch_us(min(t.minute)) AS since, epoch_us(max(t.minute)) + 60000000 AS until
        FROM {table_of("minute", name)} t {which} GROUP BY k.place
        UNION ALL
        SELECT k.place, epoch_us(min(t.bucket)), epoch_us(max(t.bucket)) + 3600000000
        FROM {table_of("hour", name)} t {which} AND t.origin = 'computed' AND t.places IS NULL
            AND t.bucket < (SELECT max(finish) FROM sealed WHERE family = '{name}') GROUP BY k.place
        UNION ALL
        SELECT k.place, epoch_us(min(t.bucket)),
            epoch_us(max(t.bucket) + CAST(arg_max(t.observed_s, t.bucket) AS BIGINT) * INTERVAL 1 SECOND)
        FROM (FROM {table_of("hour", name)} UNION ALL FROM {table_of("day", name)}) t {which} AND t.origin = 'imported'
        GROUP BY k.place) GROUP BY place"""


@cache
def forget_tier(name: str, tier: Tier) -> str:
    """Delete what was computed for places that follow the installation's time zone, from its frozen part on."""
    return f"""DELETE FROM {table_of(tier, name)} WHERE origin = 'computed' AND bucket >= $frozen AND series IN (
        SELECT number FROM series WHERE place NOT IN (SELECT place FROM zones))"""


@cache
def hours_of_minutes(name: str, *, sealed: bool = False) -> str:
    """Every UTC hour in which a place that follows the installation's time zone has minutes."""
    rows = minutes_of(name, "place NOT IN (SELECT place FROM zones)", sealed=sealed)
    return f"SELECT DISTINCT place, epoch_us(minute) // 3600000000 * 3600000000 FROM ({rows})"


@cache
def days_of_imports(name: str) -> str:
    """Every imported day, and every day that was computed from imported hours."""
    return f"""SELECT DISTINCT k.place, epoch_us(d.bucket) FROM {table_of("day", name)} d
        JOIN series k ON k.number = d.series WHERE d.origin = 'imported' OR k.place IN (SELECT place FROM zones)"""


METHODS = """SELECT r.camera, f.family, arg_max(f.method, r.started) FROM runs r JOIN run_families f ON f.run = r.run
    GROUP BY r.camera, f.family"""

EVENTS = """SELECT id, kind, place, epoch_us(start), epoch_us(finish), attributes, picture FROM events
    WHERE ($place IS NULL OR place = $place) AND ($kind IS NULL OR kind = $kind)
      AND ($start IS NULL OR start >= $start) AND ($finish IS NULL OR start < $finish)
      AND ($cut IS NULL OR (start, id) < ($cut, $cut_id))
    ORDER BY start DESC, id DESC LIMIT $limit"""


@cache
def make_incoming(name: str) -> str:
    """A table of this connection's own, for rows of an import that are not checked yet."""
    return f"CREATE OR REPLACE TEMP TABLE {_incoming(name)} AS FROM {table_of('hour', name)} LIMIT 0"


def _incoming(name: str) -> str:
    return quoted(f"incoming_{name}")


@cache
def stage_incoming(name: str) -> str:
    """Staged rows into it."""
    return f"INSERT INTO {_incoming(name)} BY NAME FROM {STAGED}"


@cache
def drop_incoming(name: str) -> str:
    """Remove it."""
    return f"DROP TABLE {_incoming(name)}"


@cache
def doubled(name: str) -> str:
    """Buckets that an import has more than once."""
    return f"""SELECT k.place, epoch_us(bucket), count(*) FROM {_incoming(name)} i JOIN series k ON k.number = i.series
        GROUP BY k.place, bucket HAVING count(*) > 1 ORDER BY ALL LIMIT 1000"""


@cache
def touched_by_import(name: str, tier: Tier) -> str:
    """Per place, the first and last bucket that an import writes or wrote when it was last given."""
    return f"""SELECT k.place, epoch_us(min(bucket)), epoch_us(max(bucket)) FROM (
        SELECT series, bucket FROM {_incoming(name)}
        UNION ALL SELECT series, bucket FROM {table_of(tier, name)} WHERE run = $run) i
        JOIN series k ON k.number = i.series GROUP BY k.place"""


@cache
def drop_import(name: str, tier: Tier) -> str:
    """Delete what an import wrote when it was last given."""
    return f"DELETE FROM {table_of(tier, name)} WHERE run = $run"


@cache
def drop_replaced(name: str, tier: Tier) -> str:
    """Delete other rows of the buckets that an import brings, computed or imported."""
    return f"""DELETE FROM {table_of(tier, name)} t USING {_incoming(name)} s
        WHERE t.bucket = s.bucket AND t.series = s.series"""


@cache
def take_incoming(name: str, tier: Tier) -> str:
    """Make an import's rows base rows of their tier."""
    return f"""INSERT INTO {table_of(tier, name)} BY NAME
        SELECT * REPLACE ('imported' AS origin, $method AS method) FROM {_incoming(name)} ORDER BY series, bucket"""
