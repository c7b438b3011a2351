"""Whatever is asked, the answer is what the OpenAPI document promises: no crash, the right type, the right shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pantau.findings import Live
from pantau.places import Camera, Line
from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers, MemoryRegister, MemorySessions, memory_services

NOW = datetime(2026, 3, 4, 12, 40, tzinfo=UTC)
TOKEN = "token-kode"  # of a session in memory
LINE = Line(id="pets.W", camera="pets", name="W", start=(0.1, 0.8), end=(0.1, 0.3))

_services = replace(
    memory_services(NOW),
    numbers=MemoryNumbers({("pets.W", "visitors.person"): {datetime(2026, 3, 4, 10, tzinfo=UTC): 3.0}}),
    register=MemoryRegister((Camera(id="pets", name="Plaza", source="x.avi", lines=(LINE,)),)),
    sessions=MemorySessions(("kode",)),
    open_burst=1e9,
)
_services.sessions.claim("kode")
_services.board.post(Live("pets", NOW, "live", picture=b"\xff\xd8"))
_app = create_app(_services)
schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", _app, headers={"host": "localhost"})


@schema.exclude(path="/api/v1/live").parametrize()
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
def test_every_operation_keeps_its_promise(case: schemathesis.Case[APIOperation[Any, Any, Any, Any]]) -> None:
    case.call_and_validate(
        headers={"host": "localhost", "cookie": f"pantau_session={TOKEN}"},
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )


@schema.include(path_regex="^/(api/v1/open|catalog)").parametrize()
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_every_open_operation_keeps_its_promise_to_everybody(
    case: schemathesis.Case[APIOperation[Any, Any, Any, Any]],
) -> None:
    case.call_and_validate(
        headers={"host": "localhost"},
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )


WORDS = st.one_of(
    st.sampled_from(
        [
            "pets.W", "visitors.person", "traffic.inside", "minute", "hour", "day", "both", "", "0", "-1", "1e400", "null",
            "2026-03-04T00:00:00Z", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+23:59",
            "99999999999999999999", "-62135596800", "2026-03-04T00:00:00.123456789Z", "\0", "'; DROP TABLE", "%00", "é",
        ]
    ),
    st.text(max_size=12),
)  # fmt: skip
NAMES = st.sampled_from(
    ["place", "indicator", "tier", "from", "to", "direction", "kind", "limit", "before", "t", "camera", "x"]
)
client = TestClient(_app, base_url="http://localhost", cookies={"pantau_session": TOKEN})


@pytest.mark.parametrize(
    "path",
    [
        "series",
        "series.csv",
        "events",
        "events.csv",
        "places",
        "cameras/pets/picture",
        "open/series.csv",
        "open/datasets",
    ],
)
@given(query=st.lists(st.tuples(NAMES, WORDS), max_size=6), place=st.booleans())
def test_no_question_is_a_crash(path: str, query: list[tuple[str, str]], place: bool) -> None:
    known = [("place", "pets.W"), ("indicator", "visitors.person")] if place else []
    answer = client.get(f"/api/v1/{path}", params=[*known, *query])
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail"} == set(answer.json())


@given(st.text(max_size=30))
def test_no_address_is_a_crash(tail: str) -> None:
    safe = tail.encode("utf-8", "ignore").hex()
    path = "".join(f"%{safe[i : i + 2]}" for i in range(0, len(safe), 2))
    for prefix in ("/", "/api/v1/", "/api/v1/places/", "/api/v1/cameras/", "/assets/", "/map/"):
        assert client.get(prefix + path, follow_redirects=False).status_code < 500
