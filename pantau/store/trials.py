"""What new model is being tried beside the old ones, until when, and what both counted: files, apart from all that is stored.

    DATA/trials/20260131T070000Z-simpang/trial.json     the trial
    DATA/trials/20260131T070000Z-simpang/counts.jsonl   a line for each stretch of time (`pantau.evaluate.bridge.Stretch`)

A command writes the trial, the city that runs finds it there, and goes on with it after a restart. Several processes may
read and write: the trial is replaced whole, counts are only appended to. Rejected: tables of the store and the control
database (nothing of a trial may ever be taken for a measured number, and a folder is thrown away in one go).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from pantau.errors import ConfigError, StoreError
from pantau.types import require_utc

FOLDER: Final = "trials"
TRIAL: Final = "trial.json"
COUNTS: Final = "counts.jsonl"
_TIMES: Final = ("started", "until", "ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A model that is tried.

    Args:
        model: its name.
        cameras: their ids.
        started, until: UTC.
        ended: UTC when it was over, or was stopped; nothing while it runs.
        trouble: why nothing is compared at the moment; empty where all is well.
    """

    model: str
    cameras: tuple[str, ...]
    started: datetime
    until: datetime
    ended: datetime | None = None
    trouble: str = ""

    @property
    def id(self) -> str:
        """Names its folder."""
        return f"{self.started:%Y%m%dT%H%M%SZ}-{re.sub(r'[^a-zA-Z0-9._-]', '_', self.model)}"

    def runs(self, time: datetime) -> bool:
        """Whether it goes on at `time`."""
        return self.ended is None and time < self.until


class Trials:
    """The trials of a data folder. Safe from any process; one of them appends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def all(self, model: str = "") -> tuple[Trial, ...]:
        """Every trial, newest first; of one model or of all.

        Raises:
            StoreError: one can't be read.
        """
        found = [self._read(path) for path in sorted(self._folder.glob(f"*/{TRIAL}"), reverse=True)]
        return tuple(one for one in found if model in {"", one.model})

    def running(self, time: datetime) -> Trial | None:
        """The one that goes on at `time`."""
        return next((one for one in self.all() if one.runs(time)), None)

    def begin(self, trial: Trial) -> None:
        """Ask for a trial.

        Raises:
            ConfigError: another one runs.
            StoreError: it can't be written.
        """
        if other := self.running(trial.started):
            raise ConfigError(
                f"{other.model} is being tried until {other.until:%Y-%m-%d %H:%M} UTC, and one is tried at a time; end it with "
                f"`pantau models try {other.model} --stop`"
            )
        self._write(trial)

    def end(self, trial: Trial, time: datetime) -> None:
        """It is over."""
        self._write(replace(trial, ended=require_utc(time), trouble=""))

    def tell(self, trial: Trial, trouble: str) -> None:
        """Say why nothing is compared, or (empty) that all is well; one that was stopped meanwhile stays so."""
        kept = next((one for one in self.all(trial.model) if one.id == trial.id), trial)
        if kept.trouble != trouble:
            self._write(replace(kept, trouble=trouble))

    def add(self, trial: Trial, lines: Iterable[str]) -> None:
        """Keep what both counted.

        Raises:
            StoreError: it can't be written.
        """
        try:
            with (self._folder / trial.id / COUNTS).open("ab+") as file:
                if file.tell():  # where a power cut left half a line, the next one begins anew
                    file.seek(-1, os.SEEK_END)
                    file.write(b"" if file.read(1) == b"\n" else b"\n")
                file.writelines(f"{line}\n".encode() for line in lines)
        except OSError as error:
            raise StoreError(f"trial {trial.id}: its counts can't be written: {error.strerror}") from error

    def counts(self, trial: Trial) -> tuple[str, ...]:
        """What was kept, a line each; one that a power cut left half is not among them."""
        path = self._folder / trial.id / COUNTS
        if not path.is_file():
            return ()
        return tuple(line for line in path.read_text("utf-8").split("\n")[:-1] if line.endswith("}"))

    def _read(self, path: Path) -> Trial:
        try:
            told = json.loads(path.read_text("utf-8"))
            times = {name: datetime.fromisoformat(told[name]) if told[name] else None for name in _TIMES}
            return Trial(**told | times | {"cameras": tuple(told["cameras"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError(f"{path}: is no trial: {type(error).__name__} {error}; delete its folder") from error

    def _write(self, trial: Trial) -> None:
        told = asdict(trial) | {name: t.isoformat() if (t := getattr(trial, name)) else None for name in _TIMES}
        path = self._folder / trial.id / TRIAL
        partial = path.with_name(f".{TRIAL}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
            partial.replace(path)
        except OSError as error:
            raise StoreError(f"trial {trial.id}: {path} can't be written: {error.strerror}") from error
