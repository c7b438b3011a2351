"""``/api/v1/open/feed``: follow a place, an area or the city by Atom, in Indonesian or English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response

from pantau.places import Place, Site
from pantau.serve.area_members import codes_of
from pantau.serve.http.audience import PUBLIC, ServicesOf
from pantau.serve.http.caching import tagged
from pantau.serve.http.fair import fair
from pantau.serve.http.problems import ProblemError
from pantau.serve.now.digest import Subject
from pantau.serve.now.digest_words import said
from pantau.serve.open import news
from pantau.serve.open.atom import MEDIA_TYPE, Entry, Feed, atom
from pantau.serve.release.policy import policy_of
from pantau.serve.series.asking import find_place, of_one_family
from pantau.serve.series.tables import credit_of
from pantau.serve.services import Services
from pantau.serve.themes import THEMES
from pantau.serve.usual.outlook_words import Language
from pantau.vocabulary import indicator as means

COST: Final = 4.0
OPEN: Final = [PUBLIC, fair(COST)]
router = APIRouter(prefix="/api/v1/open/feed", tags=["open"])
SAID: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "The feed."},
    429: {"description": "Too many requests"},
}
Lang = Annotated[Language, Query(description="Language of titles and texts.")]


class AtomResponse(Response):
    """RFC 4287."""

    media_type = MEDIA_TYPE


@router.get("/city.atom", dependencies=OPEN, response_class=AtomResponse, responses=SAID, summary="Follow the city")
def city(request: Request, services: ServicesOf, lang: Lang = "id") -> Response:
    """A summary of each day, what is out of the ordinary today, water alarms, corrections and answers."""
    return _whole(request, services, "", services.city.name, lang)


@router.get(
    "/area/{code}.atom",
    dependencies=OPEN,
    response_class=AtomResponse,
    responses=SAID,
    summary="Follow an area",
)
def area(
    request: Request, services: ServicesOf, code: Annotated[str, Path(max_length=20)], lang: Lang = "id"
) -> Response:
    """The same of one kecamatan or kelurahan."""
    known = next((one for one in request.app.state.known_areas if one.code == code), None)
    if known is None:
        raise ProblemError(404, "No such area", f"there is no area {code!r}; /api/v1/areas lists them")
    return _whole(request, services, code, known.name, lang)


@router.get(
    "/place/{place}.atom",
    dependencies=OPEN,
    response_class=AtomResponse,
    responses=SAID,
    summary="Follow a place",
)
def place_feed(
    request: Request,
    services: ServicesOf,
    place: Annotated[str, Path(max_length=140)],
    indicator: Annotated[
        list[str] | None, Query(max_length=20, description="Of one family; all headlines without.")
    ] = None,
    lang: Lang = "id",
) -> Response:
    """The newest two weeks of a number: each day against usual, odd hours, water alarms, corrections and answers."""
    known = find_place(services, place)
    asked = subjects_of(services, known, tuple(dict.fromkeys(indicator or ())))
    base, names = base_of(request), tuple(indicator or ())
    here = frozenset({known.id})
    entries = [*news.answers(services, here, names, base, lang), *news.floods(services, here, base, lang)]
    for subject in asked:
        found = request.app.state.digests.of(services, subject, news.DAYS, odd=True)
        entries += news.days(subject, found, base, lang)
    labels = ", ".join(said(subject.label, lang) for subject in asked)
    title = f"{known.name}: {labels}" if labels else known.name
    about = ("place", known.id, *names)
    rights = credit_of(known, "")[1] or services.city.licence
    made = _Told(about, title, news.place_link(base, known.id), rights, entries)
    return _answer(request, services, made)


def subjects_of(services: Services, place: Place, names: tuple[str, ...]) -> tuple[Subject, ...]:
    """What is told of a place: the asked number, or its headlines; without what the public may not have.

    Raises:
        ProblemError: 422.
    """
    decisions = services.releases.decisions()
    if names:
        names = of_one_family(names, place)
        if len(names) > 1 and any(means(name).over_time != "sum" for name in names):
            raise ProblemError(422, "These do not add up", f"ask for each of {', '.join(names)} apart")
        asked = [Subject(place, names)]
    else:
        camera = None if isinstance(place, Site) else services.register.camera(place.camera)
        has = services.numbers.extent(place.id)
        asked = [Subject(place, t.indicators) for t in THEMES.values() if t.family in has and t.of(place, camera)]
    return tuple(
        one for one in asked if all(policy_of(place, means(i), decisions).rule != "closed" for i in one.indicators)
    )


def base_of(request: Request) -> str:
    """Where the asker reached us; the gate let only our own names through."""
    return str(request.base_url).rstrip("/")


def _whole(request: Request, services: Services, code: str, name: str, lang: Language) -> Response:
    known, base, decisions = services.standings.now(), base_of(request), services.releases.decisions()
    areas = request.app.state.known_areas
    wanted = [
        one
        for one in known.wanted
        if one.current
        and (not code or code in codes_of(one.place, one.camera, areas))
        and all(policy_of(one.place, means(i), decisions).rule != "closed" for i in one.theme.indicators)
    ]
    places = frozenset(one.place.id for one in wanted) if code else None
    subjects = [Subject(one.place, one.theme.indicators) for one in wanted]
    entries = [
        *news.answers(services, places, (), base, lang),
        *news.floods(services, places, base, lang),
        *news.odd_now([known.found[one.key] for one in wanted if one.key in known.found], base, lang),
        *news.together(services, request.app.state.digests, subjects, code and name, base, lang),
    ]
    made = _Told(("whole", code), name, f"{base}/portal", services.city.licence, entries)
    return _answer(request, services, made)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a feed is of, and what it tells."""

    about: tuple[str, ...]
    title: str
    page: str
    rights: str
    entries: list[Entry]


def _answer(request: Request, services: Services, told: _Told) -> Response:
    facts = services.city
    lang = "en" if request.query_params.get("lang") == "en" else "id"
    query = sorted(request.query_params.multi_items())
    made = Feed(
        about=(facts.region or facts.name, *told.about, lang),
        title=f"{told.title} · {facts.name}" if told.title != facts.name else facts.name,
        subtitle="Pantau",
        author=facts.name,
        rights=told.rights,
        language=lang,
        own=f"{base_of(request)}{request.url.path}" + (f"?{urlencode(query)}" if query else ""),
        page=told.page,
        version=services.version,
        since=news.since(services),
        entries=told.entries,
    )
    return tagged(request, atom(made), MEDIA_TYPE, "checked")
