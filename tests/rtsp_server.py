"""A pytest plugin: real RTSP servers (GStreamer's, run by the system's Python) that tests may kill and freeze."""

from __future__ import annotations

import select
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import pantau

SCRIPT = Path(pantau.__file__).parent / "demo" / "rtsp_server.py"
SYSTEM_PYTHON = "/usr/bin/python3"  # gi is never in a venv
START_S = 15.0


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class RtspServer:
    """One server on a port of its own, which it keeps through restarts.

    Args:
        mounts: path → H.264 clip, or ``tone:`` for sound only.
        user: ``user:password`` that viewers must know.
        digest: ask by digest authentication.
    """

    mounts: Mapping[str, Path | str]
    user: str = ""
    digest: bool = False
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def url(self, mount: str) -> str:
        """Address of a mount."""
        return f"rtsp://127.0.0.1:{self.port}/{mount}"

    def start(self) -> None:
        """Start and wait until it listens; fails the test, never skips it, when it does not."""
        command = [SYSTEM_PYTHON, str(SCRIPT), "--port", str(self.port), "--with-parent"]
        command += ["--user", self.user] if self.user else []
        command += ["--digest"] if self.digest else []
        command += [f"{name}={path}" for name, path in self.mounts.items()]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        heard, _, _ = select.select([self.process.stdout], [], [], START_S)
        if not heard or self.process.stdout.readline().strip() != "ready":
            self.process.kill()
            said = self.process.communicate()[1]
            pytest.fail(
                f"the RTSP server did not start within {START_S:.0f} s; run scripts/system-packages.sh test.\n{said}"
            )

    def freeze(self) -> None:
        """Keep the connections open and say nothing more."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End without a word, as in a power cut."""
        if self.process:
            self.process.kill()
            self.process.communicate()


@pytest.fixture
def rtsp_server() -> Iterator[Callable[..., RtspServer]]:
    """A function that starts a server: ``rtsp_server({"plaza": clip}, user="", digest=False)``."""
    servers: list[RtspServer] = []

    def start(mounts: Mapping[str, Path | str], user: str = "", *, digest: bool = False) -> RtspServer:
        server = RtspServer(mounts, user, digest)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.kill()
