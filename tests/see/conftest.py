"""What several tests of seeing share: a server of one file, and a network whose answer is known."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from pantau.see.fake import fake_network
from pantau.see.registry import ModelEntry

WEIGHTS = b"weights " * 1000


class _Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if not self.path.endswith("/net.bin"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(WEIGHTS)))
        self.end_headers()
        self.wfile.write(WEIGHTS)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def httpd() -> Iterator[str]:
    """Address of a server that has one file, /net.bin."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(5)


@pytest.fixture
def toy(tmp_path: Path) -> tuple[ModelEntry, Path]:
    """A network with CenterNet's inputs and outputs that sees red things as people and green ones as cars."""
    return fake_network(tmp_path)
