"""The label server: nothing without the token, answers only when saved, pictures with masks and never cached."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from pantau.label import server
from pantau.label.desk import Desk
from pantau.label.door import Door
from pantau.label.server import Room, create_app, document
from pantau.types import Image

WEB = Path(__file__).parents[2] / "web"
BASE = "http://127.0.0.1"


@pytest.fixture
def desk(make_desk: Callable[[], Desk]) -> Desk:
    made = make_desk()
    made.look_through(threading.Event(), lambda _: None)
    return made


@pytest.fixture
def room(desk: Desk) -> Room:
    tokens: list[str] = []
    return Room(desk, Door(tokens.append), None, threading.Event().set)


@pytest.fixture
def client(room: Room) -> TestClient:
    """Somebody who opened the printed address."""
    client = TestClient(create_app(room), base_url=BASE)
    assert client.get("/", params={"token": room.door.token}).status_code == 200
    return client


def picture(client: TestClient, path: str) -> Image:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return np.asarray(cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def test_the_web_has_the_document_that_is_served() -> None:
    """When this fails: python -m pantau.label.server > web/label.json."""
    assert (WEB / "label.json").read_bytes() == document()


def test_nothing_is_answered_without_the_token(room: Room) -> None:
    stranger = TestClient(create_app(room), base_url=BASE)
    asked = 0
    for route in server.api.routes:
        assert isinstance(route, APIRoute)
        path = route.path.format(line="A", number=1)
        for method in route.methods or ():
            asked += 1
            assert stranger.request(method, path, json={}).status_code == 401, path
    assert asked >= 13
    stranger.cookies.set(room.door.cookie, "guess")
    assert stranger.get("/api/label/sheet").status_code == 401


def test_an_address_works_once_and_the_terminal_gets_the_next(desk: Desk) -> None:
    tokens: list[str] = []
    door = Door(tokens.append)
    app = create_app(Room(desk, door, None, lambda: None))
    first = door.token
    one, two = TestClient(app, base_url=BASE), TestClient(app, base_url=BASE)
    assert one.get("/", params={"token": first}).status_code == 200
    refused = two.get("/", params={"token": first})
    assert refused.status_code == 403
    assert "sudah dipakai" in refused.text
    assert two.get("/api/label/sheet").status_code == 401
    assert tokens == [door.token]
    assert two.get("/", params={"token": tokens[0]}).status_code == 200
    assert [c.get("/api/label/sheet").status_code for c in (one, two)] == [200, 200]


def test_other_hosts_and_other_sites_are_refused(client: TestClient) -> None:
    assert client.get("/api/label/sheet", headers={"host": "evil.example"}).status_code == 421
    assert client.post("/api/label/undo", headers={"origin": "http://evil.example"}).status_code == 403


def test_what_is_answered_is_in_the_file(client: TestClient, tmp_path: Path) -> None:
    def kept() -> list[dict[str, Any]]:
        crossings: list[dict[str, Any]] = json.loads((tmp_path / "labels.json").read_text())["lines"][0]["crossings"]
        return crossings

    new = {"line": "A", "frame": 21, "along": 0.4, "direction": "forward", "road_user": "motorcycle"}
    answer = client.post("/api/label/crossings", json=new).json()
    assert kept() == [{"frame": 21, "t_s": 2.0, "along": 0.4, "direction": "forward", "class": "motorcycle"}]
    number = answer["touched"]["id"]
    client.patch(f"/api/label/crossings/{number}", json={"direction": "backward", "frame": 22})
    assert (kept()[0]["direction"], kept()[0]["t_s"]) == ("backward", 2.1)
    client.post("/api/label/undo")
    assert kept()[0]["direction"] == "forward"
    client.delete(f"/api/label/crossings/{number}")
    assert kept() == []
    assert client.post("/api/label/undo").json()["can_redo"] is True
    assert len(kept()) == 1
    client.put("/api/label/lines/A/labelled", json={"from_s": 0, "to_s": 99})
    assert json.loads((tmp_path / "labels.json").read_text())["lines"][0]["labelled"] == [0.0, 9.0]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        (
            "POST",
            "crossings",
            {"line": "A", "frame": 91, "along": 0.5, "direction": "forward", "road_user": "car"},
            422,
        ),
        ("POST", "crossings", {"line": "Z", "frame": 1, "along": 0.5, "direction": "forward", "road_user": "car"}, 422),
        ("POST", "crossings", {"line": "A", "frame": 1, "along": 0.5, "direction": "up", "road_user": "car"}, 422),
        ("DELETE", "crossings/9", None, 422),
        ("PUT", "lines/A/labelled", {"from_s": 5, "to_s": 2}, 422),
        ("GET", "frames/91", None, 422),
        ("GET", "lines/A/tiles/7", None, 404),
        ("GET", "lines/Z/tiles/0", None, 422),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_written(
    client: TestClient, tmp_path: Path, method: str, path: str, body: object, status: int
) -> None:
    answer = client.request(method, f"/api/label/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert not (tmp_path / "labels.json").exists()


def test_a_change_that_can_not_be_saved_is_taken_back(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "labels.json").write_text("mine")
    new = {"line": "A", "frame": 21, "along": 0.4, "direction": "forward", "road_user": "motorcycle"}
    answer = client.post("/api/label/crossings", json=new)
    assert answer.status_code == 409
    assert client.get("/api/label/sheet").json()["crossings"] == []
    assert (tmp_path / "labels.json").read_text() == "mine"


def test_pictures_are_those_of_the_clip_with_its_masks(client: TestClient) -> None:
    whole = picture(client, "/api/label/frames/21")
    assert whole.shape == (240, 320, 3)
    assert whole[:40, :56].max() < 30  # white in the clip, masked
    assert whole[150, 160, 2] > 180  # the red person on the line at 2 s
    assert picture(client, "/api/label/frames/21?line=A").shape[1] < 320


def test_the_scan_and_its_moments_are_of_every_picture(client: TestClient, desk: Desk) -> None:
    reading = client.get("/api/label/reading").json()
    assert (reading["state"], reading["samples"], reading["end_s"]) == ("read", 90, pytest.approx(9.0))
    samples = client.get("/api/label/samples?first=20").json()
    assert (samples["t_s"][0], samples["frame"][0], len(samples["frame"])) == (2.0, 21, 70)
    found = client.get("/api/label/lines/A/moments").json()["samples"]
    assert [round(n / 10) for n in found] == [2, 4, 6, 8]
    about = client.get("/api/label/desk").json()
    tile = picture(client, "/api/label/lines/A/tiles/0")
    assert tile.shape[:2] == (about["lines"][0]["rows"], about["columns"] * about["tile"])
    red = np.flatnonzero((tile[:, :, 2] > 180).any(axis=0) & (tile[:, :, 1] < 90).any(axis=0)) // about["columns"]
    assert {2, 4, 6, 8} == {round(n / 10) for n in red.tolist()}
    assert "count" not in json.dumps(about["lines"])
    assert desk.end_s == pytest.approx(9.0)
