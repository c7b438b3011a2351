"""A series as the public or the room may see it, with what belongs beside the numbers.

**Release.** (`pantau.serve.series.published` says what of a value the public gets.) The public sees buckets that ended at least `DELAY_S` ago; later buckets are *held*: no value, no
coverage. The room sees everything, and minutes too.

**Gaps** are runs of buckets in which nothing was seen, between the place's first number and now; before and after there is
nothing that could be missing. A camera's reason may name addresses, so only the room is told it; that of an imported
series is the source's own and told to all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from pantau.places import Site
from pantau.serve.release.policy import Policy
from pantau.serve.release.publication import DELAY_S
from pantau.serve.release.rule import State
from pantau.serve.schema.answer import Words
from pantau.serve.schema.policy import policy_answer
from pantau.serve.schema.portal import Break, Column, DoubtSpan, GapSpan, SeriesAnswer, ValidationAnswer
from pantau.serve.series.groups import Subject
from pantau.store.buckets import bucket
from pantau.store.series import Series
from pantau.types import Event
from pantau.vocabulary import Text, indicator

BIN_S = 900
WHY: Final[Mapping[str, Literal["fault", "moved"]]] = {"fault": "fault", "moved": "moved"}
"""Kinds of event that explain a gap, beside outages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A series with what belongs beside it.

    Args:
        series: what the store said, with held buckets emptied.
        ends: end of every bucket, UTC.
        held: which buckets are not released.
        direction: as asked.
        credit: source and licence.
        gaps: where nothing was seen.
        night, rain: share of each bucket; empty where nothing is known of them.
        doubts: where a self-check failed.
        states: for the public, per indicator, what each bucket is; the signed-in have every number as counted.
        policies: for the public, per indicator, how it may be published.
        joined: of a group's states, when other places began to be added.
    """

    series: Series
    ends: tuple[datetime, ...]
    held: tuple[bool, ...]
    direction: str
    credit: tuple[str, str]
    gaps: tuple[GapSpan, ...] = ()
    night: tuple[float | None, ...] = ()
    rain: tuple[float | None, ...] = ()
    doubts: tuple[DoubtSpan, ...] = ()
    states: Mapping[str, tuple[State, ...]] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    joined: tuple[datetime, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether no number in it may still change by the passing of time."""
        return not (any(self.held) or any(self.series.provisional) or any(self.unpublished))

    @property
    def closed(self) -> bool:
        """Whether any of its figures is not for this reader at all."""
        return any(policy.rule == "closed" for policy in self.policies.values())

    @property
    def unpublished(self) -> tuple[bool, ...]:
        """Which buckets are over, and of people who are not published yet: whoever publishes has not come to them (`pantau.serve.release.publication`)."""
        waits = zip(*self.states.values(), strict=True) if self.states else iter([()] * len(self.held))
        return tuple("held" in of and not held for of, held in zip(waits, self.held, strict=True))

    @property
    def breaks(self) -> tuple[Break, ...]:
        """From which buckets on the figures are not to be compared with those before."""
        return breaks(self.series, [bisect_left(self.joined, end) for end in self.ends])


def hold(series: Series, now: datetime, *, public: bool) -> tuple[Series, tuple[bool, ...], tuple[datetime, ...]]:
    """The series with what is not released emptied; which buckets that are; where each ends."""
    ends = tuple(bucket(series.tier, series.timezone, start)[1] for start in series.starts[-1:])
    ends = (*series.starts[1:], *ends)
    if not public:
        return series, (False,) * len(ends), ends
    last = now - timedelta(seconds=DELAY_S)
    held = tuple(end > last for end in ends)
    if not any(held):
        return series, held, ends
    emptied = replace(
        series,
        columns={
            name: tuple(None if h else v for h, v in zip(held, values, strict=True))
            for name, values in series.columns.items()
        },
        coverage=tuple(0.0 if h else c for h, c in zip(held, series.coverage, strict=True)),
        method=tuple("" if h else m for h, m in zip(held, series.method, strict=True)),
        revision=tuple(0 if h else r for h, r in zip(held, series.revision, strict=True)),
        provisional=tuple(h or p for h, p in zip(held, series.provisional, strict=True)),
        places=tuple(None if h else n for h, n in zip(held, series.places, strict=True)) if series.places else (),
    )
    return emptied, held, ends


