"""Every error as application/problem+json (RFC 9457): what happened and what to do, never a trace, a path or a secret.

The words of `PantauError` are for the terminal and may name files and addresses, so they are logged and not answered;
what is answered is written here or where a `ProblemError` is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from pantau.errors import PantauError
from pantau.serve.schema.answer import Problem

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"

_ADVICE = {
    404: "there is nothing at this address; /api/v1/openapi.json lists what there is",
    405: "this address does not take that method; /api/v1/openapi.json says which it takes",
    413: "send less; no request here needs more than a few hundred bytes",
}


class ProblemError(Exception):
    """Ends a request with a problem.

    Args:
        status: HTTP status.
        title: the kind of problem, the same every time.
        detail: what happened this time and what to do.
        headers: sent along, such as Retry-After.
    """

    def __init__(self, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.title, self.detail, self.headers = status, title, detail, dict(headers or {})


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The response that carries a problem; never cached."""
    body = Problem(title=title, status=status, detail=detail).model_dump_json()
    return Response(body, status, {"Cache-Control": "no-store", **(headers or {})}, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem."""
    app.add_exception_handler(ProblemError, _own)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(PantauError, _pantau)
    app.add_exception_handler(Exception, _unforeseen)


async def _own(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return problem(error.status, error.title, error.detail, error.headers)


async def _http(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    return problem(status, status.phrase, _ADVICE.get(status, status.description or status.phrase), error.headers)


async def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [
        f"{'.'.join(str(part) for part in fault['loc'][1:]) or 'request'}: {fault['msg']}" for fault in error.errors()
    ]
    return problem(422, "The question is not valid", "; ".join(faults[:8]))


async def _pantau(request: Request, error: Exception) -> Response:
    log.error("request.failed", path=request.url.path, error=str(error))
    return problem(503, "The store can't answer", "try again in a moment; pantau's log says why", {"Retry-After": "5"})


async def _unforeseen(request: Request, error: Exception) -> Response:
    log.error("request.crashed", path=request.url.path, error=type(error).__name__)
    # This one is answered outside the gate, whose headers it therefore brings along.
    sealed = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
    return problem(500, "Pantau made a mistake", "this should not happen; pantau's log says more", sealed)
