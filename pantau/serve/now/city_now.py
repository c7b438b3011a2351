"""The city now: five figures against usual, what is unusual today, and the same for each area. One answer for the whole front page.

Made of `Standings` alone, which the keeper fills; a request asks the store for nothing. What the data steward closes is left
out at once: every request looks at the decisions. Everything is in one answer on purpose: a page that knows where its reader
stands never has to ask for that place alone.

Figures of several places: `FigureNow` says the rule. Limits: the range of a sum is not known, so for places together
"unusual" is not told, only the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from fastapi import APIRouter, Request, Response

from pantau.serve.area_members import KnownArea, codes_of, members
from pantau.serve.http.audience import PUBLIC, ServicesOf
from pantau.serve.http.caching import tagged
from pantau.serve.kept.standings import Crossed, Round, Standing, Watched
from pantau.serve.release.policy import decision_about, policy_of, policy_of_border
from pantau.serve.release.publication import DELAY_S
from pantau.serve.schema.city_now import (
    AreaMembers,
    AreaNow,
    CityNowAnswer,
    CrossedNow,
    FigureNow,
    HourOfToday,
    PlaceNow,
    ThemeNow,
    Unusual,
)
from pantau.serve.series.groups import AREA
from pantau.serve.series.tables import words
from pantau.serve.services import Services
from pantau.serve.themes import THEMES, Theme
from pantau.store.buckets import bucket
from pantau.store.groups import CITY
from pantau.store.releases import Decision
from pantau.vocabulary import families, indicator

MOST_UNUSUAL: Final = 50
HALF: Final = 0.5
"""Coverage below which an hour's figure stands for nothing: four watched minutes without anybody are no empty hour."""
ThemeState = Literal["none", "pending", "waiting", "closed", "unseen", "few", "told"]

router = APIRouter(prefix="/api/v1", tags=["public"])


@router.get("/now", dependencies=[PUBLIC], response_model=CityNowAnswer, summary="The city now, against usual")
def city_now(request: Request, services: ServicesOf) -> Response:
    """The last released hour of every theme, place and area; what is unusual today; and when all of it was last checked."""
    known, decisions = services.standings.now(), tuple(services.releases.decisions())
    memory: dict[str, object] = request.app.state.city_now
    key = (known.version, len(decisions))  # decisions are appended, never changed
    if memory.get("key") != key:
        body = answer(services, known, decisions, request.app.state.known_areas).model_dump_json(by_alias=True)
        memory |= {"key": key, "body": body.encode()}
    body_bytes = memory["body"]
    return tagged(request, body_bytes if isinstance(body_bytes, bytes) else b"", "application/json", "checked")


def answer(
    services: Services, known: Round, decisions: Sequence[Decision], areas: tuple[KnownArea, ...]
) -> CityNowAnswer:
    """What is known, as far as it may be told."""
    ours = [one for one in known.wanted if one.current]
    looked = [found for one in ours if (found := known.found.get(one.key))]
    open_ = {s.watched.key: s for s in known.found.values() if _may_tell(s, decisions)}
    told = [s for s in looked if s.watched.key in open_]
    codes = {one.place.id: codes_of(one.place, one.camera, areas) for one in ours}
    inside = members(areas, codes)
    return CityNowAnswer(
        checked=min((s.checked for s in looked), default=None) if len(looked) == len(ours) else None,
        looked=len(looked),
        of=len(ours),
        comparable=sum(s.so_far is not None for s in told),
        unusual=_unusual(told),
        themes=tuple(
            _theme(
                services,
                known,
                theme,
                {place: s for (place, family), s in open_.items() if family == theme.family},
                inside,
                decisions,
            )
            for theme in THEMES.values()
        ),
        areas=tuple(AreaMembers(code=a.code, name=a.name, places=inside[a.code]) for a in areas),
    )


def figure(theme: Theme, of: Sequence[Watched], found: Mapping[str, Standing]) -> FigureNow:
    """Places together, by the rule of `FigureNow`; `found` is by place."""
    mine = [found[one.place.id] for one in of if one.place.id in found]
    known = [s for s in mine if s.known is not None and s.value is not None]
    shown = known or [s for s in mine if s.value is not None and s.coverage >= HALF]
    lead = max(shown, key=lambda s: s.value or 0, default=None)
    whole = theme.first.over_places == "yes" and len(known) == len(of) > 1
    compared = [s for s in mine if s.known is not None and s.usual is not None]
    basis = [lead] if lead and theme.first.over_places == "never" else compared
    basis = [s for s in basis if s.known is not None and s.usual is not None]
    parts = known if whole else [lead] if lead else []
    usual = [s.usual for s in parts if s.usual is not None]
    return FigureNow(
        summed=whole,
        lead=lead.watched.place.id if lead else None,
        value=_added([s.value for s in parts]),
        usual=_added(usual) if len(usual) == len(parts) else None,
        change=change(theme, sum(s.known or 0 for s in basis), sum(s.usual or 0 for s in basis)) if basis else None,
        compared=len(basis),
        known=len(known),
        of=len(of),
        coverage=round(sum(s.coverage for s in mine) / len(of), 4) if of else None,
        crossed=None,
    )


def change(theme: Theme, value: float, usual: float) -> float | None:
    """A figure against its usual, as the theme tells it."""
    if theme.told == "difference":
        return round(value - usual, 2)
    return round(value / usual - 1, 4) if usual >= theme.least else None


