"""The new detector's process: it gets the computer's idle time, and nothing that the cameras could want.

    city ── Sit, Look, Pause, Rise ──► process at SCHED_IDLE     one message, one answer
         ◄──────── stretches ────────

The pictures go through a pipe: what is on a camera is on no disk. A message waits for the answer to the one before it, so the
pipe never holds more than one picture. The process lowers itself before it loads anything (`SCHED_IDLE`, nice 19, first to be
ended where memory is short), so that every thread of the inference is as low; it ends with the pipe, so that none is left
behind by a city that was killed.

Rejected: a thread at low priority (it would hold the interpreter's lock while others wait), and shared memory (faster by a
copy of a picture, and somebody must clear it away).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import numpy as np

from pantau.errors import ModelError, PantauError
from pantau.evaluate.bridge import Stretch
from pantau.ports import Detector
from pantau.see.detectors import load_detector
from pantau.shadow.witness import Look, Message, Rise, Sit
from pantau.types import Image

NICEST: Final = 19
POLL_S: Final = 0.5
END_S: Final = 5.0

Opener = Callable[[], Detector]


def detector_of(name: str, folder: Path, precision: str) -> Detector:
    """The detector of this name in the models folder `folder`.

    Raises:
        ModelError: it can't be had, or does not run here.
    """
    return load_detector(name, folder, precision=precision).open()


class IdleProcess:
    """The process, seen from the city. Belongs to one thread.

    Args:
        opener: makes the detector, over there; it must be picklable.
        stopping: asked while an answer is waited for.
    """

    def __init__(self, opener: Opener, stopping: Callable[[], bool]) -> None:
        context = get_context("spawn")  # a fork would take the locks of the cameras' threads with it
        self._here, there = context.Pipe()
        self._stopping = stopping
        self._sent: dict[str, Image] = {}
        self._process = context.Process(target=work, args=(there, opener), name="shadow", daemon=True)
        self._process.start()
        there.close()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid or 0

    def ready(self) -> str:
        """Wait until it has loaded the detector; its method.

        Raises:
            ModelError: it can't, or ended.
        """
        return str(self._answer())

    def tell(self, message: Message) -> tuple[Stretch, ...]:
        """Give it a message; the stretches that this closed.

        Raises:
            ModelError: it can't go on, or ended.
        """
        image = None
        try:
            if isinstance(message, Look):
                image, frame = message.frame.image, message.frame
                again = self._sent.get(frame.camera) is image  # a quiet camera's picture is there already
                self._sent[frame.camera] = image
                self._here.send((replace(message, frame=replace(frame, image=_EMPTY)), image.shape, again))
                if not again:
                    self._here.send_bytes(np.ascontiguousarray(image).data.cast("B"))
            else:
                if isinstance(message, Sit | Rise):
                    self._sent.pop(message.camera.id if isinstance(message, Sit) else message.camera, None)
                self._here.send((message, None, False))
        except OSError as error:
            raise ModelError(f"the shadow's process ended: {error}") from error
        return tuple(self._answer())

    def close(self) -> None:
        """End it."""
        self._here.close()
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(END_S)

    def _answer(self) -> Any:  # noqa: ANN401  # what the other side says
        try:
            while not self._here.poll(POLL_S):
                if self._stopping():
                    raise ModelError("the shadow was stopped before it answered")
            answer = self._here.recv()
        except (EOFError, OSError) as error:
            self._process.join(END_S)
            code = self._process.exitcode
            raise ModelError(f"the shadow's process ended with status {code}; its log says why") from error
        if isinstance(answer, PantauError):
            raise ModelError(str(answer))
        return answer


def work(there: Connection, opener: Opener) -> None:
    """What the process does until its pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the city's: it closes the pipe
    lower()
    from pantau.shadow.table import Table  # noqa: PLC0415  # with it comes the solver, which the city does without

    try:
        detector = opener()
    except PantauError as error:
        there.send(error)
        return
    there.send(detector.method)
    table = Table(detector)
    with suppress(EOFError, OSError):
        while True:
            message, shape, again = there.recv()
            if shape is not None:
                image = table.picture(message.frame.camera) if again else np.frombuffer(there.recv_bytes(), np.uint8)
                message = replace(message, frame=replace(message.frame, image=image.reshape(shape)))
            try:
                there.send(table.hear(message))
            except PantauError as error:
                there.send(error)
                return


def lower() -> None:
    """Take only what nobody else wants: processor time, and memory."""
    os.nice(NICEST)
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


_EMPTY: Final = np.empty((0, 0, 3), np.uint8)
