from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pantau.errors import DataError
from pantau.serve.app import create_app
from pantau.serve.http.audience import ADMIN, PUBLIC, ROOM, declared, routes_of
from pantau.serve.services import Services


def test_every_route_declares_its_audience(services: Services) -> None:
    app = create_app(services)
    audiences = {str(getattr(route, "path", "")): declared(route) for route in routes_of(app)}
    assert len(audiences) > 25
    room = {path for path, audience in audiences.items() if audience == "room"}
    assert room == {
        "/api/v1/alarms",
        "/api/v1/alarms.csv",
        "/api/v1/alarms/{alarm}",
        "/api/v1/alarms/{alarm}/acknowledge",
        "/api/v1/alarms/{alarm}/picture",
        "/api/v1/alarms/{alarm}/verdict",
        "/api/v1/rules",
        "/api/v1/cameras",
        "/api/v1/cameras/{camera}",
        "/api/v1/cameras/{camera}/checks",
        "/api/v1/cameras/{camera}/functions",
        "/api/v1/cameras/{camera}/functions/{place}/examples",
        "/api/v1/cameras/{camera}/functions/{place}/examples/{picture}",
        "/api/v1/cameras/{camera}/functions/{place}/lesson",
        "/api/v1/cameras/{camera}/functions/{place}/pictures",
        "/api/v1/cameras/{camera}/functions/{place}/still",
        "/api/v1/cameras/{camera}/picture",
        "/api/v1/events",
        "/api/v1/events.csv",
        "/api/v1/levels",
        "/api/v1/live",
        "/api/v1/potential",
        "/api/v1/potential.csv",
        "/api/v1/steward/complaints",
        "/api/v1/steward/complaints/{complaint}/answer",
        "/api/v1/steward/decisions",
        "/api/v1/steward/policies",
        "/metrics",
    }


@pytest.mark.parametrize("dependencies", [[], [Depends(lambda: None)], [PUBLIC, ROOM]])
def test_a_route_without_exactly_one_audience_is_refused(dependencies: list[object]) -> None:
    router = APIRouter()
    router.add_api_route("/planted", lambda: None, dependencies=dependencies)  # type: ignore[arg-type]  # of Depends
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    with pytest.raises(DataError, match="/planted"):
        [declared(route) for route in routes_of(app)]


def test_a_route_that_can_have_no_guard_is_refused() -> None:
    with pytest.raises(DataError, match="/planted"):
        declared(Route("/planted", lambda _request: PlainTextResponse("")))


@pytest.mark.parametrize("guard", [ROOM, ADMIN])
def test_the_declaration_is_the_guard(services: Services, guard: object) -> None:
    app = create_app(services)
    router = APIRouter()
    router.add_api_route("/api/planted", lambda: "in", dependencies=[guard])  # type: ignore[list-item]  # a Depends
    app.router.routes.insert(0, router.routes[0])
    client = TestClient(app, base_url="http://localhost")
    assert client.get("/api/planted").status_code == 401
    client.post("/api/v1/session", json={"code": "kode-satu"})
    assert client.get("/api/planted").json() == "in"


@pytest.mark.parametrize(
    "path", ["/cameras", "/cameras/pets", "/cameras/pets/picture", "/events", "/events.csv", "/live", "/cameras/none"]
)
def test_the_public_is_kept_out_of_the_room(public: TestClient, path: str) -> None:
    answer = public.get(f"/api/v1{path}")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Sign in first"


TOKEN = "9f0c" * 8


def scrape(services: Services, authorization: str, path: str = "/metrics") -> int:
    client = TestClient(create_app(services), base_url="http://localhost")
    answer = client.get(path, headers={b"authorization": authorization.encode("latin-1")} if authorization else {})
    assert TOKEN not in answer.text
    assert answer.status_code == 200 or "pantau_" not in answer.text
    return answer.status_code


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer x", f"Bearer {TOKEN}", "Basic Og=="])
def test_without_a_token_in_force_only_the_signed_in_read_the_metrics(services: Services, authorization: str) -> None:
    assert scrape(services, authorization) == 401


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        ("", 401),
        ("Bearer ", 401),
        (TOKEN, 401),
        (f"Basic {TOKEN}", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer \xe9", 401),
    ],
)
def test_a_program_reads_the_metrics_with_the_token_alone(services: Services, authorization: str, status: int) -> None:
    guarded = replace(services, metrics_token=TOKEN)
    assert scrape(guarded, authorization) == status
    assert TOKEN not in repr(guarded)


def test_the_token_opens_nothing_else(services: Services) -> None:
    for path in ("/api/v1/cameras", "/api/v1/events", "/api/v1/live"):
        assert scrape(replace(services, metrics_token=TOKEN), f"Bearer {TOKEN}", path) == 401


def test_a_made_up_cookie_is_no_session(browse: Callable[..., TestClient]) -> None:
    client = browse()
    for token in (b"token-kode-satu", b"x" * 5000, b"\xc3\xa9", b'"', b"a=b"):
        cookie = {b"cookie": b"pantau_session=" + token}
        assert client.get("/api/v1/session", headers=cookie).json() == {"role": "public"}
        assert client.get("/api/v1/cameras", headers=cookie).status_code == 401
