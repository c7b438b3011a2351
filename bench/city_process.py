"""A ``pantau run`` of its own, watched from outside: its metrics, its memory and its processor time, as Linux tells them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pantau.config import load_settings

START_S: Final = 120.0
STOP_S: Final = 120.0
SAMPLE: Final = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL: Final = re.compile(r'(\w+)="([^"]*)"')
TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
PAGE_MB: Final = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a running city.

    Args:
        at: seconds of a clock that only goes on.
        rss_mb: resident memory of its process.
        cpu_s: user and system seconds so far, of the ``city`` and of the ``server`` beside it.
        shares: samples got ÷ asked of each camera, in the last minute.
        kept: the cumulated bins of ``pantau_kept_delay_seconds``.
        dropped: frames not analysed, by cause, over all cameras.
        groups: groups of pictures by what the gate made of them, over all cameras.
        outages: cameras that are not live.
    """

    at: float
    rss_mb: float
    cpu_s: Mapping[str, float]
    shares: tuple[float, ...]
    kept: tuple[float, ...]
    dropped: Mapping[str, int]
    groups: Mapping[str, int]
    outages: int


class CityProcess:
    """Started, looked at and stopped.

    Args:
        config: its ``pantau.toml``, with a ``server.metrics_token``.
        server: the process id of what sends the pictures.
    """

    def __init__(self, config: Path, server: int) -> None:
        self._config, self._server = config, server
        told = load_settings(config).server
        self._asked = urllib.request.Request(
            f"http://127.0.0.1:{told.port}/metrics", headers={"Authorization": f"Bearer {told.metrics_token}"}
        )
        self._process: subprocess.Popen[bytes] | None = None

    def apply(self, cameras: Path) -> None:
        """Put cameras into its register."""
        subprocess.run(self._command("apply", str(cameras)), check=True, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        """Start it; ends the program when it does not serve in time."""
        log = self._config.with_name("run.log")
        with log.open("wb") as said:
            self._process = subprocess.Popen(self._command("run"), stdout=said, stderr=said)
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self._metrics()
            except OSError:
                time.sleep(0.5)
            else:
                return
        self.stop()
        sys.exit(f"the city did not start in {START_S:.0f} s:\n{log.read_text('utf-8')[-2000:]}")

    def stop(self) -> None:
        """As Ctrl-C; what was settled is kept."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def look(self) -> Look:
        """How it is now."""
        if self._process is None or self._process.poll() is not None:
            sys.exit("the city ended by itself; see what it said in run.log")
        pid = self._process.pid
        samples = self._metrics()
        asked = {labels["camera"]: value for labels, value in samples.get("pantau_camera_fps_asked", [])}
        got = {labels["camera"]: value for labels, value in samples.get("pantau_camera_fps_got", [])}
        dropped: Counter[str] = Counter()
        for labels, value in samples.get("pantau_camera_dropped_total", []):
            dropped[labels["cause"]] += int(value)
        groups: Counter[str] = Counter()
        for labels, value in samples.get("pantau_camera_groups_total", []):
            groups[labels["fate"]] += int(value)
        live = sum(labels["status"] == "live" and value == 1 for labels, value in samples["pantau_camera_status"])
        return Look(
            at=time.monotonic(),
            rss_mb=int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1]) * PAGE_MB,
            cpu_s={"city": cpu_s(pid), "server": cpu_s(self._server)},
            shares=tuple(min(got.get(name, 0.0) / asked[name], 1.0) for name in sorted(asked)),
            kept=tuple(value for _, value in samples["pantau_kept_delay_seconds_bucket"]),
            dropped=dropped,
            groups=groups,
            outages=len(asked) - live,
        )

    def _metrics(self) -> dict[str, list[tuple[dict[str, str], float]]]:
        with urllib.request.urlopen(self._asked, timeout=30) as answer:
            text = answer.read().decode()
        samples: dict[str, list[tuple[dict[str, str], float]]] = {}
        for line in text.splitlines():
            if match := SAMPLE.match(line):
                name, labels, value = match.groups()
                samples.setdefault(name, []).append((dict(LABEL.findall(labels or "")), float(value)))
        return samples

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "pantau.cli", *words, "--config", str(self._config)]


def cpu_s(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
