"""``/api/v1/complaints``: a citizen says that a published figure looks wrong; the data steward answers; the answer is public.

**What is not kept:** who said it. How often one address speaks is counted under a keyed hash whose key lives and dies with the process;
neither is written anywhere. **What bounds it:** `Voices` (each address, and all together), the length of a text, the complaints that may
wait (`pantau.store.complaints`), and that only a figure which is published can be complained of. Texts are plain: what is no letter,
sign or line end is taken out, and pages and feeds escape the rest.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from pantau.errors import DataError
from pantau.serve.http.audience import PUBLIC, ROOM, ServicesOf
from pantau.serve.http.caching import RULES, tagged
from pantau.serve.http.gate import MOST_BODY
from pantau.serve.http.limit import Limiter
from pantau.serve.http.problems import ProblemError
from pantau.serve.release.publication import DELAY_S
from pantau.serve.schema.answer import Problem, Words
from pantau.serve.schema.complaints import (
    AnsweredComplaint,
    AnsweredComplaints,
    ComplaintAnswer,
    ComplaintReceived,
    ComplaintsAnswer,
    NewAnswer,
    NewComplaint,
    StewardAnswer,
)
from pantau.serve.series.asking import find_place, of_one_family, range_of
from pantau.serve.series.published import policies
from pantau.serve.series.tables import words
from pantau.serve.services import Services
from pantau.store import complaints as store
from pantau.store.complaints import Complaint, ComplaintQuery
from pantau.vocabulary import indicator

router = APIRouter(prefix="/api/v1", tags=["complaints"], max_body_size=MOST_BODY)
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": Problem},
    422: {"model": Problem},
    429: {"model": Problem},
    503: {"model": Problem},
}
AT_ONCE, EVERY_S = 5.0, 600.0
"""What one address may say at once, and after how many seconds one thing more."""
ALL_AT_ONCE, ALL_EVERY_S = 120.0, 20.0
"""The same of everybody together."""
LONGEST_PERIOD = timedelta(days=3660)
Limit = Annotated[int, Query(ge=1, le=500, description="Complaints on the page.")]


class Voices:
    """How often may be spoken; knows addresses only by a hash that nobody can make again."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._each, self._all = Limiter(1 / EVERY_S, AT_ONCE), Limiter(1 / ALL_EVERY_S, ALL_AT_ONCE)

    def wait_s(self, address: str, now_s: float) -> int:
        """Seconds until this address may speak; 0 when it may now, which is then counted."""
        name = hashlib.blake2b(address.encode(), key=self._key, digest_size=16).hexdigest()
        return self._each.wait_s(name, 1.0, now_s) or self._all.wait_s("", 1.0, now_s)


@router.post(
    "/complaints",
    dependencies=[PUBLIC],
    status_code=202,
    responses=PROBLEMS,
    summary="Say that a published figure looks wrong",
)
def complain(request: Request, services: ServicesOf, said: NewComplaint) -> ComplaintReceived:
    """Kept for the data steward, without a name or an address. The same said again is one more voice of it."""
    now = services.clock()
    found = _checked(services, said)
    voices = request.app.state.voices
    wait_s = voices.wait_s(request.client.host if request.client else "", now.timestamp())
    if wait_s:
        detail = f"what was said before is kept; say the next in {wait_s} s"
        raise ProblemError(429, "Too many complaints", detail, {"Retry-After": str(wait_s)})
    kept = services.complaints.put(found)
    if kept is None:
        detail = "too many complaints wait for an answer, and nothing was kept; try again in a few days"
        raise ProblemError(503, "The steward's desk is full", detail, {"Retry-After": "86400"})
    return ComplaintReceived(id=kept)


@router.get(
    "/complaints/answered",
    dependencies=[PUBLIC],
    response_model=AnsweredComplaints,
    summary="What was answered about published figures",
)
def answered(
    request: Request,
    services: ServicesOf,
    place: Annotated[str, Query(max_length=140, description="Only of this place.")] = "",
    indicator: Annotated[str, Query(max_length=80, description="Only of this indicator.")] = "",
    limit: Limit = 50,
) -> Response:
    """Newest answer first, about figures that are public. A citizen's words are there only where the steward quotes them."""
    places, indicators = (frozenset({one}) if one else None for one in (place, indicator))
    told = answers_of(services, ComplaintQuery(places=places, indicators=indicators, limit=limit))
    body = AnsweredComplaints(complaints=told).model_dump_json(by_alias=True).encode()
    return tagged(request, body, "application/json", "checked")


