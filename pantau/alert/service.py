"""Alarms of a running city: the engine and the outbox in a thread each, and what the pages ask about them.

    alarms     judges what was committed at most `REST_S` after it came, and what time alone makes due every `TURN_S`
    notifier   delivers what waits, at most `NOTIFY_S` after it was kept; lets old alarms and pictures go once an hour

Neither stops at a full disk or a busy database: it says so and goes on with the next turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import structlog

from pantau.alarm import Alarm, Still, Verdict
from pantau.alert.desk import Change, Desk
from pantau.alert.engine import AlarmEngine, Pulse
from pantau.alert.numbers import Numbers, Register
from pantau.alert.outbox import Outbox
from pantau.alert.precision import Precision
from pantau.alert.rule_file import rules_of, targets_of
from pantau.alert.rules import Rule
from pantau.alert.stills import Pictures, Stills
from pantau.alert.webhook import WebhookNotifier
from pantau.errors import PantauError
from pantau.ports import Notifier
from pantau.store.alarms import AlarmQuery, Alarms, Posted

TURN_S: Final = 0.5
REST_S: Final = 0.1
NOTIFY_S: Final = 0.5
HOUSEKEEPING_S: Final = 3600.0
JOIN_S: Final = 10.0

log = structlog.get_logger(__name__)


class Book(Register, Protocol):
    """The control database; `pantau.store.control.Control` is one."""

    alarms: Alarms

    def secret(self, target: str) -> str:
        """What notices to a target are signed with."""
        ...


class Looks(Pictures, Protocol):
    """The live board."""

    def wake(self) -> None:
        """Let every reader look again."""
        ...


class AlarmService:
    """Made, started, stopped. Every question may come from any thread.

    Args:
        book: the control database.
        numbers: the store.
        board: the live board.
        folder: the data folder, for pictures.
        timezone: IANA zone of the city's schedules.
        clock: UTC now.
    """

    def __init__(  # noqa: PLR0913  # what a running city binds together
        self, book: Book, numbers: Numbers, board: Looks, *, folder: Path, timezone: str, clock: Callable[[], datetime],
        picture_days: int = 30, picture_megabytes: int = 500,
    ) -> None:  # fmt: skip
        self._book, self._clock = book, clock
        self._stills = Stills(folder, board, picture_days, picture_megabytes)
        self.engine = AlarmEngine(Desk(book.alarms, self._stills, board.wake), numbers, timezone)
        self._outbox = Outbox(book.alarms, self._notifier)
        self._targets: dict[str, str] = {}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._judge, name="alarms"),
            threading.Thread(target=self._deliver, name="notifier"),
        ]

    # --- running ------------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Read the rules, targets, cameras and places that are in force.

        Raises:
            PantauError: they can't be read; the old ones hold.
        """
        targets = targets_of(self._book.alarms.targets())
        self._targets = {target.id: target.url for target in targets}
        self.engine.follow(rules_of(self._book.alarms.rules()), targets, self._book, self._clock())

    def start(self) -> None:
        """Go on where the last process stopped, and judge from now on.

        Raises:
            PantauError: the rules or the store can't be read.
        """
        self.follow()
        self.engine.recover(self._clock(), self._book.alarms.mark())
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Judge what has come, keep it, and end."""
        self._stop.set()
        self.engine.work.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(JOIN_S)

    def _judge(self) -> None:
        while not self._stop.is_set():
            self.engine.work.wait(TURN_S)
            self._turn()
            self._stop.wait(REST_S)
        self._turn()

    def _turn(self) -> None:
        try:
            self.engine.turn(self._clock())
        except PantauError as error:
            log.warning("alarms.failed", error=str(error))

    def _deliver(self) -> None:
        tidied: datetime | None = None
        while not self._stop.wait(NOTIFY_S):
            now = self._clock()
            try:
                self._outbox.turn(self._clock)
                if tidied is None or (now - tidied).total_seconds() >= HOUSEKEEPING_S:
                    tidied = now
                    self._book.alarms.expire(now)
                    self._stills.expire(now)
            except (PantauError, OSError) as error:
                log.warning("notifier.failed", error=str(error))

    def _notifier(self, target: str) -> Notifier | None:
        url = self._targets.get(target)
        return WebhookNotifier(url, self._book.secret(target), self._clock) if url else None

    # --- questions ----------------------------------------------------------------------------------------------------

    def page(self, query: AlarmQuery) -> tuple[Alarm, ...]:
        """`Alarms.page`."""
        return self._book.alarms.page(query)

    def alarm(self, id_: str) -> Alarm | None:
        """`Alarms.alarm`."""
        return self._book.alarms.alarm(id_)

    def notices(self, alarm: str) -> tuple[Posted, ...]:
        """`Alarms.notices`."""
        return self._book.alarms.notices(alarm)

    def outbox(self) -> Mapping[str, int]:
        """`Alarms.outbox`."""
        return self._book.alarms.outbox()

    def picture(self, still: Still) -> bytes | None:
        """`Stills.read`."""
        return self._stills.read(still)

    def acknowledge(self, alarm: Alarm) -> Alarm:
        """`AlarmEngine.acknowledge`, now."""
        return self.engine.acknowledge(alarm, self._clock())

    def judge(self, alarm: Alarm, verdict: Verdict, reason: str) -> Alarm:
        """`AlarmEngine.judge`, now."""
        return self.engine.judge(alarm, verdict, reason, self._clock())

    def rules(self) -> Mapping[str, Rule]:
        """`AlarmEngine.rules`."""
        return self.engine.rules()

    def precision(self, rule: str, revision: int) -> Precision:
        """`AlarmEngine.precision`."""
        return self.engine.precision(rule, revision)

    def snoozed_until(self, rule: str, place: str) -> datetime | None:
        """`AlarmEngine.snoozed_until`."""
        return self.engine.snoozed_until(rule, place)

    def changed_since(self, version: int) -> tuple[int, tuple[Change, ...]]:
        """`AlarmEngine.changed_since`."""
        return self.engine.changed_since(version)

    def open(self) -> tuple[Alarm, ...]:
        """`AlarmEngine.open`."""
        return self.engine.open()

    def latencies(self) -> tuple[float, ...]:
        """`AlarmEngine.latencies`."""
        return self.engine.latencies()

    def pulse(self) -> Pulse:
        """`AlarmEngine.pulse`."""
        return self.engine.pulse()
