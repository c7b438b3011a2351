"""Delivers the notices that wait in the control database: at least once, with one key, and gives up where all can see it.

A failed try is repeated after 1 s, 2 s, 4 s … at most `LONGEST_S`; after `GIVE_UP` the notice is given up, which the API,
``/metrics`` and the log say. A target gets its notices in the order they were made: a siren that was away must not hear
*over* before *alarm*. So while one fails, the target rests, and the others go on. A process that is killed between delivering
and noting it delivers again, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from pantau.errors import DeliveryError
from pantau.ports import Notifier
from pantau.store.alarms import Alarms, Posted

FIRST_S: Final = 1.0
LONGEST_S: Final = 300.0
GIVE_UP: Final = timedelta(hours=24)
AT_ONCE: Final = 20
"""Notices tried in one turn."""

log = structlog.get_logger(__name__)


class Outbox:
    """Used by one thread.

    Args:
        book: where notices wait.
        notifier: makes the notifier of a target; nothing when the target is gone.
    """

    def __init__(self, book: Alarms, notifier: Callable[[str], Notifier | None]) -> None:
        self._book, self._notifier = book, notifier
        self._rests: dict[str, datetime] = {}

    def turn(self, clock: Callable[[], datetime]) -> int:
        """Try what waits; how many were taken.

        Raises:
            StoreError: the control database refused; what was delivered meanwhile is delivered again.
        """
        now = clock()
        self._rests = {target: until for target, until in self._rests.items() if until > now}
        taken = 0
        for posted in self._book.waiting(AT_ONCE, tuple(self._rests)):
            notice = posted.notice
            notifier = None if notice.target in self._rests else self._notifier(notice.target)
            if notice.target in self._rests:
                continue
            if notifier is None:
                self._book.told(notice, "given_up", now, "the target is no longer in the rule file")
                continue
            try:
                notifier.notify(notice)
            except DeliveryError as error:
                self._failed(posted, clock(), str(error))
            else:
                self._book.told(notice, "sent", clock(), "")
                taken += 1
        return taken

    def _failed(self, posted: Posted, now: datetime, trouble: str) -> None:
        notice, attempts = posted.notice, posted.attempts + 1
        if now - notice.time > GIVE_UP:
            log.error("notice.given_up", id=notice.id, target=notice.target, attempts=attempts, trouble=trouble)
            self._book.told(notice, "given_up", now, trouble)
            return
        wait_s = min(LONGEST_S, FIRST_S * 2.0 ** min(posted.attempts, 20))
        log.warning("notice.failed", id=notice.id, target=notice.target, trouble=trouble, again_s=wait_s)
        self._rests[notice.target] = now + timedelta(seconds=wait_s)
        self._book.told(notice, "waiting", self._rests[notice.target], trouble)
