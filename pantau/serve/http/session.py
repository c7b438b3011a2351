"""Signing in with the one-time code that the terminal printed, and out again.

The cookie is HttpOnly and SameSite=Strict and has no Secure flag, because the server speaks plain HTTP on loopback only.
Wrong codes are limited for everybody together: behind loopback all look the same, and a code that can be guessed five
times a minute is safe.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response

from pantau.serve.http.audience import COOKIE, PUBLIC, RoleOf, ServicesOf, token_of
from pantau.serve.http.gate import MOST_BODY
from pantau.serve.http.problems import ProblemError
from pantau.serve.schema.answer import Problem
from pantau.serve.schema.portal import Claim, SessionAnswer

TRIES = 5
WINDOW = timedelta(minutes=1)

router = APIRouter(prefix="/api/v1", tags=["session"], max_body_size=MOST_BODY)


class Tries:
    """Counts wrong codes over the last minute; at most `TRIES` are remembered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: deque[datetime] = deque(maxlen=TRIES)

    def wait_s(self, now: datetime) -> float:
        """Seconds until another code may be tried; 0 when it may now."""
        with self._lock:
            if len(self._wrong) < TRIES:
                return 0.0
            return max((self._wrong[0] + WINDOW - now).total_seconds(), 0.0)

    def wrong(self, now: datetime) -> None:
        """A wrong code was tried."""
        with self._lock:
            self._wrong.append(now)


@router.get("/session", dependencies=[PUBLIC], summary="Who is asking")
def who(role: RoleOf, response: Response) -> SessionAnswer:
    """``public`` until signed in."""
    response.headers["Cache-Control"] = "no-store"
    return SessionAnswer(role=role)


@router.post(
    "/session",
    dependencies=[PUBLIC],
    status_code=204,
    responses={401: {"model": Problem}, 429: {"model": Problem}},
    summary="Sign in with a one-time code",
)
def sign_in(request: Request, services: ServicesOf, claim: Claim) -> Response:
    """Answers with the session's cookie; a code works once."""
    tries, now = request.app.state.tries, services.clock()
    if wait_s := tries.wait_s(now):
        seconds = int(wait_s) + 1
        raise ProblemError(
            429, "Too many tries", f"wait {seconds} s, then enter the code again", {"Retry-After": str(seconds)}
        )
    token = services.sessions.claim(claim.code.strip())
    if token is None:
        tries.wrong(now)
        raise ProblemError(401, "Wrong code", "a code works once and not for long; print a new one with: pantau code")
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", path="/")
    return response


@router.delete("/session", dependencies=[PUBLIC], status_code=204, summary="Sign out")
def sign_out(request: Request, services: ServicesOf) -> Response:
    """Ends the session here and in the store."""
    if token := token_of(request):
        services.sessions.end_session(token)
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", path="/")
    return response
