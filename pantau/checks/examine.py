"""Every self-check of one camera for one local day, from what the store keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pantau.checks.balance import Minute, Outcome, closed_zone, one_stream
from pantau.checks.drift import REFERENCE, Hour, drift
from pantau.places import Camera, Direction, Line, Place, Zone
from pantau.store.buckets import bucket
from pantau.store.self_checks import Reason, SelfCheck, Verdict
from pantau.store.series import Series, SeriesQuery
from pantau.vocabulary import families

WATCHED: Final = 0.9
"""Coverage from which a minute counts as watched."""
LEAST_BOXES: Final = 300
"""Boxes that an hour's mean confidence needs."""
COVERED: Final = 0.5
"""Coverage that such an hour needs."""

Ask = Callable[[SeriesQuery], Series]
Opposite: Final[dict[Direction, Literal["forward", "backward"]]] = {"forward": "backward", "backward": "forward"}


@dataclass(frozen=True, slots=True)
class Examination:
    """What is examined with what.

    Args:
        camera: whose lines and zones.
        timezone: IANA zone of its days.
        ask: the store's `series`.
        place: any place of the register by its id.
    """

    camera: Camera
    timezone: str
    ask: Ask
    place: Callable[[str], Place | None]

    def day(self, at: datetime, now: datetime) -> tuple[SelfCheck, ...]:
        """Every check of the local day that `at` lies in, as far as it has passed by `now`."""
        start, end = bucket("day", self.timezone, at)
        if now <= start:
            return ()
        stretch = _Stretch(self, start, min(end, now), now)
        found = [check for zone in self.camera.zones for check in stretch.zone(zone)]
        found += [check for line in self.camera.lines for check in stretch.line(line)]
        return tuple(found) + tuple(stretch.confidence())


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One day of one camera."""

    about: Examination
    start: datetime
    end: datetime
    now: datetime

    def zone(self, zone: Zone) -> Iterator[SelfCheck]:
        """In - out against who is inside, once for each family."""
        if not zone.entries:
            return
        for name in self._counted():
            into = [self._line(name, entry.line, entry.into) for entry in zone.entries]
            out = [self._line(name, entry.line, Opposite[entry.into]) for entry in zone.entries]
            inside = self._minutes(zone.id, (f"{name}.inside",), "")
            said = self._said("balance", zone.id, name, other=zone.entries[0].line)
            yield _with(said, closed_zone(into, out, inside), [*into, *out, inside])

    def line(self, line: Line) -> Iterator[SelfCheck]:
        """A line against the one it follows, once for each family and direction."""
        if (follows := line.follows) is None:
            return
        other = self.about.place(follows.line)
        ways: tuple[Literal["forward", "backward"], ...] = ("forward", "backward")
        for name in self._counted():
            for way in ways:
                said = self._said("stream", line.id, name, other=follows.line, direction=way)
                if not isinstance(other, Line):
                    yield _unknown(said, "missing")
                    continue
                mine = self._line(name, line.id, way)
                theirs = self._line(name, other.id, Opposite[way] if follows.turned else way)
                yield _with(said, one_stream(mine, theirs, follows.lag_s), [mine, theirs])

    def confidence(self) -> Iterator[SelfCheck]:
        """The detector against itself in earlier weeks."""
        if "quality" not in self.about.camera.analysers:
            return
        said = self._said("confidence", self.about.camera.id, "quality")
        hours, today = self._hours()
        if not any(one.ago == 0 for one in hours):
            yield _unknown(said, "few" if today else "unseen")
        elif (found := drift(hours)) is None:
            yield _unknown(said, "young")
        else:
            verdict: Verdict = "inconsistent" if found.drifted else "consistent"
            outcome = Outcome(found.usual, found.usual + found.shift, found.band, found.days, verdict)
            yield _with(said, outcome, [])

    def _counted(self) -> list[str]:
        """The families of this camera that count crossings and who is inside."""
        known = families()
        return [
            n
            for n in self.about.camera.analysers
            if n in known and f"{n}.inside" in {i.id for i in known[n].indicators}
        ]

    def _line(self, name: str, line: str, way: Literal["forward", "backward"] | Direction) -> tuple[Minute, ...]:
        counted = tuple(i.id for i in families()[name].of_kind("line") if i.road_user)
        return self._minutes(line, counted, way)

    def _minutes(self, place: str, indicators: tuple[str, ...], way: Direction) -> tuple[Minute, ...]:
        """The minutes of the day that were watched, with the sum of the indicators."""
        series = self.about.ask(
            SeriesQuery(
                place=place,
                indicators=indicators,
                tier="minute",
                start=self.start,
                end=self.end,
                direction=way or "both",
            )
        )
        found = []
        for number, coverage in enumerate(series.coverage):
            values = [column[number] for column in series.columns.values()]
            known = [value for value in values if value is not None]
            if coverage >= WATCHED and not series.provisional[number] and len(known) == len(values):
                measured = f"{series.revision[number]} {series.method[number]}"
                found.append(Minute(number, float(sum(known)), measured))
        return tuple(found)

    def _hours(self) -> tuple[list[Hour], bool]:
        """Mean confidence of the hours that will do, of the newest method; and whether the day has anything at all."""
        zone, camera = ZoneInfo(self.about.timezone), self.about.camera
        today = self.start.astimezone(zone).date()
        first = self.start - timedelta(days=REFERENCE.stop)
        names = ("quality.confidence", "quality.boxes")
        series = self.about.ask(SeriesQuery(place=camera.id, indicators=names, tier="hour", start=first, end=self.end))
        measured = [way for way in zip(series.method, series.revision, strict=True) if any(way)]
        found = []
        for i, start in enumerate(series.starts):
            confidence, boxes = (series.columns[name][i] for name in names)
            if confidence is None or boxes is None or series.coverage[i] < COVERED or series.provisional[i]:
                continue
            seen = boxes * series.coverage[i] * 3600 * camera.fps
            if seen >= LEAST_BOXES and (series.method[i], series.revision[i]) == measured[-1]:
                local = start.astimezone(zone)
                found.append(Hour((today - local.date()).days, local.hour, confidence))
        return found, any(c > 0 for start, c in zip(series.starts, series.coverage, strict=True) if start >= self.start)

    def _said(
        self, kind: Literal["balance", "stream", "confidence"], place: str, family: str, *, other: str = "",
        direction: Direction = "",
    ) -> SelfCheck:  # fmt: skip
        return SelfCheck(
            camera=self.about.camera.id, kind=kind, place=place, other=other, family=family, direction=direction,
            start=self.start, end=self.end, verdict="unknown", reason="unseen", time=self.now,
        )  # fmt: skip


def _unknown(said: SelfCheck, reason: Reason) -> SelfCheck:
    return replace(said, verdict="unknown", reason=reason)


def _with(said: SelfCheck, outcome: Outcome | None, parts: Sequence[Sequence[Minute]]) -> SelfCheck:
    if outcome is None:
        return _unknown(said, "gaps" if all(parts) else "unseen")
    return replace(
        said,
        expected=outcome.expected,
        found=outcome.found,
        tolerance=outcome.tolerance,
        n=outcome.n,
        verdict=outcome.verdict,
        reason=outcome.reason,
    )
