from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from pantau.serve.app import create_app
from pantau.serve.memory import memory_services
from pantau.serve.openapi import document
from pantau.serve.services import Services

WEB = Path(__file__).parents[2] / "web" / "openapi.json"


def test_the_web_has_the_document_that_is_served(services: Services) -> None:
    """When this fails: python -m pantau.serve > web/openapi.json."""
    made = document(create_app(memory_services(datetime(2026, 1, 1, tzinfo=UTC))))
    assert WEB.read_bytes() == made
    served = TestClient(create_app(services), base_url="http://localhost").get("/api/v1/openapi.json")
    assert served.content == made


def test_every_operation_says_its_audience_and_its_errors() -> None:
    made = json.loads(WEB.read_bytes())
    assert made["openapi"].startswith("3.1")
    for path, operations in made["paths"].items():
        for operation in operations.values():
            assert operation["x-audience"] in {"public", "room", "admin"}
            assert operation["summary"], path
            assert operation["description"], path
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert ("security" in operation) is (operation["x-audience"] != "public")


def test_every_model_and_parameter_is_described() -> None:
    made = json.loads(WEB.read_bytes())
    for name, schema in made["components"]["schemas"].items():
        assert schema.get("description"), name
    parameters = [p for ops in made["paths"].values() for op in ops.values() for p in op.get("parameters", [])]
    undescribed = {p["name"] for p in parameters if p["in"] == "query" and "description" not in p}
    assert not undescribed
