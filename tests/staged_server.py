"""HTTP for a city that is staged: the built pages, its answers, and streams that break when a test says so."""

from __future__ import annotations

import json
import mimetypes
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

from pantau.serve.schema import live as live_schema
from tests.staged_alarms import sent
from tests.staged_city import CODE, StagedCity, jpeg
from tests.staged_complaints import DESK
from tests.staged_complaints import ROOT as COMPLAINTS
from tests.staged_lessons import ROOT as FUNCTIONS
from tests.staged_rhythm import open_sheet

DIST: Final = Path(__file__).parents[1] / "web" / "dist"
OPEN: Final = ("/api/v1/open/", "/api/v1/places/", "/embed/")
"""What pages of other sites may read, as `pantau.serve.http.gate` lets them."""
QUIET_S: Final = 2.0
"""Seconds between the beats of a stream that has nothing to say."""


class Handler(BaseHTTPRequestHandler):
    """HTTP for a `StagedCity`."""

    city: StagedCity

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def reply(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.path.startswith(OPEN):
            self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status: int) -> None:
        body = json.dumps({"type": "about:blank", "title": "No", "status": status, "detail": "as the test says"})
        self.reply(status, "application/problem+json", body.encode())

    def do_GET(self) -> None:
        """Answer a page, a file, a question or a stream."""
        url = urlsplit(self.path)
        if not url.path.startswith("/api/"):
            self.give_file(url.path)
            return
        path = url.path.removeprefix("/api/v1")
        self.city.asked.append(path)
        if self.city.away:
            self.refuse(503)
        elif self.city.role == "public" and path.startswith(
            ("/cameras", "/live", "/alarms", "/rules", "/levels", "/steward")
        ):
            self.refuse(401)
        elif path == "/live":
            self.give_stream()
        elif path == "/open/series.json":
            sheet = open_sheet(self.city.series(parse_qs(url.query)))
            self.reply(200, "application/json", json.dumps(sheet).encode())
        elif path.endswith(("/picture", "/still")) or "/examples/" in path:
            self.reply(200, "image/jpeg", jpeg())
        elif (answer := self.city.answer(path, parse_qs(url.query))) is not None:
            self.reply(200, "application/json", answer.model_dump_json(by_alias=True).encode())
        else:
            self.refuse(404)

    def do_POST(self) -> None:
        """Sign in, or say something of an alarm."""
        claim = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.removeprefix("/api/v1")
        if path.startswith("/alarms/"):
            if (said := self.city.judge(path, claim)) is None:
                self.refuse(404)
            else:
                self.reply(200, "application/json", said.model_dump_json(by_alias=True).encode())
            return
        if path == "/steward/decisions":
            self.reply(201, "application/json", self.city.decide(claim).model_dump_json().encode())
            return
        if path.startswith((COMPLAINTS, DESK)):
            status, answer = self.city.complaint_post(path, claim)
            self.reply(status, "application/json", answer.model_dump_json(by_alias=True).encode())
            return
        if path.startswith(FUNCTIONS):
            status, told = self.city.lesson_post(path, claim)
            kind = "application/json" if status < 400 else "application/problem+json"
            self.reply(status, kind, told.model_dump_json(by_alias=True).encode())
            return
        if claim["code"] != CODE:
            self.refuse(401)
            return
        self.city.role = "admin"
        self.reply(204, "text/plain", b"")

    def do_DELETE(self) -> None:
        """Forget an example."""
        self.city.lesson_delete(self.path.removeprefix("/api/v1"))
        self.reply(204, "text/plain", b"")

    def give_file(self, path: str) -> None:
        file = DIST / path.lstrip("/")
        if not file.is_file():
            file = DIST / "index.html"
        self.reply(200, mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes())

    def give_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        mine: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with self.city.lock:
            self.city.streams.add(mine)
        text: str | None = sent("live", self.city.live())
        try:
            while text is not None:
                self.wfile.write(text.encode())
                self.wfile.flush()
                try:
                    text = mine.get(timeout=QUIET_S)
                except queue.Empty:
                    now = datetime.now(UTC)
                    checked = now if self.city.checked else None
                    text = sent("beat", live_schema.Beat(now=now, checked=checked, unguarded=self.city.unguarded))
        except OSError:
            return  # the page has gone
        finally:
            with self.city.lock:
                self.city.streams.discard(mine)


@contextmanager
def staged() -> Iterator[tuple[StagedCity, str]]:
    """A city and its address, for as long as the block lasts."""
    city = StagedCity(datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"city": city}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield city, f"http://127.0.0.1:{server.server_port}"
    finally:
        city.cut()
        server.shutdown()
        server.server_close()
        thread.join(5)
