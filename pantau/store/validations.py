"""Whether a place's figures have been compared with the truth, and what came out: kept per line (or camera) and class.

    unvalidated   nobody compared, or with too few crossings to say (`least`); two-wheelers also while they fail
    validated     compared, with this very method and line
    expired       compared, but the method or the line has changed since

The method of a figure names the detector, the tracker, the samples per second, the masks and the settings of the analyser
(`pantau.replay.methods_of`).

What is kept is the comparison; the status is worked out whenever it is asked, from what measured the figure at hand. A
line's own comparison goes before that of its whole camera, which holds for a line as long as that line was in it and is
where it was. Motorcycles and bicycles need 200 labelled crossings and must not be flagged, because no public
truth shows them in numbers.

Rejected: a stored status (a moved line would leave it standing), and one figure per camera (a good figure for cars
would lend its shine to motorcycles).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

import sqlalchemy as sa

from pantau.store.register_tables import VALIDATIONS
from pantau.store.sqlite import ControlFile
from pantau.types import require_utc

Status = Literal["unvalidated", "validated", "expired"]

LEAST: Final[Mapping[str, int]] = MappingProxyType({"motorcycle": 200, "bicycle": 200})
LEAST_OTHERS: Final = 30
"""Labelled crossings below which an accuracy says too little; `LEAST` holds the classes that need more."""
FLAGGED_BELOW: Final[Mapping[str, float]] = MappingProxyType({"car": 0.90})
FLAGGED_BELOW_OTHERS: Final = 0.80


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """One comparison with the truth.

    Args:
        camera: the camera's id.
        place: the line's id, or the camera's where its lines were taken together.
        direction: ``forward``, ``backward``, or empty for both.
        road_user: the class.
        truth: true crossings (n).
        missed, over: not counted, and counted falsely.
        net_error: summed differences ÷ truth.
        low, high: 95 % interval of the accuracy.
        time: UTC of the comparison.
        method: of the family that was compared, as stored beside its numbers.
        fps: samples per second.
        revisions: revision of every line that was compared.
        clip, source: name of the clip; name and SHA-256 of the truth file.
    """

    camera: str
    place: str
    direction: str
    road_user: str
    truth: int
    missed: int
    over: int
    net_error: float
    low: float
    high: float
    time: datetime
    method: str
    fps: float
    revisions: Mapping[str, int]
    clip: str
    source: str

    @property
    def accuracy(self) -> float:
        """(truth - missed - over) / truth; n is never 0 here."""
        return (self.truth - self.missed - self.over) / self.truth

    @property
    def enough(self) -> bool:
        """Whether there were crossings enough to say anything; two-wheelers must pass, too."""
        return self.truth >= least(self.road_user) and not (self.road_user in LEAST and self.flagged)

    @property
    def flagged(self) -> bool:
        """Whether the class is less accurate here than it must be."""
        return self.accuracy < FLAGGED_BELOW.get(self.road_user, FLAGGED_BELOW_OTHERS)


@dataclass(frozen=True, slots=True)
class Validity:
    """The status of one figure; `by` is the comparison it rests on (too small or expired ones too), if any."""

    status: Status
    by: Validation | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What measured the figure at hand: place, its revision, and method (None: not known)."""

    place: str
    revision: int
    method: str | None


def least(road_user: str) -> int:
    """Labelled crossings that a class needs."""
    return LEAST.get(road_user, LEAST_OTHERS)


def validity(kept: Iterable[Validation], figure: Measured, direction: str, road_user: str) -> Validity:
    """The status of a figure.

    Args:
        kept: all comparisons of its camera.
        figure: what measured it.
        direction: of the figure; one of both directions (empty) rests on a comparison of both.
        road_user: the class it counts; empty for figures that count no class, which nobody can compare yet.
    """
    about = [
        v
        for v in kept
        if (v.road_user, v.direction) == (road_user, direction)
        and v.place in {figure.place, v.camera}
        and figure.place in v.revisions
    ]
    about.sort(key=lambda v: (v.place == figure.place, v.time), reverse=True)
    holding = [v for v in about if _holds(v, figure)]
    if by := next(
        (v for v in holding if v.truth >= least(road_user)), None
    ):  # the newest: a later failure is not forgotten
        return Validity("validated" if by.enough else "unvalidated", by)
    if by := next((v for v in about if v.enough), None):
        return Validity("expired", by)
    return Validity("unvalidated", max(holding, key=lambda v: (v.truth, v.time), default=None))


def _holds(v: Validation, figure: Measured) -> bool:
    return v.revisions[figure.place] == figure.revision and figure.method in {None, v.method}


class Validations:
    """The comparisons in the control database. Safe from any thread and process."""

    def __init__(self, file: ControlFile) -> None:
        self._file = file

    def put(self, found: Sequence[Validation]) -> None:
        """Keep the result of one evaluation; the same clip, truth and method again replace what was kept.

        Raises:
            StoreError: nothing was changed.
        """
        with self._file.write() as connection:
            for camera, method, source, clip in {(v.camera, v.method, v.source, v.clip) for v in found}:
                columns = VALIDATIONS.c
                same = (columns.camera == camera, columns.method == method, columns.source == source)
                connection.execute(sa.delete(VALIDATIONS).where(*same, columns.clip == clip))
            for v in found:
                row = {**asdict(v), "revisions": dict(v.revisions), "time": require_utc(v.time).isoformat()}
                connection.execute(sa.insert(VALIDATIONS).values(row))

    def all(self) -> tuple[Validation, ...]:
        """Every comparison, newest first."""
        return self._read(sa.select(VALIDATIONS).order_by(VALIDATIONS.c.time.desc()))

    def _read(self, wanted: sa.Select[tuple[object, ...]]) -> tuple[Validation, ...]:
        with self._file.read() as connection:
            rows = connection.execute(wanted).mappings().all()
        names = [f.name for f in fields(Validation)]
        return tuple(
            Validation(**{name: row[name] for name in names} | {"time": datetime.fromisoformat(row["time"])})
            for row in rows
        )
