"""What the self-checks found, one row per check and day: kept, because a figure's doubt must stay beside it for years.

    consistent     what was compared agrees within the tolerance
    inconsistent   it does not: somebody should look
    unknown        there is too little to say, and `reason` says of what

    few      too little traffic: even a line that misses a fifth would not show
    gaps     no ten minutes in a row were watched on both sides
    unseen   nothing was measured
    young    not two weeks of the same method to compare with
    missing  the other line is not in the register

How each is computed stands in `pantau.checks`. A figure is never changed or hidden by what is found here. Computed again
for the same day, a check replaces what it said before. Rejected: computing them when a series is asked (a year is 365 days
of minutes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pantau.places import Direction
from pantau.store.register_tables import SELF_CHECKS
from pantau.store.sqlite import ControlFile
from pantau.types import require_utc

CheckKind = Literal["balance", "stream", "confidence"]
Verdict = Literal["consistent", "inconsistent", "unknown"]
Reason = Literal["", "few", "gaps", "unseen", "young", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheck:
    """One comparison of a place or camera with itself or its neighbour, over one day.

    Args:
        camera: whose it is.
        kind: ``balance`` in - out of a zone against who is inside; ``stream`` two lines of one stream; ``confidence`` of the
            detector against earlier weeks.
        place: what is doubted when it fails: the zone, the line, or the camera.
        other: the line it was compared with; the first of a zone's entries.
        family: whose counts were compared.
        direction: of the line.
        start, end: UTC; the part of the day that has passed.
        expected, found: the figures that should agree, in the unit of what was compared.
        tolerance: how far apart they may be.
        n: what it rests on: crossings, or reference days.
        verdict, reason: what came out, and why nothing did.
        time: UTC of the computation.
    """

    camera: str
    kind: CheckKind
    place: str
    other: str = ""
    family: str
    direction: Direction = ""
    start: datetime
    end: datetime
    expected: float | None = None
    found: float | None = None
    tolerance: float | None = None
    n: int = 0
    verdict: Verdict
    reason: Reason = ""
    time: datetime


TIMES = ("start", "end", "time")
_KEY = ("camera", "kind", "place", "family", "direction", "start")
_PLACES: sa.BindParameter[Sequence[str]] = sa.bindparam("places", expanding=True)


def _failed(column: sa.Column[str]) -> sa.Select[Any]:
    """Those that failed in which a column is one of the places."""
    inconsistent: sa.ColumnElement[str] = sa.literal_column("'inconsistent'")  # as the indexes have it: not a parameter
    span = SELF_CHECKS.c.end > sa.bindparam("from"), SELF_CHECKS.c.start < sa.bindparam("to")
    return sa.select(SELF_CHECKS).where(SELF_CHECKS.c.verdict == inconsistent, column.in_(_PLACES), *span)


# Made once: asked with every series, and SQLAlchemy takes a millisecond to put it together. An OR of both would look through every one that failed.
_FAILED = sa.union(*map(_failed, (SELF_CHECKS.c.place, SELF_CHECKS.c.other))).order_by("start")


class SelfChecks:
    """The results in the control database. Safe from any thread and process."""

    def __init__(self, file: ControlFile) -> None:
        self._file = file

    def put(self, found: Sequence[SelfCheck]) -> None:
        """Keep results; those of the same check and day are replaced.

        Raises:
            StoreError: nothing was changed.
        """
        with self._file.write() as connection:
            for check in found:
                row = asdict(check) | {name: require_utc(getattr(check, name)).isoformat() for name in TIMES}
                same = [SELF_CHECKS.c[name] == row[name] for name in _KEY]
                connection.execute(sa.delete(SELF_CHECKS).where(*same))
                connection.execute(sa.insert(SELF_CHECKS).values(row))

    def newest(self, camera: str | None = None) -> tuple[SelfCheck, ...]:
        """Of each check the two newest days, newest first; of one camera or of all."""
        table = SELF_CHECKS.c
        rank = sa.func.row_number().over(
            partition_by=[table[name] for name in _KEY if name != "start"], order_by=table.start.desc()
        )
        ranked = sa.select(SELF_CHECKS, rank.label("rank")).subquery()
        wanted = sa.select(ranked).where(ranked.c.rank <= 2)  # yesterday's whole day stands beside today's part
        if camera is not None:
            wanted = wanted.where(ranked.c.camera == camera)
        return self._read(wanted.order_by(ranked.c.camera, ranked.c.kind, ranked.c.place, ranked.c.start.desc()))

    def failed(self, places: Sequence[str], start: datetime, end: datetime) -> tuple[SelfCheck, ...]:
        """Every inconsistent result about any of these places (or cameras), or that compared with one, that touches [start, end), oldest first."""
        asked = {"places": list(places), "from": start.isoformat(), "to": end.isoformat()}
        return self._read(_FAILED, asked)

    def _read(
        self, wanted: sa.Select[Any] | sa.CompoundSelect[Any], asked: Mapping[str, object] | None = None
    ) -> tuple[SelfCheck, ...]:
        with self._file.read() as connection:
            rows = connection.execute(wanted, asked).mappings().all()
        names = [f.name for f in fields(SelfCheck)]
        return tuple(
            SelfCheck(**{name: row[name] for name in names} | {t: datetime.fromisoformat(row[t]) for t in TIMES})
            for row in rows
        )
