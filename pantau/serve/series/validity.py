"""What the API says about whether a figure has been compared with the truth, beside the figure itself.

A series has one answer per indicator, about its newest buckets: those from `since` on were measured in one way. In the CSV each
row has its own, because each row may have been measured in another way. Cameras and places are told what holds for the
newest run of the camera.

n is an exact count of people, and out of an accuracy of few of them it can be worked out: the public gets the comparison only where
the figure is public and n is enough to say anything, elsewhere the status alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from pantau.places import Line, Place, Site, local_id
from pantau.serve.release.policy import Policy, policy_of
from pantau.serve.schema.portal import ValidationAnswer
from pantau.serve.series.groups import Group, Subject
from pantau.serve.series.tables import Table
from pantau.serve.services import Services
from pantau.store.releases import Decision
from pantau.store.validations import Measured, Validation, Validity, least, validity
from pantau.vocabulary import Indicator, families, indicator

WORST: Final = ("unvalidated", "expired", "validated")
"""From the least that can be said of a part to the most."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known of the figures of one place: every comparison of its camera.

    Args:
        rule: for the public, how an indicator of the place may be published; None for the signed-in, who have all of it.
    """

    place: str
    kept: Sequence[Validation]
    rule: Callable[[Indicator], Policy] | None = None

    def of(self, asked: Indicator, direction: str, method: str | None, revision: int) -> Validity:
        """The status of an indicator's figures that were measured so; `direction` as the API says it."""
        way = "" if direction == "both" else direction
        if asked.counts:
            return self._of_counts(asked, way, method, revision)
        road_user = asked.road_user if asked.counted else ""
        return validity(self.kept, Measured(self.place, revision, method), way, road_user)

    def hides(self, asked: Indicator, by: Validation) -> bool:
        """Whether the reader may not have what came out of a comparison."""
        if self.rule is None:
            return False
        about = (asked, *map(indicator, asked.counts))
        return by.truth < least(by.road_user) or any(self.rule(one).rule == "closed" for one in about)

    def _of_counts(self, asked: Indicator, way: str, method: str | None, revision: int) -> Validity:
        """A weighted sum of counts is as good as the worst of them; what counted stands before `` + `` in its method."""
        counted = Measured(self.place, revision, method.partition(" + ")[0] if method else method)
        parts = [validity(self.kept, counted, way, indicator(one).road_user) for one in asked.counts]
        return min(parts, key=lambda v: (WORST.index(v.status), v.by.accuracy if v.by else -1.0))


def trust(services: Services, place: Subject, *, public: bool) -> Trust:
    """What is known of a place's figures; of imported ones and of groups nothing."""
    if isinstance(place, Site | Group):
        return Trust(place.id, ())
    kept = services.register.validations(place.camera)
    return Trust(place.id, kept, ruled(place, services.releases.decisions()) if public else None)


def ruled(place: Place, decisions: Sequence[Decision]) -> Callable[[Indicator], Policy]:
    """How each indicator of a place may be published."""
    return partial(policy_of, place, decisions=decisions)


def of_series(table: Table, known: Trust) -> tuple[ValidationAnswer, ...]:
    """The status of each indicator, of the newest buckets that one method measured at one revision."""
    series = table.series
    at = [i for i, method in enumerate(series.method) if method or series.revision[i]]
    newest = (series.method[at[-1]], series.revision[at[-1]]) if at else (None, 0)
    first = len(at)
    while first and (series.method[at[first - 1]], series.revision[at[first - 1]]) == newest:
        first -= 1
    since = series.starts[at[first]] if at else None
    found = []
    for name in series.columns:
        asked = indicator(name)
        status = known.of(asked, table.direction, *newest) if at else Validity("unvalidated")
        found.append(answer(known, asked, table.direction, status, since))
    return tuple(found)


def of_rows(table: Table, known: Trust) -> list[list[str]]:
    """For each row of the CSV and each indicator, its status in a few words; empty where nothing was measured."""
    series = table.series
    said: dict[tuple[str, int], list[str]] = {}
    rows = []
    for way in zip(series.method, series.revision, strict=True):
        if way not in said:
            measured = any(way)
            said[way] = [
                brief(known, indicator(name), known.of(indicator(name), table.direction, *way)) if measured else ""
                for name in series.columns
            ]
        rows.append(said[way])
    return rows


def of_place(
    known: Trust, place: Place, methods: Mapping[str, str], names: Sequence[str]
) -> tuple[ValidationAnswer, ...]:
    """The status of every class that is counted at a line, both directions together; of other places nothing."""
    if not isinstance(place, Line):
        return ()
    return tuple(
        answer(known, one, "both", known.of(one, "both", methods.get(name), place.revision))
        for name in names
        if name in families()
        for one in families()[name].of_kind("line")
        if one.counted
    )


def answer(
    known: Trust, asked: Indicator, direction: str, status: Validity, since: datetime | None = None
) -> ValidationAnswer:
    """As the API says it."""
    by = status.by
    shared = {"indicator": asked.id, "direction": direction, "status": status.status, "since": since}
    needed = max(least(indicator(one).road_user) for one in asked.counts) if asked.counts else least(asked.road_user)
    if by is None:
        return ValidationAnswer.model_validate({**shared, "needed": needed})
    if known.hides(asked, by):
        return ValidationAnswer.model_validate({**shared, "n": None, "needed": least(by.road_user)})
    return ValidationAnswer.model_validate(
        {
            **shared,
            "accuracy": round(by.accuracy, 4),
            "interval": (round(by.low, 4), round(by.high, 4)),
            "net_error": round(by.net_error, 4),
            "n": by.truth,
            "needed": least(by.road_user),
            "date": by.time,
            "flagged": by.flagged and by.truth >= least(by.road_user),
            "scope": "camera" if by.place == by.camera else "line",
            "lines": tuple(local_id(line) for line in by.revisions) if by.place == by.camera else (local_id(by.place),),
            "method": by.method,
            "source": by.source,
        }
    )


def brief(known: Trust, asked: Indicator, status: Validity) -> str:
    """``validated 0.976 [0.929, 1.000] n=84 2026-11-23``, or only the status; flagged ones say so."""
    by = status.by
    if by is None or not by.enough or known.hides(asked, by):
        return status.status
    flag = " flagged" if by.flagged else ""
    return f"{status.status} {by.accuracy:.3f} [{by.low:.3f}, {by.high:.3f}] n={by.truth} {by.time.date().isoformat()}{flag}"
