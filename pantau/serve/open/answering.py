"""What every answer of the open API has in common: who may ask how often, which parameters exist, and a file with its tag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from pantau.serve.formats import FORMATS
from pantau.serve.formats.sheet import Sheet
from pantau.serve.http.audience import services_of
from pantau.serve.http.caching import RULES, Keep, matches
from pantau.serve.http.limit import Limiter
from pantau.serve.http.problems import ProblemError

IN_MEMORY = 4_000_000
"""Bytes of a file that are not yet worth a temporary one."""
PIECE = 256 * 1024


def allowed(request: Request) -> None:
    """Let a request on that costs one token.

    Raises:
        ProblemError: 429 too many; 422 a parameter that does not exist.
    """
    paid(request, 1.0)
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


def paid(request: Request, cost: float) -> None:
    """Take tokens from the asker's bucket.

    Raises:
        ProblemError: 429.
    """
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


def sheet_file(request: Request, sheet: Sheet, format_: str, keep: Keep) -> Response:
    """A table as a file: written whole before the first byte is sent, so that its tag is of its content and no file ends half-way."""
    form = FORMATS[format_]
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed when it was sent
    digest, size = hashlib.sha256(), 0
    for piece in form.pieces(sheet):
        digest.update(piece)
        size += file.write(piece)
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in sheet.name)
    headers = {
        "Cache-Control": RULES[keep],
        "ETag": f'"{digest.hexdigest()[:32]}"',
        "Content-Length": str(size),
        "Content-Disposition": f'{"attachment" if form.extension != "json" else "inline"}; filename="{safe}.{form.extension}"',
    }
    if matches(request, headers["ETag"]):
        file.close()
        return Response(status_code=304, headers={k: v for k, v in headers.items() if k in {"Cache-Control", "ETag"}})
    file.seek(0)
    return StreamingResponse(_sent(file), headers=headers, media_type=form.media_type)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
