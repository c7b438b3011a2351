"""The SQL of the way from minutes to years, named, in one place; made per family from the vocabulary.

`kept` is the one answer to "which rows count": across runs rows add up, but where the spans of two runs overlap only the
one that watched longer is kept (as long: the newer run). It is greedy, longest first, so that a short row is not dropped
for overlapping one that was itself dropped; and it looks across revisions, so that a clip replayed over a moved line does
not count twice. Parameters are named; times are naive UTC.

The same statements are meant to run on DuckLake, where the owner is the committer (DESIGN §6).
"""

# ruff: noqa: S608 -- what is put into a statement are names of the vocabulary; every value is a parameter

from __future__ import annotations

from functools import cache

from pantau.store.schema import added_up, family_columns
from pantau.store.series import Tier
from pantau.vocabulary import family

MINUTE_KEY = ("place", "revision", "direction", "minute", "run")
MIXED = "mixed · "
"""Begins the method of a bucket that more than one method, or more than one revision of the place, has measured."""
STAGED = "staged"
"""Name under which a statement finds the Arrow table it is given."""

MARK_DIRTY = (
    f"INSERT INTO dirty BY NAME SELECT DISTINCT * FROM {STAGED} ANTI JOIN dirty USING (tier, family, place, bucket)"
)

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


def clean(only: str) -> str:
    """Forget that these buckets were dirty."""
    return f"DELETE FROM dirty WHERE {DIRTY} {only}"


@cache
def drop_older(name: str) -> str:
    """Delete what only earlier attempts of a run wrote, and tell what that was."""
    return f"""DELETE FROM minute_{name} WHERE run = $run AND seq <= $base
        RETURNING place, revision, direction, epoch_us(minute)"""


@cache
def merge_minutes(name: str) -> str:
    """Staged rows into ``minute_<family>``; a higher seq replaces the row of the same key, a lower one changes nothing."""
    same = " AND ".join(f"t.{c} = s.{c}" for c in MINUTE_KEY)
    values = ("seq", "span_start", "span_end", "observed_s", "samples", *family_columns(family(name)))
    return f"""MERGE INTO minute_{name} t USING {STAGED} s
        ON t.minute BETWEEN $low AND $high AND {same}
        WHEN MATCHED AND s.seq > t.seq THEN UPDATE SET {", ".join(f"{c} = s.{c}" for c in values)}
        WHEN NOT MATCHED THEN INSERT BY NAME"""


@cache
def load_minute(name: str) -> str:
    """One row of one run, as it was last written in the present attempt."""
    columns = ", ".join(("span_start", "span_end", "observed_s", "samples", *family_columns(family(name))))
    return f"""SELECT {columns} FROM minute_{name}
        WHERE minute = $minute AND place = $place AND revision = $revision AND direction = $direction
          AND run = $run AND seq > $base"""


def kept(name: str, where: str) -> str:
    """CTEs that end in ``kept``: the rows of ``minute_<family>`` that count, each with its run's method and start.

    `where` chooses the rows, named ``r``; it must not split the rows of one minute and direction of a place.
    """
    return f"""
    chosen AS (SELECT r.* FROM minute_{name} r WHERE {where}),
    contested AS (SELECT place, direction, minute FROM chosen GROUP BY ALL HAVING count(*) > 1),
    ranked AS (
        SELECT place, direction, minute, list({{'run': run, 'revision': revision, 'a': span_start, 'b': span_end}}
            ORDER BY observed_s DESC, started DESC, run DESC, revision DESC) AS rows
        FROM chosen SEMI JOIN contested USING (place, direction, minute) JOIN runs USING (run) GROUP BY ALL),
    winners AS (
        SELECT place, direction, minute, unnest(list_reduce(list_transform(rows, lambda row: [row]), lambda held, row:
            CASE WHEN len(list_filter(held, lambda h: h.a <= row[1].b AND h.b >= row[1].a)) > 0
            THEN held ELSE held || row END)) AS won
        FROM ranked),
    counted AS (
        SELECT * FROM chosen ANTI JOIN contested USING (place, direction, minute)
        UNION ALL
        SELECT c.* FROM chosen c SEMI JOIN winners w ON c.place = w.place AND c.direction = w.direction
            AND c.minute = w.minute AND c.run = w.won.run AND c.revision = w.won.revision),
    kept AS (
        SELECT c.*, f.method FROM counted c JOIN run_families f ON f.run = c.run AND f.family = '{name}')"""


