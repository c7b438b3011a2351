"""A citizen speaks without being known; nothing unanswered is public; floods, HTML, size and unknown places do no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from fastapi.testclient import TestClient

from pantau.serve.app import create_app
from pantau.serve.memory import MemoryComplaints, MemoryReleases
from pantau.serve.open.complaints import ALL_AT_ONCE, AT_ONCE, Voices, plain
from pantau.serve.services import Services
from pantau.store.complaints import Complaint, ComplaintQuery
from pantau.store.releases import Decision
from tests.serve.conftest import NOW

PATH = "/api/v1/complaints"
DESK = "/api/v1/steward/complaints"
SAID = {
    "place": "pets.W",
    "indicator": "visitors.person",
    "from": "2026-03-03T00:00:00Z",
    "to": "2026-03-04T00:00:00Z",
    "reason": "high",
    "text": "<script>alert(1)</script> pasar\u202e libur\0",
}
ANSWER = {"outcome": "explained", "id": "Ada bazar <b>besar</b>.", "en": "A fair.", "by": "Ibu Sri"}
HTML = "<script>alert(1)</script> pasar libur"


def problem(answer: httpx2.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


def test_what_is_said_reaches_the_steward_and_its_answer_everybody(browse: Callable[..., TestClient]) -> None:
    room, public = browse(room=True), browse()
    got = public.post(PATH, json=SAID)
    assert got.status_code == 202
    (listed,) = room.get(DESK).json()["complaints"]
    assert (listed["id"], listed["place_name"], listed["text"]) == (got.json()["id"], "Barat", HTML)
    assert (listed["from"], listed["received"]) == ("2026-03-03T00:00:00Z", "2026-03-04T12:40:00Z")
    assert public.get(f"{PATH}/answered").json() == {"complaints": []}
    assert room.post(f"{DESK}/{listed['id']}/answer", json=ANSWER).status_code == 200
    (told,) = public.get(f"{PATH}/answered", params={"place": "pets.W"}).json()["complaints"]
    assert told["answer"]["words"] == {"id": ANSWER["id"], "en": "A fair."}
    assert told["text"] == ""
    assert room.get(DESK).json() == {"complaints": []}
    assert len(room.get(DESK, params={"state": "answered"}).json()["complaints"]) == 1


def test_a_text_is_public_only_when_the_answer_quotes_it(browse: Callable[..., TestClient]) -> None:
    room, public = browse(room=True), browse()
    id_ = public.post(PATH, json=SAID).json()["id"]
    assert "pasar" not in public.get(f"{PATH}/answered").text
    room.post(f"{DESK}/{id_}/answer", json=ANSWER | {"quote": True})
    (told,) = public.get(f"{PATH}/answered").json()["complaints"]
    assert told["text"] == HTML


@pytest.mark.parametrize("path", ["", "/" + "0" * 12 + "/answer"])
def test_the_steward_is_of_the_room(public: TestClient, path: str) -> None:
    answer = public.get(DESK) if not path else public.post(DESK + path, json=ANSWER)
    problem(answer, 401)


def test_nobody_is_known_by_what_they_said(services: Services) -> None:
    app = create_app(services)
    client = TestClient(app, base_url="http://localhost", client=("198.51.100.77", 5000))
    client.post(PATH, json=SAID, headers={"user-agent": "telltale", "x-forwarded-for": "203.0.113.9"})
    (kept,) = services.complaints.page(ComplaintQuery())
    for trace in ("198.51", "203.0", "telltale"):
        assert trace not in repr(kept)
    assert "198.51" not in repr(vars(app.state.voices._each))


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"place": "pets.X"}, 404, "no place"),
        ({"place": "\0"}, 404, "no place"),
        ({"indicator": "traffic.tank"}, 422, "may have"),
        ({"indicator": "traffic.car"}, 422, "no figure"),
        ({"from": "1999-01-01T00:00:00Z", "to": "1999-01-02T00:00:00Z"}, 422, "no figure"),
        ({"from": "2026-03-04T12:00:00Z", "to": "2026-03-04T12:00:00Z"}, 422, "not earlier"),
        ({"from": "2026-03-04T12:35:00Z", "to": "2026-03-04T13:00:00Z"}, 422, "no figure"),
        ({"from": "1980-01-01T00:00:00Z"}, 422, "days"),
        ({"from": "2026-03-03T00:00:00"}, 422, "timezone"),
        ({"reason": "angry"}, 422, "reason"),
        ({"text": "a" * 501}, 422, "500"),
        ({"name": "Budi"}, 422, "name"),
    ],
)
def test_what_cant_be_meant_is_refused_by_name(
    public: TestClient, services: Services, change: dict[str, str], status: int, word: str
) -> None:
    assert word in problem(public.post(PATH, json=SAID | change), status)
    assert not services.complaints.page(ComplaintQuery())


def test_huge_and_broken_bodies_are_refused(public: TestClient) -> None:
    problem(public.post(PATH, content=b"x" * 20_000, headers={"content-type": "application/json"}), 413)
    problem(public.post(PATH, content=b"{", headers={"content-type": "application/json"}), 422)
    problem(public.post(PATH, json=SAID, headers={"origin": "http://evil.example"}), 403)


def test_a_flood_is_stopped_and_told_when_to_come_back(services: Services) -> None:
    now = [NOW]
    client = TestClient(create_app(replace(services, clock=lambda: now[0])), base_url="http://localhost")
    codes = [client.post(PATH, json=SAID | {"text": str(i)}).status_code for i in range(12)]
    assert codes == [202] * int(AT_ONCE) + [429] * (12 - int(AT_ONCE))
    refused = client.post(PATH, json=SAID)
    problem(refused, 429)
    now[0] += timedelta(seconds=int(refused.headers["retry-after"]))
    assert client.post(PATH, json=SAID).status_code == 202


def test_a_flood_from_everywhere_is_stopped_too() -> None:
    voices = Voices()
    waits = [voices.wait_s(f"10.0.{i // 256}.{i % 256}", 0.0) for i in range(1000)]
    assert sum(wait == 0 for wait in waits) == ALL_AT_ONCE


def test_refused_questions_cost_no_voice(public: TestClient) -> None:
    for _ in range(20):
        problem(public.post(PATH, json=SAID | {"place": "pets.X"}), 404)
    assert public.post(PATH, json=SAID).status_code == 202


def test_a_full_desk_says_so(public: TestClient, services: Services) -> None:
    assert isinstance(services.complaints, MemoryComplaints)
    services.complaints.full = True
    assert "nothing was kept" in problem(public.post(PATH, json=SAID), 503)


def test_of_what_is_not_published_nobody_can_complain(services: Services) -> None:
    closed = Decision(family="", place="pets.W", open=False, by="walidata", time=NOW)
    client = TestClient(create_app(replace(services, releases=MemoryReleases([closed]))), base_url="http://localhost")
    assert "no figure" in problem(client.post(PATH, json=SAID), 422)


@pytest.mark.parametrize("closed", [("", "pets.W"), ("visitors", "pets"), ("visitors", "")])
def test_what_was_answered_of_a_figure_that_is_closed_is_not_told(
    services: Services, browse: Callable[..., TestClient], closed: tuple[str, str]
) -> None:
    room, public = browse(room=True), browse()
    for place in ("akl.quay", "pets.W"):
        said = Complaint(
            id=("a" if place == "pets.W" else "b") * 12, place=place, indicator="visitors.person", direction="both",
            start=NOW - timedelta(days=2), end=NOW - timedelta(days=1), reason="high", received=NOW,
        )  # fmt: skip
        services.complaints.put(said)
        assert room.post(f"{DESK}/{said.id}/answer", json=ANSWER).status_code == 200
    told = public.get(f"{PATH}/answered").json()["complaints"]
    assert {one["place"] for one in told} == {"akl.quay", "pets.W"}
    services.releases.decide(Decision(family="", place="akl.quay", open=True, by="walidata", time=NOW))
    services.releases.decide(Decision(family=closed[0], place=closed[1], open=False, by="walidata", time=NOW))
    assert public.get(f"{PATH}/answered", params={"place": "pets.W"}).json() == {"complaints": []}
    (left,) = public.get(f"{PATH}/answered", params={"limit": 1}).json()["complaints"]
    assert left["place"] == "akl.quay"
    assert len(room.get(DESK, params={"state": "answered"}).json()["complaints"]) == 2


def test_an_answer_to_nothing_or_without_words_is_refused(room: TestClient, public: TestClient) -> None:
    problem(room.post(f"{DESK}/{'0' * 12}/answer", json=ANSWER), 404)
    assert public.post(PATH, json=SAID).status_code == 202
    problem(room.post(f"{DESK}/{'0' * 12}/answer", json=ANSWER | {"by": ""}), 422)


def test_answers_are_asked_for_again_by_tag(public: TestClient) -> None:
    first = public.get(f"{PATH}/answered")
    assert public.get(f"{PATH}/answered", headers={"if-none-match": first.headers["etag"]}).status_code == 304


def test_what_nobody_can_see_is_taken_out() -> None:
    assert plain("a\u200b\u202eb\r\n\x07 c\ud800 ") == "ab\n c"
