"""The OpenAPI 3.1 document, made from the routes and models; each operation says its audience as ``x-audience``.

``python -m pantau.serve > web/openapi.json`` writes what the web's types are made from; a test compares the two.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from pantau.serve.http.audience import COOKIE, PUBLIC, declared, routes_of
from pantau.serve.http.caching import tagged
from pantau.serve.http.problems import MEDIA_TYPE
from pantau.serve.schema.answer import Problem

router = APIRouter(prefix="/api/v1", tags=["system"])

DESCRIPTION = """Numbers that a city's cameras give, and how sure they are.

A value that was not seen is null, never 0. Times are UTC. Errors are application/problem+json (RFC 9457). Operations with
`x-audience: room` need the session cookie; the others are open to everybody."""


@router.get("/openapi.json", dependencies=[PUBLIC], include_in_schema=False)
def openapi_json(request: Request) -> Response:
    """This document."""
    state = request.app.state
    if state.openapi is None:
        state.openapi = document(request.app)
    return tagged(request, state.openapi, "application/json", "checked")


def document(app: FastAPI) -> bytes:
    """The document of an app, the same bytes every time."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        summary="Turns a city's cameras into data",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=app.routes,
    )
    audiences = {r.path_format: declared(r) for r in routes_of(app) if isinstance(r, APIRoute) and r.include_in_schema}
    schemas = made["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    made["components"]["securitySchemes"] = {"session": {"type": "apiKey", "in": "cookie", "name": COOKIE}}
    for path, operations in made["paths"].items():
        for operation in operations.values():
            _finish(operation, audiences[path])
    return (json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _finish(operation: dict[str, Any], audience: str) -> None:
    """Say the audience, and that every error is a problem."""
    operation["x-audience"] = audience
    error = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses = operation["responses"]
    for content in responses.get("200", {}).get("content", {}).values():
        if "$ref" in content.get("schema", {}):
            content["schema"].pop("type", None)  # FastAPI calls every response that is not JSON a string
    if audience != "public":
        operation["security"] = [{"session": []}]
        responses["401"] = {"description": "Sign in first"}
    for status in list(responses):
        if int(status) >= 400 and "Readiness" not in json.dumps(responses[status]):
            responses[status] = {"description": responses[status]["description"], "content": error}
    responses["default"] = {"description": "A problem", "content": error}
