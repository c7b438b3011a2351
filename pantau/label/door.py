"""Who may come to the desk: whoever has the address that the terminal printed, once, in one browser.

The token in the address is good for one visit, so that a copy of it (a history, a shared screen) opens nothing; it is
changed into a cookie (HttpOnly, SameSite=Strict) that lasts as long as the program. When it was used the terminal gets
a new one, for a second window or a browser that was closed. The cookie's name is random, because cookies of 127.0.0.1 are
shared by all ports. `pantau.serve.http.gate` guards the host and the origin besides.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Final

from fastapi import Request

from pantau.serve.http.problems import ProblemError

SESSIONS: Final = 8
"""Windows that may be open; an older one is closed by a newer."""


class Door:
    """The token that is good now, and the sessions that were let in.

    Args:
        used: hears the next token when one was used.
    """

    def __init__(self, used: Callable[[str], None]) -> None:
        self._used = used
        self._lock = threading.Lock()
        self._sessions: list[str] = []
        self.token = secrets.token_urlsafe(24)
        self.cookie = f"pantau_label_{secrets.token_hex(4)}"

    def enter(self, token: str) -> str | None:
        """A session for the token, which then is used up; None when it is not the one that is good now."""
        with self._lock:
            if not secrets.compare_digest(token.encode(), self.token.encode()):
                return None
            self.token, session = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
            self._sessions = [*self._sessions, session][-SESSIONS:]
        self._used(self.token)
        return session

    def __call__(self, request: Request) -> None:
        """Let a request through, or raise the problem 401."""
        shown = request.cookies.get(self.cookie, "").encode()
        with self._lock:
            known = [secrets.compare_digest(shown, session.encode()) for session in self._sessions]
        if not any(known):
            raise ProblemError(
                401, "Not let in", "open the address that `pantau label` printed last; each one works once"
            )
