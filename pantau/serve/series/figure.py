"""The question that weeks, trends and usual levels share: one figure of a place, as the public has it.

A figure is an indicator of a place, or several of one family that add up. Answers are kept until the next `FRESH_S` or the steward's next
decision: they change with the hours that are released, and cost tens of milliseconds. One that tells nothing because people are
not published yet is kept for `UNPUBLISHED_S` only: somebody is just publishing them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Final, TypeVar, cast
from zoneinfo import ZoneInfo

import numpy as np
from fastapi import Depends, Query, Request

from pantau.forecast.usual import Hourly
from pantau.serve.http.audience import ServicesOf, services_of
from pantau.serve.http.problems import ProblemError
from pantau.serve.schema.answer import Way
from pantau.serve.series.asking import Id, find_subject, of_one_family
from pantau.serve.series.groups import Subject
from pantau.serve.series.published import public_table
from pantau.serve.series.released_days import added, by_day, zone_of
from pantau.serve.series.tables import Table
from pantau.serve.services import Services
from pantau.store.series import Series, SeriesQuery, Tier
from pantau.vocabulary import indicator as means

FRESH_S: Final = 300
UNPUBLISHED_S: Final = 30
MOST_KEPT: Final = 512

Worked = TypeVar("Worked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is looked at.

    Args:
        place: a place, or a group.
        indicators: of one family; several add up.
        direction: as asked.
        timezone: IANA zone of its local days.
    """

    place: Subject
    indicators: tuple[str, ...]
    direction: Way
    timezone: str

    @property
    def adds(self) -> bool:
        """Whether it adds up over time, or is a mean."""
        return means(self.indicators[0]).over_time == "sum"

    def midnight(self, day: date) -> datetime:
        """Where a local day begins, UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)


def figure_question(
    request: Request,
    services: ServicesOf,
    place: Id,
    indicator: Annotated[list[str], Query(min_length=1, max_length=20, description="Ids of one family; repeat it.")],
    direction: Annotated[Way, Query(description="One direction of a line, or both added up.")] = "both",
) -> Figure:
    """The figure a request asks for.

    Raises:
        ProblemError: 404 unknown place or group, 422 indicators that it has not or that do not add up.
    """
    found = find_subject(services, place, request.app.state.area_names)
    names = of_one_family(tuple(dict.fromkeys(indicator)), found)
    if len(names) > 1 and any(means(name).over_time != "sum" for name in names):
        raise ProblemError(422, "These do not add up", f"ask for each of {', '.join(names)} apart")
    return Figure(place=found, indicators=names, direction=direction, timezone=zone_of(services, found).key)


Asked = Annotated[Figure, Depends(figure_question)]


@dataclass(frozen=True, slots=True)
class Days:
    """Released hours of consecutive local days.

    Args:
        series: as released.
        hourly: by day and local hour; unknown before `since` and where too little was seen.
        starts: of each day and local hour, UTC; None for the one that summer time skips.
        since: the newest change of method or place.
        closed: whether they are not for the public.
        unpublished: whether more of them wait to be published than are known.
    """

    series: Series
    hourly: Hourly
    starts: list[list[datetime | None]]
    since: datetime | None
    closed: bool
    unpublished: bool


def hours_of(services: Services, figure: Figure, days: range) -> Days:
    """The hours of local days, which are given by their ordinals.

    Raises:
        StoreError: the store or the control database failed.
    """
    table = released(services, figure, "hour", days)
    changed = table.breaks
    since = changed[-1].t if changed else None
    # `by_day` gives the day that is asked of and the one after it.
    hourly, starts = by_day(
        services.city, table.series, added(table, figure.indicators), since, date.fromordinal(days[-1] - 1)
    )
    return Days(table.series, hourly, starts, since, table.closed, waits(table, hourly))


def waits(table: Table, known: Hourly) -> bool:
    """Whether more hours of a table wait to be published than are known: what can't be told of them is then told later."""
    return sum(table.unpublished) > int(np.isfinite(known.counts).sum())


def released(services: Services, figure: Figure, tier: Tier, days: range) -> Table:
    """The figure on local days, as the public has it.

    Raises:
        StoreError: the store or the control database failed.
    """
    query = SeriesQuery(
        place=figure.place.id,
        indicators=figure.indicators,
        tier=tier,
        start=figure.midnight(date.fromordinal(days.start)),
        end=figure.midnight(date.fromordinal(days.stop)),
        direction=figure.direction,
    )
    return public_table(services, figure.place, query)


def remembered(request: Request, what: object, work: Callable[[], Worked]) -> Worked:
    """What `work` gives, worked out once in `FRESH_S` (one that is ``unpublished``, in `UNPUBLISHED_S`), and anew after each decision of the steward.

    `what` tells the question from all others. At most `MOST_KEPT` are held, the oldest goes first.
    """
    memory: dict[object, object] = request.app.state.outlooks
    services = services_of(request)
    # Decisions are appended, never changed: their number names what holds.
    decided, now = len(services.releases.decisions()), services.clock().timestamp()
    whole, absent = ((what, seconds, now // seconds, decided) for seconds in (FRESH_S, UNPUBLISHED_S))
    found = memory.get(whole, memory.get(absent))
    if found is None:
        found = work()
        while len(memory) >= MOST_KEPT:
            memory.pop(list(memory)[0], None)  # noqa: RUF015  # one step for other threads, which an iterator is not
        memory[absent if getattr(found, "unpublished", False) else whole] = found
    return cast(Worked, found)  # the same question has the same kind of answer