@cache
def clear_buckets(name: str) -> str:
    """Delete what was computed for the staged buckets; imported rows stay."""
    return f"""DELETE FROM tier_{name} t USING {STAGED} s
        WHERE t.tier = $tier AND t.origin = 'computed' AND t.bucket BETWEEN $low AND $high
          AND t.place = s.place AND t.bucket = s.bucket"""


@cache
def hours_from_minutes(name: str) -> str:
    """Compute staged hour buckets (place, bucket, finish) from the minutes in [low, finish)."""
    ranged = f"r.minute >= $low AND r.minute < $finish AND r.place IN (SELECT place FROM {STAGED})"
    return f"""INSERT INTO tier_{name} BY NAME WITH {kept(name, ranged)}, {_grouped(name, "hour", "kept", "minute")}"""


@cache
def days_from_hours(name: str) -> str:
    """Compute staged day buckets from the hours in [low, finish), imported or computed."""
    return f"""INSERT INTO tier_{name} BY NAME WITH hours AS (
        FROM tier_{name} r WHERE r.tier = 'hour' AND r.bucket >= $low AND r.bucket < $finish
            AND r.place IN (SELECT place FROM {STAGED})), {_grouped(name, "day", "hours", "bucket")}"""


def _one_method(method: str, order: str, revision: str = "") -> str:
    """The method of a bucket: the only one, or the newest marked as mixed, which no validation can hold for."""
    same = f"min({method}) = max({method})" + (f" AND min({revision}) = max({revision})" if revision else "")
    return (
        f"CASE WHEN {same} THEN min({method}) ELSE '{MIXED}' || replace(arg_max({method}, {order}), '{MIXED}', '') END"
    )


def _grouped(name: str, tier: Tier, source: str, at: str) -> str:
    """Rows of `source` added into the staged buckets that their `at` lies in, where no imported row stands."""
    series = "place, revision, direction"
    return f"""inside AS (
        SELECT m.*, s.bucket AS into_bucket, s.finish AS into_finish
        FROM {source} m ASOF JOIN {STAGED} s ON s.place = m.place AND m.{at} >= s.bucket),
    summed AS (
        SELECT {series}, into_bucket AS bucket, {_one_method("method", at)} AS method, sum(observed_s) AS observed_s,
            {added_up(family(name), "m")}
        FROM inside m WHERE {at} < into_finish GROUP BY {series}, into_bucket),
    imported AS (
        SELECT {series}, bucket FROM tier_{name} WHERE tier = '{tier}' AND origin = 'imported'
            AND bucket >= $low AND bucket < $finish)
    SELECT '{tier}' AS tier, 'computed' AS origin, '' AS run, summed.*
    FROM summed ANTI JOIN imported USING ({series}, bucket)"""


@cache
def series(name: str, tier: Tier) -> str:
    """Every bucket of a place in [start, finish): its parts added over revisions and the asked directions.

    Directions of one bucket were watched alike; should they differ, the less watched one says what is known of both.
    """
    if tier == "minute":
        where = "r.place = $place AND r.minute >= $start AND r.minute < $finish AND r.direction IN (SELECT unnest($directions))"
        source, at, order = f"WITH {kept(name, where)}, rows AS (FROM kept)", "minute", "(m.revision, m.span_end)"
    else:
        source, at, order = (
            f"""WITH rows AS (FROM tier_{name} WHERE tier = '{tier}' AND place = $place AND bucket >= $start
                AND bucket < $finish AND direction IN (SELECT unnest($directions)))""",
            "bucket",
            "m.revision",
        )
    again = added_up(family(name), "d")
    return f"""{source}, by_direction AS (
        SELECT m.{at} AS at, m.direction, sum(m.observed_s) AS observed_s, max(m.revision) AS revision,
            {_one_method("m.method", order, "m.revision")} AS method, {added_up(family(name), "m")}
        FROM rows m GROUP BY m.{at}, m.direction)
        SELECT epoch_us(d.at) AS at, min(d.observed_s) AS observed_s, max(d.revision) AS revision,
            {_one_method("d.method", "d.revision", "d.revision")} AS method, {again}
        FROM by_direction d GROUP BY d.at"""