def _theme(
    services: Services,
    known: Round,
    theme: Theme,
    found: Mapping[str, Standing],
    inside: Mapping[str, tuple[str, ...]],
    decisions: Sequence[Decision],
) -> ThemeNow:
    wanted = [one for one in known.wanted if one.theme is theme]
    ours = [one for one in wanted if one.current]
    standings = [found[one.place.id] for one in ours if one.place.id in found]
    newest = max((s.start for s in standings), default=None)
    standings = [s for s in standings if s.start == newest]  # in the very first round some are an hour behind
    now = {s.watched.place.id: s for s in standings}
    border = {one.cordon.of: one for one in known.crossed if one.theme is theme and one.start == newest}
    crossed = {of: _crossed(one) for of, one in border.items() if _may_tell_border(services, one, decisions)}
    city_closed = _is_closed(CITY, theme, decisions)
    whole = figure(theme, ours, {} if city_closed else now).model_copy(update={"crossed": crossed.get(CITY)})
    state, due = ("closed", None) if city_closed and ours else _state(services, known, standings, whole, ours)
    by_place = {one.place.id: one for one in ours}
    areas = {code: [by_place[p] for p in places if p in by_place] for code, places in inside.items()}
    first = theme.first
    return ThemeNow(
        id=theme.family,
        label=words(families()[theme.family].label),
        indicators=theme.indicators,
        unit=first.unit,
        over_time=first.over_time,
        over_places=first.over_places,
        told=theme.told,
        steps=theme.steps,
        state=state,
        due=due,
        from_=newest,
        to=max((s.end for s in standings), default=None),
        city=whole,
        hours=_hours(standings if whole.summed else [now[whole.lead]] if whole.lead else []),
        so_far=now[whole.lead].so_far if whole.lead and not whole.summed else None,
        areas=tuple(
            AreaNow(code=code, **figure(theme, mine, now).model_dump() | {"crossed": crossed.get(f"{AREA}{code}")})
            for code, mine in areas.items()
            if mine and not _is_closed(f"{AREA}{code}", theme, decisions)
        ),
        places=tuple(_place(theme, found[one.place.id]) for one in wanted if one.place.id in found),
    )


def _state(
    services: Services, known: Round, standings: Sequence[Standing], whole: FigureNow, ours: Sequence[Watched]
) -> tuple[ThemeState, datetime | None]:
    """Why a theme has a figure or none, and when the first one comes."""
    first = min((s.first for s in standings if s.first), default=None)
    due = first and bucket("hour", services.city.timezone, first)[1] + timedelta(seconds=DELAY_S)
    waits = due is None or due > services.clock()
    rules: tuple[tuple[bool, ThemeState], ...] = (
        (not known.version, "pending"),  # nobody has looked at the register yet
        (not ours, "none"),
        (whole.lead is not None, "told"),
        (any(one.key not in known.found for one in ours), "pending"),
        (not standings, "closed"),
        (any(s.state in {"suppressed", "wider"} and s.coverage >= HALF for s in standings), "few"),
        (waits, "waiting"),
        (True, "unseen"),
    )
    state = next(name for holds, name in rules if holds)
    return state, due if state == "waiting" else None


def _crossed(one: Crossed) -> CrossedNow:
    return CrossedNow(
        cordon=one.cordon.name,
        in_=one.came,
        in_state=one.came_as,
        out=one.left,
        out_state=one.left_as,
        lines=one.lines,
        of=len(one.cordon.lines),
        coverage=one.coverage,
    )


def _may_tell_border(services: Services, one: Crossed, decisions: Sequence[Decision]) -> bool:
    """Whether a border and every line of it is still public: what the steward closes is left out at once."""
    places = [place for entry in one.cordon.lines if (place := services.register.place(entry.line))]
    asked = (indicator(name) for name in one.theme.indicators)
    rules = (
        policy_of_border(one.cordon.of, what, [policy_of(place, what, decisions) for place in places], decisions).rule
        for what in asked
    )
    return "closed" not in rules


def _is_closed(group: str, theme: Theme, decisions: Sequence[Decision]) -> bool:
    """Whether the steward closed the figures of a group by its own id."""
    decision = decision_about(group, theme.family, decisions)
    return decision is not None and not decision.open


def _place(theme: Theme, one: Standing) -> PlaceNow:
    compared = one.known is not None and one.usual is not None
    return PlaceNow(
        place=one.watched.place.id,
        from_=one.start,
        to=one.end,
        value=one.value,
        state=one.state,
        usual=one.usual,
        change=change(theme, one.known or 0, one.usual or 0) if compared else None,
        coverage=one.coverage,
        current=one.watched.current,
        doubted=one.doubted,
    )


def _hours(parts: Sequence[Standing]) -> tuple[HourOfToday, ...]:
    """The day of places together: an hour that one of them does not know is not known."""
    rows = zip(*(s.hours for s in parts), strict=True) if parts else ()
    return tuple(
        HourOfToday(
            t=row[0].start,
            value=_added([hour.value for hour in row]),
            usual=_added([hour.usual for hour in row]),
        )
        for row in rows
    )


def _unusual(told: Sequence[Standing]) -> tuple[Unusual, ...]:
    found = [
        Unusual(
            place=s.watched.place.id,
            theme=s.watched.theme.family,
            from_=spell.from_,
            to=spell.to,
            side=spell.side,
            value=spell.value,
            usual=spell.usual,
            sentence=spell.sentence,
        )
        for s in told
        for spell in s.spells
    ]
    found.sort(key=lambda one: abs(one.value - one.usual) / (one.usual + 1) ** 0.5, reverse=True)
    return tuple(found[:MOST_UNUSUAL])


def _may_tell(one: Standing, decisions: Sequence[Decision]) -> bool:
    place = one.watched.place
    return one.state != "closed" and all(
        policy_of(place, indicator(name), decisions).rule != "closed" for name in one.watched.theme.indicators
    )


def _added(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 2) if known and len(known) == len(values) else None
