"""The stream as a browser reads it: over a real socket, because a test client waits for the end of an answer."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from pantau.findings import Crossing, Fault, Live
from pantau.serve.app import create_app
from pantau.serve.memory import MemorySessions
from pantau.serve.room import live as live_module
from pantau.serve.room.live import event_of
from pantau.serve.server import Server
from pantau.serve.services import Services

Event = tuple[str, dict[str, Any]]


@pytest.fixture
def server(services: Services) -> Iterator[Server]:
    running = Server(create_app(services), "127.0.0.1", 0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def token(services: Services) -> str:
    return str(services.sessions.claim("kode-satu"))


@contextmanager
def opened(server: Server, token: str, query: str = "") -> Iterator[http.client.HTTPResponse]:
    where = urlsplit(server.address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=10)
    try:
        connection.request("GET", f"/api/v1/live{query}", headers={"cookie": f"pantau_session={token}"})
        yield connection.getresponse()
    finally:
        connection.close()


def events(answer: http.client.HTTPResponse) -> Iterator[Event]:
    kind = ""
    for raw in answer:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


def until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_a_new_reader_is_told_everything_and_then_what_changes(
    server: Server, services: Services, shown: Live, token: str
) -> None:
    services.board.post(shown)
    services.board.post(Live("gate", shown.time, "outage", reason="does not answer"))
    with opened(server, token) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.readline() == b"retry: 2000\n"
        stream = events(answer)
        kinds = [next(stream) for _ in range(3)]
        assert [kind for kind, _ in kinds] == ["live", "live", "beat"]
        assert [data.get("camera") for _, data in kinds] == ["pets", "gate", None]
        assert kinds[2][1] == {"now": "2026-03-04T12:40:00Z", "checked": None, "unguarded": []}
        services.board.post(replace(shown, step_ms=7.0))
        assert next(stream)[1]["step_ms"] == 7.0


GATED = {"decoded": 10, "quiet": 15, "fired": 6, "audited": 15, "missed": 1, "dozed": 5, "rested": 4}


def test_an_event_says_all_that_the_page_draws(shown: Live) -> None:
    crossing = Crossing("pets.W", "forward", "person", shown.time)
    fault = Fault("covered", shown.time, blind=True)
    told = json.loads(event_of(replace(shown, crossings=(crossing,), faults=(fault,), gated=GATED)).model_dump_json())
    assert told == {
        "camera": "pets",
        "time": "2026-03-04T12:40:00Z",
        "status": "live",
        "reason": "",
        "size": [768, 576],
        "boxes": [[0.1, 0.2, 0.3, 0.4, "person"]],
        "counts": [{"line": "pets.W", "direction": "forward", "road_user": "person", "n": 3}],
        "inside": [{"zone": "pets.tengah", "road_user": "person", "n": 2}],
        "slots": [{"slot": "pets.p1", "state": "occupied", "confidence": 0.95}],
        "litter": [
            {
                "zone": "pets.tengah",
                "box": [0.4, 0.5, 0.45, 0.55],
                "since": "2026-03-04T12:40:00Z",
                "stage": "within",
                "lain_s": 30.0,
                "m2": None,
                "share": 0.004,
            }
        ],
        "faults": [
            {
                "kind": "covered",
                "since": "2026-03-04T12:40:00Z",
                "blind": True,
                "label": {"id": "Tertutup", "en": "Covered"},
            }
        ],
        "water": [
            {
                "zone": "pets.tengah",
                "state": "flooded",
                "wet": 0.7,
                "flooded": 0.6,
                "level_cm": 42.0,
                "at": [0.5, 0.4],
                "depth": "<=70",
                "rise_cm_h": 24.0,
                "to_limit_s": 2700.0,
                "confidence": 0.8,
                "refused": False,
                "unread_since": None,
                "reason": None,
            }
        ],
        "crossings": [
            {"line": "pets.W", "direction": "forward", "road_user": "person", "time": "2026-03-04T12:40:00Z"}
        ],
        "fps_asked": 5.0,
        "fps_got": 4.9,
        "step_ms": 31.5,
        "stages_ms": {"detect": 30.0, "track": 0.5, "measure": 1.0},
        "dropped": {"late": 2},
        "decoded_share": 0.4,
        "gate_recall": 0.75,
        "rested_share": 0.8,
        "picture": f"/api/v1/cameras/pets/picture?t={told['picture'][-8:]}",
    }
    assert event_of(replace(shown, picture=b"")).picture is None
    assert event_of(replace(shown, picture=b"other")).picture != told["picture"]
    assert event_of(replace(shown, time=shown.time + timedelta(seconds=1))).picture == told["picture"]


def test_only_the_asked_cameras_are_told(server: Server, services: Services, shown: Live, token: str) -> None:
    for camera in ("a", "b", "c"):
        services.board.post(replace(shown, camera=camera))
    with opened(server, token, "?camera=a&camera=c") as answer:
        stream = events(answer)
        assert [next(stream)[1].get("camera") for _ in range(3)] == ["a", "c", None]


def test_a_camera_that_posts_often_is_told_five_times_a_second_and_the_last_post_arrives(
    server: Server, services: Services, shown: Live, token: str
) -> None:
    with opened(server, token) as answer:
        stream = events(answer)
        next(stream)
        begin = time.monotonic()
        for i in range(200):
            services.board.post(replace(shown, step_ms=float(i)))
            time.sleep(0.004)
        seen = []
        for kind, data in stream:
            seen += [data["step_ms"]] if kind == "live" else []
            if seen and seen[-1] == 199.0:
                break
        took = time.monotonic() - begin
    assert seen == sorted(seen)
    assert 2 <= len(seen) <= took * 5 + 2


def test_a_beat_comes_when_nothing_changes(server: Server, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "BEAT_S", 0.05)
    with opened(server, token) as answer:
        stream = events(answer)
        assert [next(stream)[0] for _ in range(4)] == ["beat"] * 4


def test_the_stream_ends_with_the_session(
    server: Server, services: Services, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "BEAT_S", 0.05)
    with opened(server, token) as answer:
        stream = events(answer)
        next(stream)
        services.sessions.end_session(token)
        assert all(kind == "beat" for kind, _ in stream)  # and then it is over
    until(lambda: services.board.watching == 0)


def test_a_reader_who_leaves_is_noticed(server: Server, services: Services, token: str) -> None:
    with opened(server, token) as answer:
        next(events(answer))
        assert services.board.watching == 1
    until(lambda: services.board.watching == 0)


def test_a_reader_who_reads_nothing_makes_no_queue_and_is_let_go(
    server: Server, services: Services, shown: Live, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "REST_S", 0.0)
    monkeypatch.setattr(live_module, "STALL_S", 0.3)
    where = urlsplit(server.address)
    with socket.create_connection((str(where.hostname), where.port or 0), timeout=10) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(f"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nCookie: pantau_session={token}\r\n\r\n".encode())
        until(lambda: services.board.watching == 1)
        large = replace(shown, reason="x" * 200_000)
        limit = time.monotonic() + 10
        while services.board.watching:
            assert time.monotonic() < limit
            services.board.post(large)
            time.sleep(0.005)


def test_many_readers_share_one_thread(server: Server, services: Services, shown: Live, token: str) -> None:
    before = threading.active_count()
    answers = []
    try:
        for _ in range(12):
            context = opened(server, token)
            answers.append((context, context.__enter__()))
        until(lambda: services.board.watching == 12)
        assert threading.active_count() - before <= 8  # the threads that ask the store, shared
        services.board.post(shown)
        for _, answer in answers:
            assert any(kind == "live" for kind, _ in events(answer))
    finally:
        for context, _ in answers:
            context.__exit__(None, None, None)


def test_one_reader_too_many_is_a_problem(services: Services, token: str) -> None:
    services.board.watchers = 1
    running = Server(create_app(services), "127.0.0.1", 0)
    running.start()
    try:
        with opened(running, token) as first:
            next(events(first))
            with opened(running, token) as second:
                assert (second.status, second.headers["content-type"]) == (503, "application/problem+json")
    finally:
        running.stop()


def test_open_streams_do_not_keep_the_server_from_stopping(services: Services, token: str) -> None:
    running = Server(create_app(services), "127.0.0.1", 0)
    running.start()
    with opened(running, token) as answer:
        stream = events(answer)
        next(stream)
        begin = time.monotonic()
        running.stop()
        assert time.monotonic() - begin < 2.0
        assert list(stream) == []


def test_the_public_gets_no_stream(server: Server) -> None:
    with opened(server, "nobody") as answer:
        assert answer.status == 401


def test_a_token_that_ended_before_is_no_stream(server: Server, services: Services, token: str) -> None:
    assert isinstance(services.sessions, MemorySessions)
    services.sessions.tokens.clear()
    with opened(server, token) as answer:
        assert answer.status == 401
