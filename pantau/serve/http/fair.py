"""What is asked of whoever asks a public route: only parameters that it has, and no more than a share of the server.

A misspelt parameter would be silently left out, and another question answered than was asked. The signed-in pay nothing. One address
has one bucket for everything (`pantau.serve.http.limit`), so that whole datasets cost much and what a page of the portal asks costs little:
some three tokens for the page of a place, of which 120 may be taken at once and 10 come back in a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import Request, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from pantau.serve.http.audience import RoleOf, services_of
from pantau.serve.http.limit import Limiter
from pantau.serve.http.problems import ProblemError

LOOK: Final = 0.1
"""Tokens of what is answered out of tables: a series, a list."""
WORK: Final = 0.3
"""Of what is worked out of a year and more: usual levels, trends, trips, the head of a place's page."""
ASK: Final = 1.0
"""Of the open API, for programs."""
DOWNLOAD: Final = 10.0
"""Of a whole dataset."""


@dataclass(frozen=True, slots=True)
class Fair:
    """A guard beside the audience.

    Args:
        cost: tokens.
        strict: whether parameters that the route does not have are refused; pages read their address themselves.
    """

    cost: float
    strict: bool = True

    async def __call__(self, request: Request, role: RoleOf) -> None:
        """Let the request through.

        Raises:
            ProblemError: 429 too many; 422 a parameter that does not exist.
        """
        if role == "public":
            _paid(request, self.cost)
        if self.strict:
            _only_known(request)


def fair(cost: float, *, strict: bool = True) -> params.Depends:
    """`Fair` as a dependency of a route or router."""
    return params.Depends(Fair(cost, strict))


def _paid(request: Request, cost: float) -> None:
    limiter = request.app.state.limiter
    address = request.client.host if request.client else ""
    if isinstance(limiter, Limiter):
        wait_s = limiter.wait_s(address, cost, services_of(request).clock().timestamp())
        if wait_s:
            raise ProblemError(
                429,
                "Too many requests",
                f"ask again in {wait_s} s; whole datasets are files, which need fewer requests",
                {"Retry-After": str(wait_s)},
            )


def _only_known(request: Request) -> None:
    route = request.scope.get("route")
    if isinstance(route, APIRoute):
        known = sorted(set(_parameters(route.dependant)))  # codespell:ignore dependant
        for name in request.query_params:
            if name not in known:
                raise ProblemError(
                    422,
                    "The question is not valid",
                    f"{name[:80]}: there is no such parameter; there are: {', '.join(known) or 'none'}",
                )


def _parameters(of: Dependant) -> Iterator[str]:
    yield from (one.alias for one in of.query_params)
    for below in of.dependencies:
        yield from _parameters(below)
