"""Who is signed in: one-time codes that a person reads off the terminal, and the sessions they become.

Only hashes are kept (SHA-256 is enough: codes and tokens are random, 128 bits and more). A code lives 15 minutes, works
once and dies after 10 wrong tries by anyone; a session ends by itself after a week.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal

import sqlalchemy as sa

from pantau.store.register_tables import CODES, SESSIONS
from pantau.store.sqlite import ControlFile
from pantau.types import require_utc

CODE_LIFE: Final = timedelta(minutes=15)
SESSION_LIFE: Final = timedelta(days=7)
WRONG_TRIES: Final = 10
Role = Literal["admin"]


class Sessions:
    """Codes and sessions in the control database. All methods are safe from any thread and process."""

    def __init__(self, file: ControlFile, clock: Callable[[], datetime]) -> None:
        self._file = file
        self._clock = clock

    def new_code(self) -> str:
        """A fresh code, to be shown once; only its hash is kept."""
        code = secrets.token_urlsafe(16)
        now = require_utc(self._clock())
        with self._file.write() as connection:
            for table in (CODES, SESSIONS):
                connection.execute(sa.delete(table).where(table.c.until <= _text(now)))
            connection.execute(sa.insert(CODES).values(hash=_hash(code), until=_text(now + CODE_LIFE), wrong=0))
        return code

    def claim(self, code: str) -> str | None:
        """A session token for a code, or None when the code is wrong, used, too old or worn out by wrong tries."""
        now = require_utc(self._clock())
        valid = sa.and_(CODES.c.until > _text(now), CODES.c.wrong < WRONG_TRIES)
        with self._file.write() as connection:
            used = connection.execute(sa.delete(CODES).where(CODES.c.hash == _hash(code), valid))
            if used.rowcount != 1:
                connection.execute(sa.update(CODES).values(wrong=CODES.c.wrong + 1))
                return None
            token = secrets.token_urlsafe(32)
            values = {"hash": _hash(token), "role": "admin", "until": _text(now + SESSION_LIFE)}
            connection.execute(sa.insert(SESSIONS).values(**values))
        return token

    def session(self, token: str) -> Role | None:
        """The role of a token, or None when there is no such session (any more)."""
        now = _text(require_utc(self._clock()))
        wanted = sa.select(SESSIONS.c.role).where(SESSIONS.c.hash == _hash(token), SESSIONS.c.until > now)
        with self._file.read() as connection:
            return "admin" if connection.scalar(wanted) == "admin" else None

    def end_session(self, token: str) -> None:
        """Forget a session."""
        with self._file.write() as connection:
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.hash == _hash(token)))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