def gaps(table: Table, since: datetime | None, now: datetime) -> tuple[GapSpan, ...]:
    """Runs of settled buckets without coverage, from the place's first number to now; an open one may yet be filled."""
    if since is None:
        return ()
    spans: list[tuple[datetime, datetime]] = []
    series = table.series
    for start, end, coverage, unsettled in zip(
        series.starts, table.ends, series.coverage, series.provisional, strict=True
    ):
        if coverage > 0 or unsettled or end <= since or start >= now:
            continue
        if spans and spans[-1][1] == start:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((start, end))
    return tuple(GapSpan(from_=start, to=end, kind="unwatched", reason="") for start, end in spans)


def explained(missing: Sequence[GapSpan], outages: Sequence[Event], *, tell: bool) -> tuple[GapSpan, ...]:
    """The gaps, each with the outage that covers most of it; the outage's own words only when `tell`."""
    starts = [gap.from_ for gap in missing]
    longest: dict[int, tuple[float, Event]] = {}
    for event in outages:
        at = max(bisect_right(starts, event.start) - 1, 0)
        while at < len(missing) and (event.end is None or starts[at] < event.end):
            shared_s = (min(event.end or missing[at].to, missing[at].to) - max(event.start, starts[at])).total_seconds()
            if shared_s > longest.get(at, (0.0, event))[0]:
                longest[at] = shared_s, event
            at += 1
    return tuple(
        GapSpan(
            from_=gap.from_,
            to=gap.to,
            kind=WHY.get(longest[i][1].kind, "outage"),
            reason=_reason(longest[i][1]) if tell else "",
        )
        if i in longest
        else gap
        for i, gap in enumerate(missing)
    )


def _reason(outage: Event) -> str:
    return str(outage.attributes.get("reason", ""))


def breaks(series: Series, eras: Sequence[int] = ()) -> tuple[Break, ...]:
    """Where the method, the place's revision or the era differs from the last bucket that had any; `eras`: of each bucket, one where not given."""
    found: list[Break] = []
    before: tuple[str, int, int] | None = None
    told = zip(series.starts, series.method, series.revision, eras or (0,) * len(series.starts), strict=True)
    for start, method, revision, era in told:
        if not method and not revision:
            continue
        if before is not None and before != (method, revision, era):
            found.append(Break(t=start, method=method, revision=revision))
        before = method, revision, era
    return tuple(found)


def credit_of(place: Subject, attribution: str) -> tuple[str, str]:
    """Source and licence of a place's numbers: the imported source's, or the footage's attribution."""
    return (place.source, place.licence) if isinstance(place, Site) else (attribution, "")


def answer(table: Table, place: Subject, validations: tuple[ValidationAnswer, ...] = ()) -> SeriesAnswer:
    """The table as JSON says it."""
    series = table.series
    tier = series.tier  # what was asked through this API
    columns = []
    for name, values in series.columns.items():
        means = indicator(name)
        columns.append(
            Column(
                indicator=name,
                unit=means.unit,
                over_time=means.over_time,
                label=words(means.label),
                values=values,
                states=table.states.get(name, ()),
                release=policy_answer(table.policies[name]) if name in table.policies else None,
            )
        )
    return SeriesAnswer(
        place=place.id,
        tier=tier,
        direction=table.direction,  # type: ignore[arg-type]  # checked where it was asked
        timezone=series.timezone,
        from_=series.starts[0],
        to=table.ends[-1],
        t=series.starts,
        coverage=tuple(None if h else c for h, c in zip(table.held, series.coverage, strict=True)),
        places=tuple(None if h else n for h, n in zip(table.held, series.places, strict=True))
        if any(series.places)
        else (),
        provisional=series.provisional,
        held=table.held,
        columns=tuple(columns),
        breaks=table.breaks,
        gaps=table.gaps,
        source=table.credit[0],
        licence=table.credit[1],
        validation=_worst(validations),
        validations=validations,
        night=table.night,
        rain=table.rain,
        doubts=table.doubts,
    )


def _worst(validations: Sequence[ValidationAnswer]) -> Literal["unvalidated", "validated", "expired"]:
    said = {one.status for one in validations}
    if "expired" in said:
        return "expired"
    return "validated" if said == {"validated"} else "unvalidated"


def words(text: Text) -> Words:
    """A wording of the vocabulary."""
    return Words(id=text.id, en=text.en)