@router.get("/steward/complaints", dependencies=[ROOM], summary="The steward's list")
def listed(
    services: ServicesOf,
    response: Response,
    state: Annotated[Literal["open", "answered", "all"], Query(description="Which ones.")] = "open",
    limit: Limit = 200,
) -> ComplaintsAnswer:
    """With the citizens' words."""
    response.headers["Cache-Control"] = RULES["never"]
    wanted = {"open": False, "answered": True, "all": None}[state]
    found = services.complaints.page(ComplaintQuery(answered=wanted, limit=limit))
    return ComplaintsAnswer(complaints=tuple(_for_room(services, one) for one in found))


@router.post(
    "/steward/complaints/{complaint}/answer",
    dependencies=[ROOM],
    responses={404: {"model": Problem}, 422: {"model": Problem}},
    summary="Answer a complaint",
)
def answer(
    services: ServicesOf, said: NewAnswer, complaint: Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
) -> ComplaintAnswer:
    """Public from now on, beside the figure; a later answer takes its place, and both are kept."""
    try:
        told = store.Answer(
            outcome=said.outcome,
            words={"id": plain(said.id), "en": plain(said.en)},
            quote=said.quote,
            by=plain(said.by),
            time=services.clock(),
        )
        found = services.complaints.answer(complaint, told)
    except DataError as error:
        raise ProblemError(422, "The answer is not whole", str(error)) from error
    if found is None:
        raise ProblemError(404, "No such complaint", "/api/v1/steward/complaints lists those there are")
    return _for_room(services, found)


def plain(text: str) -> str:
    """A text without what nobody can see: control signs, marks that turn the direction of writing, parts of no letter."""
    seen = (c for c in unicodedata.normalize("NFC", text) if c == "\n" or unicodedata.category(c)[0] != "C")
    return "".join(seen).strip()


def answers_of(services: Services, asked: ComplaintQuery) -> tuple[AnsweredComplaint, ...]:
    """The answered complaints that were asked for, as everybody may read them; about a figure that is closed there is nothing to read.

    Raises:
        StoreError: the control database failed.
    """
    limit = asked.limit
    while True:
        found = services.complaints.page(replace(asked, answered=True, limit=limit))
        told = [one for one in found if _is_public(services, one)]
        if len(told) >= asked.limit or len(found) < limit:
            return tuple(public_answer(one) for one in told[: asked.limit])
        limit *= 4  # much of what is newest is closed: look further back


def _is_public(services: Services, one: Complaint) -> bool:
    place = services.register.place(one.place)
    return place is not None and policies(services, place, [one.indicator])[one.indicator].rule != "closed"


def public_answer(one: Complaint) -> AnsweredComplaint:
    """An answered complaint as everybody may read it."""
    if one.answer is None:
        raise DataError(f"complaint {one.id} has no answer: nothing of it is public")
    return AnsweredComplaint(
        id=one.id,
        place=one.place,
        indicator=one.indicator,
        direction=one.direction,
        from_=one.start,
        to=one.end,
        reason=one.reason,
        voices=one.voices,
        received=one.received,
        text=one.text if one.answer.quote else "",
        answer=_answer(one.answer),
    )


def _answer(told: store.Answer) -> StewardAnswer:
    said = Words(id=told.words["id"], en=told.words.get("en", ""))
    return StewardAnswer(outcome=told.outcome, words=said, by=told.by, time=told.time)


def _for_room(services: Services, one: Complaint) -> ComplaintAnswer:
    place = services.register.place(one.place)
    return ComplaintAnswer(
        id=one.id,
        place=one.place,
        place_name=place.name if place else one.place,
        indicator=one.indicator,
        label=words(indicator(one.indicator).label),
        direction=one.direction,
        from_=one.start,
        to=one.end,
        reason=one.reason,
        voices=one.voices,
        received=one.received,
        text=one.text,
        quoted=bool(one.answer and one.answer.quote),
        answer=_answer(one.answer) if one.answer else None,
    )


def _checked(services: Services, said: NewComplaint) -> Complaint:
    """What was said, where it is about a figure that is published.

    Raises:
        ProblemError: 404 unknown place; 422 anything else.
    """
    now = services.clock()
    place = find_place(services, said.place)
    name = of_one_family((said.indicator,), place)[0]
    start, end = range_of(now, said.from_, said.to, timedelta(0))
    if end - start > LONGEST_PERIOD:
        raise ProblemError(422, "The period is too long", f"from, to: at most {LONGEST_PERIOD.days} days")
    extent = services.numbers.extent(place.id).get(indicator(name).family)
    told = extent is not None and start < min(extent[1], now - timedelta(seconds=DELAY_S)) and end > extent[0]
    if not told or policies(services, place, [name])[name].rule == "closed":
        raise ProblemError(422, "No such figure", f"no figure of {name} is published of {place.id!r} in this period")
    return Complaint(
        id=secrets.token_hex(6),
        place=place.id,
        indicator=name,
        direction=said.direction,
        start=start,
        end=end,
        reason=said.reason,
        text=plain(said.text),
        received=now,
    )
