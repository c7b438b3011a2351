"""Whoever asks a public address is told of a parameter that it does not have, and gets a share of the server and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from pantau.serve.app import create_app
from pantau.serve.http.audience import declared, routes_of
from pantau.serve.services import Services

FIGURE = {"place": "pets.W", "indicator": "visitors.person"}
UNGUARDED = {"/api/v1/session", "/api/v1/openapi.json"}
"""Without parameters, and cheap."""


@pytest.mark.parametrize("end", [".csv", ""])
def test_a_misspelt_parameter_is_refused_by_name(public: TestClient, end: str) -> None:
    assert public.get(f"/api/v1/series{end}", params=FIGURE | {"direction": "forward"}).status_code == 200
    answer = public.get(f"/api/v1/series{end}", params=FIGURE | {"directon": "forward"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "directon" in answer.json()["detail"]
    assert "direction, from, indicator, place, tier, to" in answer.json()["detail"]


def test_every_public_address_refuses_what_it_does_not_know(services: Services) -> None:
    app = create_app(services)
    client = TestClient(app, base_url="http://localhost")
    paths = {
        route.path
        for route in routes_of(app)
        if isinstance(route, APIRoute) and route.include_in_schema and declared(route) == "public" and "GET" in (route.methods or ())
    }  # fmt: skip
    asked = {path for path in paths if path.startswith("/api/v1/")} - UNGUARDED
    assert {
        "/api/v1/series",
        "/api/v1/trend",
        "/api/v1/week",
        "/api/v1/flows",
        "/api/v1/usual",
        "/api/v1/outlook",
    } <= asked
    for path in asked:
        answer = client.get(
            path.format(place="pets.W", name="visitors", form="csv", code="1"), params={"surprise": "1"}
        )
        assert answer.status_code == 422, path
        assert answer.json()["detail"].startswith("surprise: there is no such parameter"), path


@pytest.mark.parametrize(
    ("path", "query", "most"),
    [("/api/v1/series", FIGURE, 10), ("/api/v1/week", FIGURE, 3), ("/portal/place/pets.W", {"show": "any"}, 3)],
)
def test_an_address_has_its_share_and_the_signed_in_have_all(
    services: Services, tmp_path: Path, path: str, query: dict[str, str], most: int
) -> None:
    (tmp_path / "index.html").write_text("<html><head></head><body></body></html>")
    now = [services.clock()]
    made = replace(services, open_burst=1.05, web_root=tmp_path, clock=lambda: now[0])
    client = TestClient(create_app(made), base_url="http://localhost")
    codes = [client.get(path, params=query).status_code for _ in range(most + 2)]
    assert codes == [200] * most + [429] * 2
    now[0] += timedelta(seconds=1)
    assert client.get(path, params=query).status_code == 200
    assert client.post("/api/v1/session", json={"code": "kode-satu"}).status_code == 204
    assert {client.get(path, params=query).status_code for _ in range(most + 5)} == {200}


def test_the_pages_of_the_portal_are_read_many_at_once(browse: Callable[..., TestClient]) -> None:
    """Twenty readers behind one address open the page of a place in the same second."""
    client = browse()
    asked = [("series", 8), ("week", 1), ("places", 1), ("city", 1), ("indicators", 1)]
    for _ in range(20):
        for path, times in asked:
            query = FIGURE if path in {"series", "week"} else {}
            assert {client.get(f"/api/v1/{path}", params=query).status_code for _ in range(times)} == {200}
