"""What else must be known of a figure: whether it was counted at night or in rain, and whether a self-check doubts it.

A check speaks of its own place, and of those it was compared with: which of two lines is wrong can't be known, so both are
doubted. The public is told that there is a doubt, the room also what was compared (`/cameras/{camera}/checks`). No figure is
changed or hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pantau.checks.words import DOUBT, NAMES, sentence
from pantau.places import Camera, Place, Site
from pantau.serve.schema.answer import Words
from pantau.serve.schema.checks import CheckAnswer
from pantau.serve.schema.portal import DoubtSpan
from pantau.serve.series.groups import Group, Subject
from pantau.serve.series.tables import Table, words
from pantau.serve.services import Services
from pantau.store.self_checks import SelfCheck
from pantau.store.series import SeriesQuery
from pantau.vocabulary import indicator

CONDITIONS: Final = ("quality.night", "quality.rain")


def with_doubt(table: Table, services: Services, place: Subject, camera: Camera | None, *, fresh: bool = True) -> Table:
    """The table with night, rain and doubts beside each bucket; of imported places nothing is known."""
    if isinstance(place, Site | Group) or camera is None:
        return table
    starts = table.series.starts
    asked = SeriesQuery(
        place=camera.id,
        indicators=CONDITIONS,
        tier=table.series.tier,
        start=starts[0],
        end=table.ends[-1],
        fresh=fresh,
    )
    seen = services.numbers.series(asked)
    shown: list[tuple[float | None, ...]] = [(None,) * len(starts)] * 2
    if seen.starts == starts:
        shown = [
            tuple(None if held else value for held, value in zip(table.held, seen.columns[name], strict=True))
            for name in CONDITIONS
        ]
    checks = services.register.failed_checks(_about(place, camera), starts[0], table.ends[-1])
    failed = [check for check in checks if _concerns(check, table)]
    return replace(table, night=shown[0], rain=shown[1], doubts=_spans(failed))


def doubted(services: Services, place: Place, camera: Camera | None, table: Table, start: datetime) -> bool:
    """Whether a self-check failed in the bucket of a table that begins at `start`."""
    if camera is None:
        return False
    end = table.ends[table.series.starts.index(start)]
    checks = services.register.failed_checks(_about(place, camera), start, end)
    return any(_concerns(check, table) for check in checks)


def check_answer(check: SelfCheck, names: dict[str, str]) -> CheckAnswer:
    """As the API says it."""
    return CheckAnswer(
        kind=check.kind,
        name=words(NAMES[check.kind]),
        place=check.place,
        other=check.other or None,
        family=check.family,
        direction=check.direction,
        from_=check.start,
        to=check.end,
        expected=check.expected,
        found=check.found,
        tolerance=check.tolerance,
        n=check.n,
        verdict=check.verdict,
        reason=check.reason,
        sentence=words(sentence(check, names)),
        time=check.time,
    )


def of_rows(table: Table) -> list[list[str]]:
    """For each row of the CSV: share of night, share of rain, and ``inconsistent`` where a check doubts it."""
    rows = []
    for i, (start, end) in enumerate(zip(table.series.starts, table.ends, strict=True)):
        shares = [values[i] if values else None for values in (table.night, table.rain)]
        doubted = any(span.from_ < end and span.to > start for span in table.doubts) and not table.held[i]
        rows.append(["" if s is None else repr(round(s, 4)) for s in shares] + ["inconsistent" if doubted else ""])
    return rows


def _about(place: Place, camera: Camera) -> tuple[str, ...]:
    zones = [zone.id for zone in camera.zones if any(entry.line == place.id for entry in zone.entries)]
    return (place.id, camera.id, *zones)


def _concerns(check: SelfCheck, table: Table) -> bool:
    if check.kind == "confidence":
        return True
    if check.family != indicator(next(iter(table.series.columns))).family:
        return False
    return check.place != table.series.place or not check.direction or table.direction in {"both", check.direction}


def _spans(failed: Sequence[SelfCheck]) -> tuple[DoubtSpan, ...]:
    """Neighbouring and overlapping stretches as one."""
    spans: list[DoubtSpan] = []
    said = Words(id=DOUBT.id, en=DOUBT.en)
    for check in sorted(failed, key=lambda c: c.start):
        if spans and check.start <= spans[-1].to:
            last = spans[-1]
            spans[-1] = last.model_copy(update={"to": max(last.to, check.end)})
        else:
            spans.append(DoubtSpan(from_=check.start, to=check.end, sentence=said))
    return tuple(spans)
