"""Runs the app on a socket of its own, in a thread, and stops it without waiting for browsers that hold a live page open.

The socket is bound here, so that a busy port is a sentence and not a traceback, and port 0 (tests) gives a real address.
There is no access log: addresses carry queries, and who looks at what is nobody's business.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Callable

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from pantau.errors import ConfigError, PantauError
from pantau.serve.http.gate import check_address
from pantau.serve.kept.board import LiveBoard
from pantau.serve.services import Services

BACKLOG = 128
START_S = 10.0
GRACE_S = 3
WORKERS = 3
"""Answers that are worked out at the same time. More threads only take the interpreter from one another: at 100 questions a second (`bench.api`)
eight cost half as much again as three, and fell behind. One more than two, so that somebody's whole decade does not hold up the page of another."""


class Server:
    """Serves one app; `start` and `stop` may each be called once.

    Args:
        app: made by `create_app`.
        host: address to listen on.
        port: TCP port; 0 takes any free one.
        has_account: whether signing in takes more than loopback; until then only loopback is listened on.
        on_stop: ends what would hold answers open; the live board of the app's services unless given.

    Raises:
        ConfigError: other computers could reach `host`, and there is no account.
    """

    def __init__(
        self,
        app: FastAPI,
        host: str,
        port: int,
        *,
        has_account: bool = False,
        on_stop: Callable[[], None] | None = None,
    ) -> None:
        check_address(host, has_account=has_account)
        self._on_stop = on_stop or _board_of(app).close
        self._host, self._port = host, port
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=15,
        )
        self._uvicorn = uvicorn.Server(config)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where browsers find it, such as ``http://127.0.0.1:8600``; the real port once started."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def start(self) -> None:
        """Listen; returns when browsers are answered.

        Raises:
            ConfigError: the port is taken, or the address is not this computer's.
            PantauError: the server did not come up.
        """
        self._socket = _bound(self._host, self._port)
        self._port = self._socket.getsockname()[1]
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(self._socket),), name="server", daemon=True
        )
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(START_S / 0.02)):
            if self._uvicorn.started or not self._thread.is_alive():
                break
            waited.wait(0.02)
        if not self._uvicorn.started:
            self.stop()
            raise PantauError(f"the web server at {self.address} did not come up within {START_S:.0f} s; see the log")

    async def _serve(self, listening: socket.socket) -> None:
        to_thread.current_default_thread_limiter().total_tokens = WORKERS
        await self._uvicorn.serve(sockets=[listening])

    def stop(self) -> None:
        """End live pages, finish what is being answered (for at most `GRACE_S` seconds), let the port go."""
        self._on_stop()
        self._uvicorn.should_exit = True
        if self._thread is not None:
            self._thread.join(GRACE_S + 5.0)
        if self._socket is not None:
            self._socket.close()


def _board_of(app: FastAPI) -> LiveBoard:
    services: Services = app.state.services
    return services.board


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, because asyncio sends at once (TCP_NODELAY) only on what says that it is TCP; else each answer waits 40 ms for an ACK.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"port {port} on {host} is in use by another program; stop it, or set server.port in pantau.toml "
                "to a free one"
            ) from error
        raise ConfigError(f"server.host {host!r}, port {port}: can't be listened on: {error.strerror}") from error
    return listening