@cache
def minutes(name: str) -> str:
    """Every minute of every place in [start, finish), its parts added over runs and revisions."""
    where = "r.minute >= $start AND r.minute < $finish"
    return f"""WITH {kept(name, where)}
        SELECT m.place, m.direction, epoch_us(m.minute) AS at, sum(m.observed_s) AS observed_s,
            {added_up(family(name), "m")}
        FROM kept m GROUP BY m.place, m.direction, m.minute ORDER BY m.minute, m.place, m.direction"""


@cache
def bounds(name: str) -> str:
    """First start and last end of what is stored of a place, as microseconds since 1970."""
    return f"SELECT since, until FROM ({extents(name)}) WHERE place = $place"


@cache
def extents(name: str) -> str:
    """The bounds of every place, one row each."""
    return f"""SELECT place, min(since) AS since, max(until) AS until FROM (
        SELECT place, epoch_us(min(minute)) AS since, epoch_us(max(minute)) + 60000000 AS until FROM minute_{name} GROUP BY place
        UNION ALL
        SELECT place, epoch_us(min(bucket)),
            epoch_us(max(bucket) + CAST(arg_max(observed_s, bucket) AS BIGINT) * INTERVAL 1 SECOND)
        FROM tier_{name} WHERE origin = 'imported' GROUP BY place) GROUP BY place"""


@cache
def forget_tiers(name: str) -> str:
    """Delete what was computed for places that follow the installation's time zone."""
    return f"DELETE FROM tier_{name} WHERE origin = 'computed' AND place NOT IN (SELECT place FROM zones)"


@cache
def hours_of_minutes(name: str) -> str:
    """Every UTC hour in which a place that follows the installation's time zone has minutes."""
    return f"""SELECT DISTINCT place, epoch_us(minute) // 3600000000 * 3600000000 FROM minute_{name}
        WHERE place NOT IN (SELECT place FROM zones)"""


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
    return f"CREATE OR REPLACE TEMP TABLE incoming_{name} AS FROM tier_{name} LIMIT 0"


@cache
def stage_incoming(name: str) -> str:
    """Staged rows into it."""
    return f"INSERT INTO incoming_{name} BY NAME FROM {STAGED}"


@cache
def drop_incoming(name: str) -> str:
    """Remove it."""
    return f"DROP TABLE incoming_{name}"


@cache
def doubled(name: str) -> str:
    """Buckets that an import has more than once."""
    return f"""SELECT place, epoch_us(bucket), count(*) FROM incoming_{name}
        GROUP BY place, bucket HAVING count(*) > 1 ORDER BY ALL LIMIT 1000"""


@cache
def touched_by_import(name: str) -> str:
    """Per place, the first and last bucket that an import writes or wrote when it was last given."""
    return f"""SELECT place, epoch_us(min(bucket)), epoch_us(max(bucket)) FROM (
        SELECT place, bucket FROM incoming_{name}
        UNION ALL SELECT place, bucket FROM tier_{name} WHERE run = $run AND tier = $tier) GROUP BY place"""


@cache
def drop_import(name: str) -> str:
    """Delete what an import wrote when it was last given."""
    return f"DELETE FROM tier_{name} WHERE run = $run AND tier = $tier"


@cache
def drop_replaced(name: str) -> str:
    """Delete other rows of the buckets that an import brings, computed or imported."""
    return f"""DELETE FROM tier_{name} t USING incoming_{name} s WHERE t.tier = $tier AND t.bucket = s.bucket
        AND t.place = s.place AND t.revision = s.revision AND t.direction = s.direction"""


@cache
def take_incoming(name: str) -> str:
    """Make an import's rows base rows of their tier."""
    return f"""INSERT INTO tier_{name} BY NAME
        SELECT * REPLACE ('imported' AS origin, $method AS method) FROM incoming_{name} ORDER BY place, bucket"""
