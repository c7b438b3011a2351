"""Runs the trial that was asked for, beside the cameras of a running city, and keeps what both detectors counted.

The keeper calls `turn` every few seconds: it finds the trial in the data folder, starts the shadow's process and a thread that
feeds it, gives cameras their turns, and ends all of it when the time is over. A process that fails is said in the trial
and started again after `AGAIN_S`; nothing that happens here reaches a camera's loop.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from pantau.errors import PantauError, StoreError
from pantau.evaluate.bridge import Stretch
from pantau.places import Camera
from pantau.shadow.idle import IdleProcess, Opener
from pantau.shadow.rota import Rota
from pantau.shadow.witness import Inbox, Rise, Witness, counts
from pantau.store.trials import Trial, Trials

AGAIN_S: Final = 60.0
TAKE_S: Final = 0.5
JOIN_S: Final = 10.0

log = structlog.get_logger(__name__)


class Follower:
    """Follows the trials of a data folder; `opener` gives, for a model's name, what opens its detector in another process."""

    def __init__(self, trials: Trials, opener: Callable[[str], Opener]) -> None:
        self._trials, self._opener = trials, opener
        self._inbox = Inbox()
        self._witnesses: dict[str, Witness] = {}
        self._lock = threading.Lock()
        self._trial: Trial | None = None
        self._rota = Rota()
        self._feed: _Feed | None = None
        self._again: datetime | None = None
        self._said = ""

    def witness(self, camera: Camera, old: str) -> tuple[Witness, ...]:
        """What stands in this camera's loop, in the place of an earlier one; none where nothing is counted."""
        if not counts(camera):
            return ()
        with self._lock:
            made = self._witnesses[camera.id] = Witness(camera, old, self._inbox)
        return (made,)

    def forget(self, camera: str) -> None:
        """Its loop is over."""
        with self._lock:
            if (gone := self._witnesses.pop(camera, None)) and gone.seated:
                gone.rise()

    def turn(self, time: datetime) -> None:
        """Do what is due at `time`; a trial that can't be read or written is said, and keeps nobody from the keeper's other work."""
        try:
            self._follow(time)
            self._said = ""
        except StoreError as error:
            if (reason := str(error)) != self._said:  # once, and not every few seconds for months
                log.warning("trial.failed", reason=reason)
            self._said = reason

    def _follow(self, time: datetime) -> None:
        asked = self._trials.running(time)
        if self._trial is not None and (asked is None or asked.id != self._trial.id):
            self._end(time)
        if asked is None:
            return
        if self._trial is None:
            self._trial, self._rota, self._again = asked, Rota(), None
            log.info("trial.begins", model=asked.model, cameras=len(asked.cameras), until=asked.until.isoformat())
        if self._feed is not None and self._feed.failed:
            self._fail(time, self._feed.failed)
        if self._feed is None and (self._again is None or time >= self._again):
            self._feed = _Feed(self._inbox, self._opener(asked.model), self._keep)
        if self._feed is not None and self._feed.ready:
            if self._again is not None:
                self._again = None
                self._trials.tell(asked, "")
            self._seat(time)

    def stop(self) -> None:
        """The city stops: keep what is settled; the trial goes on with the next start."""
        if self._feed is not None:
            self._leave()
            self._feed.stop()
            self._feed = None

    def _seat(self, time: datetime) -> None:
        """Give cameras their turns, and take them."""
        if self._trial is None or self._feed is None:
            return
        with self._lock:
            here = {name: one for name, one in self._witnesses.items() if name in self._trial.cameras}
            for given, seen in self._feed.seen():
                self._rota.saw(given, seen)
            sitting = self._rota.turn(time, sorted(here))
            for name, witness in here.items():
                if witness.seated and name not in sitting:
                    witness.rise()
                elif name in sitting and not witness.seated:
                    witness.seat()

    def _leave(self) -> None:
        with self._lock:
            for witness in self._witnesses.values():
                if witness.seated:
                    witness.rise()

    def _end(self, time: datetime) -> None:
        """The trial is over, or another one took its place."""
        if (trial := self._trial) is None:
            return
        self.stop()
        self._trial = None
        if not trial.runs(time):  # its time is over; one that was stopped says so itself
            kept = next((one for one in self._trials.all(trial.model) if one.id == trial.id), None)
            if kept is not None and kept.ended is None:
                self._trials.end(kept, min(time, trial.until))
        log.info("trial.ended", model=trial.model)

    def _fail(self, time: datetime, why: str) -> None:
        self.stop()
        self._again = time + timedelta(seconds=AGAIN_S)
        log.warning("trial.failed", reason=why, again_s=AGAIN_S)
        if self._trial is not None:
            self._trials.tell(self._trial, why)

    def _keep(self, stretches: Iterable[Stretch]) -> None:
        if self._trial is not None:
            self._trials.add(self._trial, [one.line() for one in stretches])


@dataclass
class _Feed:
    """The thread that takes what waits to the shadow's process, one message at a time."""

    inbox: Inbox
    opener: Opener
    keep: Callable[[Iterable[Stretch]], None]
    ready: bool = False
    failed: str = ""
    _seen: deque[tuple[int, int]] = field(default_factory=deque)
    _stop: threading.Event = field(default_factory=threading.Event)
    _kill: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.inbox.clear()
        self._thread = threading.Thread(target=self._run, name="shadow")
        self._thread.start()

    def seen(self) -> list[tuple[int, int]]:
        """(given, seen) samples of the stretches since it was asked last."""
        taken = []
        while self._seen:
            taken.append(self._seen.popleft())
        return taken

    def stop(self) -> None:
        """Take over what waits of turns that are over, then end."""
        self._stop.set()
        self._thread.join(JOIN_S)
        self._kill.set()
        self._thread.join(JOIN_S)

    def _given_up(self) -> bool:
        """Whether an answer is waited for no longer: what was counted is worth a wait, a model that loads is not."""
        return self._kill.is_set() or (self._stop.is_set() and not self.ready)

    def _run(self) -> None:
        process = None
        try:
            process = IdleProcess(self.opener, self._given_up)
            log.info("trial.ready", method=process.ready())
            self.ready = True
            while (message := self.inbox.take(TAKE_S)) is not None or not self._stop.is_set():
                if message is None or (self._stop.is_set() and not isinstance(message, Rise)):
                    continue  # a stop does not wait for pictures, but for what was counted
                if stretches := process.tell(message):
                    self._seen.extend((one.given, one.seen) for one in stretches)
                    self.keep(stretches)
        except (PantauError, OSError) as error:  # no memory or no process number for one more, too
            self.failed = str(error)
        finally:
            self.failed = self.failed or "its thread ended; the log says why"
            if process is not None:
                process.close()
