"""What the data steward let be published, and the person counts as they were published.

    DATA/release.key   the secret of the cell rule (`pantau.serve.release.rule`), 0600, never logged or exported

**Decisions** are appended and never changed; the newest about a place (or its camera, or every place) and a family (or every
family) holds, the narrower place first. **Published months** are kept because a second version of a cell tells more about it
than one: what was once told is told again until the next date of correction (`pantau.serve.release.cells`).

**A lost key.** Only its fingerprint is in the database. When the file is gone or another one, no new person count is published
and what was published stays; put it back from the backup. `renew` makes another one: months told under the old key are
never corrected again, because the same count under two keys is two answers about one number.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from pantau.errors import DataError, StoreError
from pantau.store.register_tables import DECISIONS, RELEASE_KEYS, RELEASED
from pantau.store.sqlite import ControlFile
from pantau.types import require_utc

KEY_BYTES = 32
PLACES = 10_000
"""Named in one question; SQLite takes 32,766 values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether numbers may be published.

    Args:
        family: of the vocabulary; empty: every one.
        place: a place's or camera's id; empty: every one.
        open: whether they may.
        by: who decided.
        time: UTC, when.
        reason: in the steward's words.
    """

    family: str
    place: str
    open: bool
    by: str
    time: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One local month of one place's indicator as it was published.

    Args:
        month: such as 2026-03.
        corrected: the month (UTC) of the last correction, such as 2026-04.
        key: fingerprint of the secret it was made with.
        cells: by direction, a released count for each hour of the month so far; None where nobody watched.
    """

    place: str
    indicator: str
    month: str
    corrected: str
    key: str
    cells: Mapping[str, Sequence[int | None]]


class Releases:
    """Decisions and published months in the control database. Safe from any thread and process."""

    def __init__(self, file: ControlFile, key_path: Path) -> None:
        self._file, self._key_path = file, key_path

    def decide(self, decision: Decision) -> None:
        """Put a decision in force.

        Raises:
            DataError: nobody signs it.
            StoreError: nothing was changed.
        """
        if not decision.by.strip():
            raise DataError("a decision about publishing needs the name of who decides: give --by NAME")
        row = {
            "family": decision.family,
            "place": decision.place,
            "open": decision.open,
            "by": decision.by.strip(),
            "time": require_utc(decision.time).isoformat(),
            "reason": decision.reason,
        }
        with self._file.write() as connection:
            connection.execute(sa.insert(DECISIONS).values(row))

    def decisions(self) -> tuple[Decision, ...]:
        """Every decision ever taken, oldest first."""
        return self._file.remembered("decisions", self._decisions)

    def _decisions(self) -> tuple[Decision, ...]:
        with self._file.read() as connection:
            rows = connection.execute(sa.select(DECISIONS).order_by(DECISIONS.c.id)).mappings().all()
        return tuple(
            Decision(
                family=row["family"],
                place=row["place"],
                open=row["open"],
                by=row["by"],
                time=datetime.fromisoformat(row["time"]),
                reason=row["reason"],
            )
            for row in rows
        )

    def months(self, places: Collection[str], indicator: str, first: str, last: str) -> tuple[Month, ...]:
        """What was published of these places and months, both included."""
        asked = RELEASED.c.indicator == indicator, RELEASED.c.month.between(first, last)
        listed, found = sorted(places), []
        with self._file.read() as connection:
            for low in range(0, len(listed), PLACES):
                wanted = sa.select(RELEASED).where(RELEASED.c.place.in_(listed[low : low + PLACES]), *asked)
                found += [Month(**row) for row in connection.execute(wanted).mappings()]
        return tuple(sorted(found, key=lambda one: (one.place, one.month)))

    def keep(self, months: Sequence[Month]) -> None:
        """Remember what is published from now on.

        Raises:
            StoreError: nothing was changed, and nothing may be told.
        """
        with self._file.write() as connection:
            for one in months:
                connection.execute(
                    sa.delete(RELEASED).where(
                        RELEASED.c.place == one.place,
                        RELEASED.c.indicator == one.indicator,
                        RELEASED.c.month == one.month,
                    )
                )
                connection.execute(
                    sa.insert(RELEASED).values(
                        place=one.place,
                        indicator=one.indicator,
                        month=one.month,
                        corrected=one.corrected,
                        key=one.key,
                        cells={way: list(cells) for way, cells in one.cells.items()},
                    )
                )

    def key(self, now: datetime) -> bytes:
        """The secret, made at the very first time.

        Raises:
            StoreError: it is lost, or the file holds another one.
        """
        with self._file.read() as connection:
            known = set(connection.scalars(sa.select(RELEASE_KEYS.c.fingerprint)))
            newest = connection.scalar(
                sa.select(RELEASE_KEYS.c.fingerprint).order_by(RELEASE_KEYS.c.time.desc()).limit(1)
            )
        if not known and not self._key_path.exists():
            return self._make("pantau", now)
        try:
            found = self._key_path.read_bytes()
        except OSError as error:
            raise StoreError(
                f"{self._key_path}: the release key is lost ({error.strerror}); no new person counts are published until it is "
                "put back from the backup, or `pantau release new-key --by NAME` makes another one"
            ) from error
        if known and fingerprint(found) != newest:
            raise StoreError(
                f"{self._key_path}: is not the release key that published counts are made with; put the right one back from the "
                "backup, or let `pantau release new-key --by NAME` make another one"
            )
        if not known:
            self._remember(found, "pantau", now)
        return found

    def renew(self, by: str, now: datetime) -> None:
        """Make another secret: months that were told under the old one are never corrected again.

        Raises:
            DataError: nobody signs it.
            StoreError: the file can't be written.
        """
        if not by.strip():
            raise DataError("a new release key needs the name of who decides: give --by NAME")
        self._key_path.unlink(missing_ok=True)
        self._make(by, now)

    def _make(self, by: str, now: datetime) -> bytes:
        key = secrets.token_bytes(KEY_BYTES)
        try:
            descriptor = os.open(self._key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(f"{self._key_path}: the release key can't be made: {error.strerror}") from error
        self._remember(key, by, now)
        return key

    def _remember(self, key: bytes, by: str, now: datetime) -> None:
        row = {"fingerprint": fingerprint(key), "by": by, "time": require_utc(now).isoformat()}
        with self._file.write() as connection:
            connection.execute(sa.insert(RELEASE_KEYS).values(row))


def fingerprint(key: bytes) -> str:
    """A name of a secret that tells nothing of it."""
    return hmac.digest(key, b"pantau release key", hashlib.sha256)[:8].hex()
