"""Who may call a route. The declaration is the guard: a route without exactly one of these keeps the server from starting.

``public`` is everybody, ``room`` and ``admin`` are the signed-in (there is one role until accounts exist). The guard runs
before the endpoint; a route can't declare one audience and serve another, because there is nothing else to declare it with.
A room route that declares `SCRAPED` is open to a program, too, that brings the installation's token (RFC 6750) and has no session.
Rejected: a middleware with a list of path prefixes (a new route is public until somebody remembers the list).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from pantau.errors import DataError
from pantau.serve.http.problems import ProblemError
from pantau.serve.schema.answer import Role
from pantau.serve.services import Services

COOKIE = "pantau_session"
AudienceName = Literal["public", "room", "admin"]


def services_of(request: Request) -> Services:
    """What the app of this request was made of."""
    services = request.app.state.services
    if not isinstance(services, Services):
        raise DataError(f"expected app.state.services to be Services, got {type(services).__name__}")
    return services


async def _services(request: Request) -> Services:
    return services_of(request)  # a dependency that isn't awaited goes to a thread and back: a millisecond under load


ServicesOf = Annotated[Services, Depends(_services)]


def token_of(request: Request) -> str:
    """The session token the request brings, or nothing."""
    return request.cookies.get(COOKIE, "")


async def role_of(request: Request) -> Role:
    """Who is asking; asked of the control database on every request, so that a session ends when it is ended."""
    token = token_of(request)
    if not token or len(token) > 256:
        return "public"
    return await run_in_threadpool(services_of(request).sessions.session, token) or "public"


RoleOf = Annotated[Role, Depends(role_of)]


@dataclass(frozen=True, slots=True)
class Audience:
    """The guard of a route; `scraped`: the token of the metrics opens it, too."""

    name: AudienceName
    scraped: bool = False

    async def __call__(self, request: Request, role: RoleOf) -> None:
        """Let the request through, or raise the problem 401."""
        if self.name == "public" or role != "public" or (self.scraped and _brings_token(request)):
            return
        raise ProblemError(
            401,
            "Sign in first",
            "this is for the room; open the address that pantau printed, or enter its one-time code"
            + (", or send server.metrics_token of pantau.toml as a bearer token" if self.scraped else ""),
            {"WWW-Authenticate": "Bearer"} if self.scraped else None,
        )


def _brings_token(request: Request) -> bool:
    """Whether a request brings the token of the metrics, where there is one; how much of it is right takes no time to tell."""
    kept = services_of(request).metrics_token
    scheme, _, brought = request.headers.get("authorization", "").partition(" ")
    return bool(kept) and scheme.lower() == "bearer" and hmac.compare_digest(brought.encode(), kept.encode())


PUBLIC = Depends(Audience("public"))
ROOM = Depends(Audience("room"))
ADMIN = Depends(Audience("admin"))
SCRAPED = Depends(Audience("room", scraped=True))


def declared(route: object) -> AudienceName:
    """The audience of a route.

    Raises:
        DataError: it declares none, or more than one.
    """
    guards = route.dependant.dependencies if isinstance(route, APIRoute) else []  # codespell:ignore dependant
    names = [guard.call.name for guard in guards if isinstance(guard.call, Audience)]
    if len(names) != 1:
        path = getattr(route, "path", route)
        raise DataError(
            f"route {path}: expected one audience, got {names or 'none'}; "
            "give it dependencies=[PUBLIC], [ROOM], [ADMIN] or [SCRAPED] of pantau.serve.http.audience"
        )
    return names[0]


def routes_of(app: FastAPI) -> Iterator[BaseRoute]:
    """Every route of an app, those of included routers too."""
    routes: Sequence[BaseRoute] = app.routes
    for context in iter_route_contexts(routes):
        yield context.original_route
