"""``/api/v1/open/share``: the newest whole day of a place as a picture, and what its page says of it to who shows a link."""

from __future__ import annotations

import threading
from collections import OrderedDict
from html import escape
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query, Request, Response

from pantau.places import Place
from pantau.serve.http.audience import PUBLIC, ServicesOf
from pantau.serve.http.caching import tagged
from pantau.serve.http.fair import fair
from pantau.serve.http.problems import ProblemError
from pantau.serve.now.digest import DayDigest, Digests, Subject
from pantau.serve.now.digest_words import summary
from pantau.serve.open.feed_routes import Lang, subjects_of
from pantau.serve.open.news import DAYS
from pantau.serve.open.picture import SIZE, Credit, draw
from pantau.serve.series.asking import find_place
from pantau.serve.series.published import camera_of
from pantau.serve.series.tables import credit_of
from pantau.serve.services import Services
from pantau.serve.usual.outlook_words import Language, day_words

COST: Final = 8.0
MOST_KEPT: Final = 128
"""Pictures in memory, 40 kB each."""
CREATIVE_COMMONS: Final = "creativecommons.org/licenses/"
router = APIRouter(prefix="/api/v1/open/share", tags=["open"])
SAID: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}, "description": "The picture."},
    429: {"description": "Too many requests"},
}


class Pictures:
    """Pictures that were drawn, the oldest forgotten first; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, bytes] = OrderedDict()

    def of(self, subject: Subject, digest: DayDigest, credit: Credit, language: Language) -> bytes:
        """As `draw`; the same day in the same words is drawn once."""
        key = subject.place.id, subject.place.name, subject.indicators, repr(digest), credit, language
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = draw(subject, digest, credit, language)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made


class PngResponse(Response):
    """ISO/IEC 15948."""

    media_type = "image/png"


@router.get(
    "/{place}.png",
    dependencies=[PUBLIC, fair(COST)],
    response_class=PngResponse,
    responses=SAID,
    summary="A place's newest day as a picture",
)
def picture(
    request: Request,
    services: ServicesOf,
    place: Annotated[str, Path(max_length=140)],
    indicator: Annotated[
        list[str] | None, Query(max_length=20, description="Of one family; the headline without.")
    ] = None,
    lang: Lang = "id",
) -> Response:
    """1200 x 630 pixels: sentence, number, change against usual, the day's hours, coverage, date and whose numbers these are."""
    known = find_place(services, place)
    found = newest(services, request.app.state.digests, known, tuple(dict.fromkeys(indicator or ())))
    if found is None:
        raise ProblemError(404, "No figure yet", f"no whole day of {place!r} is published for this")
    made = request.app.state.pictures.of(*found, credit(services, known), lang)
    return tagged(request, made, "image/png", "checked")


def newest(services: Services, kept: Digests, place: Place, names: tuple[str, ...]) -> tuple[Subject, DayDigest] | None:
    """The newest day of what is told of a place first; one that was watched in part only where no better one is near.

    Raises:
        ProblemError: 422, an indicator that it can't have.
    """
    for subject in subjects_of(services, place, names):
        found = kept.of(services, subject, DAYS, odd=False)
        for digest in sorted(found, key=lambda one: one.partly):  # which keeps the newest first
            return subject, digest
    return None


def credit(services: Services, place: Place) -> Credit:
    """Whose numbers a place's are."""
    camera = camera_of(services, place)
    source, licence = credit_of(place, camera.attribution if camera else "")
    return Credit(services.city.name, source or services.city.name, short(licence or services.city.licence))


def short(licence: str) -> str:
    """``CC BY 4.0`` for the address of a Creative Commons licence; anything else as it is."""
    _, found, tail = licence.partition(CREATIVE_COMMONS)
    return f"CC {' '.join(tail.strip('/').split('/')).upper()}" if found else licence


def tags(request: Request, services: Services, place: Place, base: str) -> str:
    """What a messenger reads of a place's page; nothing where no day of it is published."""
    query = request.query_params
    lang: Language = "en" if query.get("lang") == "en" else "id"
    shown = query.get("show", "")
    try:
        found = newest(services, request.app.state.digests, place, (shown,) if "." in shown else ())
    except ProblemError:
        found = None  # the page itself says what is wrong with its address
    if found is None:
        return ""
    subject, digest = found
    asked = urlencode([*(("indicator", name) for name in subject.indicators), ("lang", lang)])
    title = f"{place.name}, {day_words(digest.day, lang)} · {services.city.name}"
    told = {
        "og:type": "website",
        "og:site_name": "Pantau",
        "og:locale": "en_GB" if lang == "en" else "id_ID",
        "og:title": title,
        "og:description": summary(subject, digest, lang),
        "og:url": f"{base}/portal/place/{quote(place.id)}",
        "og:image": f"{base}/api/v1/open/share/{quote(place.id)}.png?{asked}",
        "og:image:type": "image/png",
        "og:image:width": str(SIZE[0]),
        "og:image:height": str(SIZE[1]),
        "og:image:alt": f"{place.name}: {summary(subject, digest, lang)}",
    }
    made = [f'<meta property="{name}" content="{escape(text)}">' for name, text in told.items()]
    made.append('<meta name="twitter:card" content="summary_large_image">')
    made.append(f'<meta name="description" content="{escape(told["og:description"])}">')
    return "".join(made)
