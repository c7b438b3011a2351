from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from fastapi.testclient import TestClient

from pantau.serve.app import create_app
from pantau.serve.services import Services


def test_a_code_signs_in_once(public: TestClient) -> None:
    assert public.get("/api/v1/session").json() == {"role": "public"}
    answer = public.post("/api/v1/session", json={"code": " kode-satu\n"})
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("pantau_session=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert public.get("/api/v1/session").json() == {"role": "admin"}
    public.cookies.clear()
    again = public.post("/api/v1/session", json={"code": "kode-satu"})
    assert (again.status_code, again.json()["title"]) == (401, "Wrong code")


def test_signing_out_ends_the_session_in_the_store_too(room: TestClient) -> None:
    token = room.cookies["pantau_session"]
    assert room.delete("/api/v1/session").status_code == 204
    assert "pantau_session" not in room.cookies
    room.cookies.set("pantau_session", token)
    assert room.get("/api/v1/session").json() == {"role": "public"}


def test_signing_out_twice_is_no_error(public: TestClient) -> None:
    assert public.delete("/api/v1/session").status_code == 204


def test_wrong_codes_are_limited_and_then_allowed_again(services: Services, now: datetime) -> None:
    clock = [now]
    client = TestClient(create_app(replace(services, clock=lambda: clock[0])), base_url="http://localhost")
    statuses = [client.post("/api/v1/session", json={"code": f"wrong{i}"}).status_code for i in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    right = client.post("/api/v1/session", json={"code": "kode-satu"})
    assert right.status_code == 429
    assert 1 <= int(right.headers["retry-after"]) <= 61
    clock[0] += timedelta(seconds=61)
    assert client.post("/api/v1/session", json={"code": "kode-satu"}).status_code == 204


def test_a_code_that_is_no_code_is_a_problem(public: TestClient) -> None:
    for body in (b"", b"[]", b"{", b'{"code": 1}', b'{"code": ""}', b'{"code": "x", "role": "admin"}'):
        answer = public.post("/api/v1/session", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422, body
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_refused(public: TestClient) -> None:
    body = b'{"code": "%s"}' % (b"x" * 100_000)
    for content in (body, iter([body[:50_000], body[50_000:]])):  # with its length, and in pieces without
        answer = public.post("/api/v1/session", content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
