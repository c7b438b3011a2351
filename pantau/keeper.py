"""What a city does every few seconds beside watching: jobs in order, each by itself, so that one that fails starves none.

A job that fails (a full disk, a busy register) is tried again at the next turn. It is said in the log when it begins to fail, when its
reason changes, and when it is over; `failing` tells it to ``/readyz`` and ``/metrics`` meanwhile. Only Pantau's own errors are taken so:
another ends the thread, with its traceback, and is told as the job ``keeper``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from pantau.errors import PantauError

log = structlog.get_logger(__name__)


class Keeper:
    """One thread.

    Args:
        jobs: by name, in the order of a turn.
        every_s: seconds between turns.
        clock: UTC now.
    """

    def __init__(self, jobs: Mapping[str, Callable[[], object]], every_s: float, clock: Callable[[], datetime]) -> None:
        self._jobs, self._every_s, self._clock = jobs, every_s, clock
        self._failing: dict[str, tuple[datetime, str]] = {}
        self._turned = clock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper")

    def start(self) -> None:
        """Begin; the first turn is after a wait."""
        self._turned = self._clock()
        self._thread.start()

    def stop(self, wait_s: float) -> None:
        """End after the job at hand, and wait so long for it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(wait_s)

    def failing(self) -> dict[str, datetime]:
        """The jobs that fail, by name, and since when."""
        found = {name: since for name, (since, _) in list(self._failing.items())}
        if self._thread.ident is not None and not self._thread.is_alive() and not self._stop.is_set():  # it died
            found["keeper"] = self._turned
        return found

    def turn(self) -> None:
        """Every job once."""
        for name, job in self._jobs.items():
            if self._stop.is_set():
                return
            try:
                job()
            except PantauError as error:
                self._failed(name, str(error))
            else:
                self._went_well(name)
        self._turned = self._clock()

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.turn()

    def _failed(self, job: str, reason: str) -> None:
        since, before = self._failing.get(job, (self._clock(), None))
        self._failing[job] = since, reason
        if reason != before:
            log.warning("keeper.failed", job=job, error=reason)

    def _went_well(self, job: str) -> None:
        if (failed := self._failing.pop(job, None)) is not None:
            log.info("keeper.well", job=job, failed_s=round((self._clock() - failed[0]).total_seconds()))
