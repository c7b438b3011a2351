"""What may be asked of series and events: defaults, limits, and what a wrong question is told.

Ranges are cut to what a graph can show: at most `MAX_POINTS` buckets, refused with the tier to use instead. Times must say
their zone; a naive time would silently be some other moment.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime

from pantau.places import Line, Place, Site, Slot, Zone
from pantau.serve.http.audience import RoleOf, ServicesOf
from pantau.serve.http.problems import ProblemError
from pantau.serve.schema.answer import PlaceKind, TierName, Way
from pantau.serve.series.groups import Group, Subject, group_of
from pantau.serve.services import Services
from pantau.store.buckets import WIDTHS
from pantau.store.series import TIERS, SeriesQuery
from pantau.vocabulary import families, indicators

MAX_POINTS = 6_000
"""More than any screen has columns; 4 days of minutes, 2 months of quarters of an hour, 8 months of hours, 16 years of days."""
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
USUAL: Mapping[TierName, timedelta] = {
    "minute": timedelta(hours=3),
    "quarter_hour": timedelta(days=1),
    "hour": timedelta(days=7),
    "day": timedelta(days=400),
    "month": timedelta(days=3653),
}
"""The range shown when none is asked for."""

Id = Annotated[str, Query(min_length=1, max_length=140, examples=["pets.W"], description="A place's id.")]
Moment = Annotated[
    AwareDatetime | None, Query(examples=["2026-01-31T00:00:00Z"], description="ISO 8601 with a zone, such as …Z.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """One page of events, newest first: of a place (or camera) and a kind, begun in [start, end), below `before`."""

    place: str | None
    kind: str | None
    start: datetime
    end: datetime
    limit: int
    before: tuple[datetime, str] | None


def kind_of(place: Place) -> PlaceKind:
    """Line, zone or site; a slot's numbers are its zone's."""
    kinds: dict[type[Place], PlaceKind] = {Line: "line", Zone: "zone", Site: "site"}
    return kinds.get(type(place), "zone")


def find_place(services: ServicesOf, place: str) -> Place:
    """The place with this id; a retired one too, because its numbers are still there.

    Raises:
        ProblemError: 404.
    """
    if "\0" not in place and (known := services.register.place(place)) is not None:
        if isinstance(known, Slot):
            raise ProblemError(404, "No numbers of its own", f"{place!r} is a slot; ask for its zone {known.zone!r}")
        return known
    raise ProblemError(404, "No such place", f"there is no place {place[:140]!r}; /api/v1/places lists them")


def find_subject(services: Services, place: str, names: Mapping[str, str]) -> Subject:
    """The place or group with this id.

    Raises:
        ProblemError: 404.
    """
    return group_of(services, place, names) or find_place(services, place)


async def series_question(  # noqa: PLR0913, PLR0917  # FastAPI makes one query parameter of each
    request: Request,
    services: ServicesOf,
    role: RoleOf,
    place: Id,
    indicator: Annotated[list[str], Query(min_length=1, max_length=20, description="Ids of one family; repeat it.")],
    tier: Annotated[TierName, Query(description="Width of the buckets; minute is for the room.")] = "hour",
    from_: Annotated[Moment, Query(alias="from")] = None,
    to: Moment = None,
    direction: Annotated[Way, Query(description="One direction of a line, or both added up.")] = "both",
) -> tuple[Subject, SeriesQuery]:
    """The place and the query a request asks for; awaited, because the register is in memory and a thread would cost more.

    Raises:
        ProblemError: 404 unknown place, 403 minutes for the public, 422 anything else that can't be answered.
    """
    if tier == "minute" and role == "public":
        raise ProblemError(403, "Minutes are for the room", "ask for tier=quarter_hour or a wider one, or sign in")
    found = find_subject(services, place, request.app.state.area_names)
    if tier == "minute" and isinstance(found, Group):
        raise ProblemError(422, "No minutes of a group", "ask for tier=quarter_hour or a wider one")
    names = of_one_family(tuple(dict.fromkeys(indicator)), found)
    start, end = range_of(services.clock(), from_, to, USUAL[tier])
    points = (end - start) / WIDTHS[tier]
    if points > MAX_POINTS:
        wider = next((t for t in TIERS[1:] if (end - start) / WIDTHS[t] <= MAX_POINTS), None)
        advice = f"ask for tier={wider}" if wider and wider != tier else "ask for a shorter range"
        raise ProblemError(
            422, "Too many points", f"{points:,.0f} points of one {tier}, at most {MAX_POINTS:,} are given; {advice}"
        )
    query = SeriesQuery(place=place, indicators=names, tier=tier, start=start, end=end, direction=direction)
    return found, query


SeriesQuestion = Annotated[tuple[Subject, SeriesQuery], Depends(series_question)]


def events_question(  # noqa: PLR0913, PLR0917  # FastAPI makes one query parameter of each
    services: ServicesOf,
    place: Annotated[str, Query(max_length=140, description="Only of this place or camera.")] = "",
    kind: Annotated[str, Query(max_length=40, examples=["crossing"], description="Only of this kind.")] = "",
    from_: Annotated[Moment, Query(alias="from")] = None,
    to: Moment = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Events on one page.")] = 100,
    before: Annotated[str, Query(max_length=600, description="`next` of the page above.")] = "",
) -> EventQuery:
    """The events a request asks for.

    Raises:
        ProblemError: 422.
    """
    start, end = range_of(services.clock(), from_, to, timedelta(days=7))
    cursor = decode_cursor(before) if before else None
    return EventQuery(place=place or None, kind=kind or None, start=start, end=end, limit=limit, before=cursor)


EventsQuestion = Annotated[EventQuery, Depends(events_question)]


def encode_cursor(cursor: tuple[datetime, str]) -> str:
    """Where the next page begins, as an opaque word for an address."""
    start, event = cursor
    return base64.urlsafe_b64encode(f"{start.isoformat()} {event}".encode()).decode().rstrip("=")


def decode_cursor(word: str) -> tuple[datetime, str]:
    """The (start, id) of `encode_cursor`.

    Raises:
        ProblemError: 422; the word was not made here.
    """
    try:
        text = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True).decode()
        moment, _, event = text.partition(" ")
        start = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError):
        start, event = None, ""
    if start is None or start.tzinfo is None or not event or "\0" in event:
        raise ProblemError(422, "The question is not valid", "before: give the `next` of the page above, unchanged")
    return _within("before", start), event


def of_one_family(names: tuple[str, ...], subject: Subject) -> tuple[str, ...]:
    """The names, when such a place has all of them and they are of one family.

    Raises:
        ProblemError: 422.
    """
    known = indicators()
    if isinstance(subject, Group):
        kind, mine = "group", [one.id for one in subject.indicators]
    else:
        kind = kind_of(subject)
        mine = [name for name, one in known.items() if kind in one.places]
    for name in names:
        if name not in mine:
            raise ProblemError(
                422,
                "No such indicator",
                f"a {kind} has no {name[:80]!r}; it may have: {', '.join(mine) or 'nothing yet'}",
            )
    if len({known[name].family for name in names}) > 1:
        raise ProblemError(
            422, "One family at a time", f"ask for each of these families apart: {', '.join(families())}"
        )
    return names


def range_of(
    now: datetime, start: datetime | None, end: datetime | None, usual: timedelta
) -> tuple[datetime, datetime]:
    """The asked range; without a beginning the `usual` span before its end.

    Raises:
        ProblemError: 422, it is empty or lies outside of 1970 to 2099.
    """
    until = now if end is None else _within("to", end)
    since = until - usual if start is None else _within("from", start)
    if since >= until:
        raise ProblemError(
            422, "The range is empty", f"from {since.isoformat()} is not earlier than to {until.isoformat()}"
        )
    return since, until


def _within(name: str, moment: datetime) -> datetime:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        utc = None
    if utc is None or not EARLIEST <= utc <= LATEST:
        raise ProblemError(422, "The question is not valid", f"{name}: expected a year from 1970 to 2099")
    return utc
