from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from pantau.findings import Live
from pantau.serve.http.problems import ProblemError
from pantau.serve.kept.board import tag_of
from pantau.serve.memory import MemoryNumbers
from pantau.serve.series.asking import decode_cursor, encode_cursor
from pantau.serve.services import Services
from pantau.types import EPOCH


def test_a_camera_tells_its_drawing_and_how_it_is_doing(room: TestClient, services: Services, shown: Live) -> None:
    (before,) = room.get("/api/v1/cameras").json()["cameras"]
    assert (before["status"], before["time"], before["picture"], before["fps_asked"]) == ("starting", None, False, 5.0)
    services.board.post(shown)
    (camera,) = room.get("/api/v1/cameras").json()["cameras"]
    assert (camera["status"], camera["fps_got"], camera["dropped"], camera["picture"]) == (
        "live",
        4.9,
        {"late": 2},
        True,
    )
    assert (before["stages_ms"], camera["stages_ms"]) == ({}, {"detect": 30.0, "track": 0.5, "measure": 1.0})
    assert camera["time"] == "2026-03-04T12:40:00Z"
    compared = camera["lines"][0].pop("validations")
    assert {one["status"] for one in compared} == {"unvalidated"}
    assert [one["indicator"] for one in compared if one["needed"] == 200] == ["traffic.motorcycle", "traffic.bicycle"]
    assert camera["lines"][0] == {
        "id": "pets.W",
        "name": "Barat",
        "start": [0.1, 0.8],
        "end": [0.1, 0.3],
        "forward_name": "masuk",
        "backward_name": "",
        "revision": 1,
    }
    assert camera["zones"][0]["polygon"] == [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7]]
    assert "source" not in camera
    again = room.get("/api/v1/cameras/pets").json()
    assert again["lines"][0].pop("validations") == compared
    assert again == camera


def test_a_camera_that_is_switched_off_says_so(services: Services, room: TestClient, shown: Live) -> None:
    services.board.post(shown)
    services.register.kept["pets"] = replace(services.register.kept["pets"], enabled=False)  # type: ignore[attr-defined]
    camera = room.get("/api/v1/cameras/pets").json()
    assert (camera["status"], camera["picture"]) == ("off", False)


def test_an_outage_is_told_with_its_reason(room: TestClient, services: Services, shown: Live) -> None:
    services.board.post(replace(shown, status="outage", reason="does not answer", picture=b""))
    camera = room.get("/api/v1/cameras/pets").json()
    assert (camera["status"], camera["reason"], camera["picture"]) == ("outage", "does not answer", False)


def test_the_picture_is_the_newest_and_never_kept(room: TestClient, services: Services, shown: Live) -> None:
    services.board.post(shown)
    answer = room.get("/api/v1/cameras/pets/picture")
    assert (answer.content, answer.headers["content-type"]) == (shown.picture, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    again = room.get("/api/v1/cameras/pets/picture", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_boxes_find_the_picture_they_belong_to(room: TestClient, services: Services, shown: Live) -> None:
    services.board.post(shown)
    services.board.post(replace(shown, picture=b"second"))
    first = room.get("/api/v1/cameras/pets/picture", params={"t": tag_of(shown.picture)})
    newest = room.get("/api/v1/cameras/pets/picture", params={"t": "gone"})
    assert (first.content, newest.content) == (shown.picture, b"second")


@pytest.mark.parametrize(
    ("path", "words"), [("cameras/pets/picture", "has not started"), ("cameras/none/picture", "/api/v1/cameras")]
)
def test_no_picture_says_why(room: TestClient, path: str, words: str) -> None:
    answer = room.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert words in answer.json()["detail"]


def test_no_picture_of_a_camera_that_is_away_says_why(room: TestClient, services: Services, shown: Live) -> None:
    services.board.post(replace(shown, status="outage", reason="does not answer", picture=b""))
    assert room.get("/api/v1/cameras/pets/picture").json()["detail"] == "does not answer"


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_paging_returns_each_event_once(room: TestClient, numbers: MemoryNumbers, limit: int) -> None:
    seen, before = [], ""
    while True:
        page = room.get("/api/v1/events", params={"limit": limit, "before": before}).json()
        seen += [event["id"] for event in page["events"]]
        assert len(page["events"]) <= limit
        before = page["next"]
        if before is None:
            break
    assert seen == [e.id for e in sorted(numbers.happened, key=lambda e: (e.start, e.id), reverse=True)]


def test_events_are_filtered(room: TestClient) -> None:
    page = room.get("/api/v1/events", params={"place": "pets", "kind": "outage"}).json()["events"]
    assert [(event["id"], event["attributes"]) for event in page] == [
        ("outage:1", {"reason": "10.1.2.3:554 does not answer"})
    ]
    until = {"from": "2026-03-04T12:30:00Z", "to": "2026-03-04T12:35:00Z"}
    assert all(
        "12:30" <= e["start"][11:16] < "12:35" for e in room.get("/api/v1/events", params=until).json()["events"]
    )


def test_events_as_csv_are_all_of_them(room: TestClient, numbers: MemoryNumbers) -> None:
    answer = room.get("/api/v1/events.csv", params={"limit": 3})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == [e["id"] for e in room.get("/api/v1/events").json()["events"]]
    assert rows[0]["attributes"] == '{"class": "person", "direction": "forward"}'
    assert len(rows) == len(numbers.happened)
    assert answer.headers["content-disposition"].endswith('.csv"')


@given(
    st.integers(0, 4_000_000_000_000_000).map(lambda us: EPOCH + timedelta(days=366, microseconds=us)),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
)
def test_a_cursor_reads_back_as_itself(start: datetime, event: str) -> None:
    assert decode_cursor(encode_cursor((start, event))) == (start, event)


@given(st.text(max_size=80))
def test_a_cursor_that_was_not_made_here_is_a_problem(word: str) -> None:
    with pytest.raises(ProblemError, match="422"):
        decode_cursor(word)
