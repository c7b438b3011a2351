"""A ``pantau`` process that tests start, ask, kill and stop: the real command, spoken to over its own API."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
START_S = 300.0
"""The first start fetches footage and models and imports seven years; later ones take seconds."""


def until(what: str, ask: Callable[[], object], limit_s: float = 30.0) -> float:
    """Seconds until `ask` answers yes; fails the test after `limit_s`."""
    begin = time.monotonic()
    while not ask():
        if time.monotonic() - begin > limit_s:
            pytest.fail(f"{what}: not within {limit_s:.0f} s")
        time.sleep(0.2)
    return time.monotonic() - begin


@dataclass
class RunningCity:
    """A ``pantau`` process that serves, and what its terminal says."""

    command: list[str]
    port: int
    log: Path
    cookie: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and sign in with the code that it prints, unless a cookie from before still holds."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "pantau.cli", *self.command], stderr=log, cwd=ROOT)
        until(f"{self.command[0]} serves", self._greeted, START_S)
        if not self.cookie:
            code = re.search(r"code: +(\S+)", self.log.read_text("utf-8"))
            assert code, self.log.read_text("utf-8")
            self.sign_in(code.group(1))

    def sign_in(self, code: str) -> None:
        request = urllib.request.Request(
            f"{self.address}/api/v1/session",
            json.dumps({"code": code}).encode(),
            {"content-type": "application/json", "origin": self.address},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.cookie = answer.headers["set-cookie"].split(";")[0]

    def get(self, path: str, **asked: str) -> Any:  # noqa: ANN401  # JSON
        """The JSON answer of the API."""
        url = f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(asked)}"
        request = urllib.request.Request(url, headers={"cookie": self.cookie})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def camera(self, camera: str) -> Any:  # noqa: ANN401  # JSON
        return self.get(f"cameras/{camera}")

    def kill(self) -> None:
        """As in a power cut."""
        assert self.process
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """As Ctrl-C; the exit status."""
        assert self.process
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def _greeted(self) -> bool:
        assert self.process
        if self.process.poll() is not None:
            pytest.fail(f"it ended with status {self.process.returncode}:\n{self.log.read_text('utf-8')}")
        return "Ctrl-C" in self.log.read_text("utf-8")
