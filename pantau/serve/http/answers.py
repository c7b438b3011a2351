"""Public answers that were worked out a moment ago, given again to whoever asks the same: a small cache in front of the app.

    asked ─► kept, not old, nothing decided since ──► given (304 for who has it)
                └─ else ─► is somebody just being answered? wait for that ─► else the app, whose answer is kept if it lets anybody keep it

A front page in the news is the same dozen questions over and over; asked by many at once, each is worked out once. What is kept is what an
answer allows everybody to keep (``Cache-Control: public``, RFC 9111), asked by somebody who shows neither cookie nor token, for `seconds`, and only
until the steward decides or a place changes: closing a place waits for nobody. So nothing of the room ever comes here. What is given
again costs the asker no tokens (`pantau.serve.http.fair`).

Limits: in memory, of this process; an answer that is streamed, a whole dataset, is not kept. Rejected: keeping answers for the five minutes that they
allow (corrected figures would come late to everybody, not only to who kept them), and a memory in every route with a rule of its own.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pantau.errors import StoreError
from pantau.serve.http.caching import matches, takes_gzip

MOST: Final = 512
LARGEST: Final = 64_000
"""Bytes of an answer that is kept: `MOST` of them are 32 MB."""
Key = tuple[str, str, bytes, bool]


@dataclass(frozen=True, slots=True)
class _Kept:
    headers: Headers
    body: bytes
    at: datetime
    stamp: Sequence[object]


class Answers:
    """ASGI middleware around everything else.

    Args:
        app: what answers.
        seconds: how long an answer is given again.
        stamp: objects that are others once anything was decided that an answer may depend on.
        clock: UTC.
    """

    def __init__(
        self, app: ASGIApp, seconds: float, stamp: Callable[[], Sequence[object]], clock: Callable[[], datetime]
    ) -> None:
        self._app, self._seconds, self._stamp, self._clock = app, seconds, stamp, clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._asking: dict[Key, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = _key(scope)
        if key is None or (stamp := self._now()) is None:
            await self._app(scope, receive, send)
            return
        if (kept := self._fresh(key, stamp)) is None and key in self._asking:
            await self._asking[key].wait()
            kept = self._fresh(key, stamp)
        if kept is None and key not in self._asking:
            done = self._asking[key] = asyncio.Event()
            try:
                kept = await self._worked_out(key, done, stamp, scope, receive, send)
            finally:
                self._answered(key, done)
            if kept is None:
                return  # it was given as it came
        if kept is None:
            await self._app(scope, receive, send)
            return
        await _response(kept, Request(scope))(scope, receive, send)

    def _answered(self, key: Key, done: asyncio.Event) -> None:
        """Let those go on who wait for this answer; by now another may be waited for."""
        done.set()
        if self._asking.get(key) is done:
            del self._asking[key]

    def _now(self) -> Sequence[object] | None:
        try:
            return self._stamp()
        except StoreError:
            return None  # the app says what is wrong

    def _fresh(self, key: Key, stamp: Sequence[object]) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        same = all(one is other for one, other in zip(kept.stamp, stamp, strict=True))
        return kept if same and 0 <= (self._clock() - kept.at).total_seconds() < self._seconds else None

    async def _worked_out(  # ASGI's three, and what they are about
        self, key: Key, done: asyncio.Event, stamp: Sequence[object], scope: Scope, receive: Receive, send: Send
    ) -> _Kept | None:
        """The app's answer, kept; None where it may not be, and has been given."""
        begin, start, held = self._clock(), list[Message](), list[_Kept]()

        async def taken(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
                return
            if start:
                first, body = start.pop(), bytes(message.get("body", b""))
                if _may_be_kept(first, body) and not message.get("more_body", False):
                    held.append(_Kept(Headers(raw=list(first["headers"])), body, begin, stamp))
                    return
                self._answered(key, done)  # a live page may go on for hours: nobody waits for it
                await send(first)
            await send(message)

        # Without the asker's tag: the answer is for others, too, and the tag is compared afterwards.
        headers = [(name, value) for name, value in scope["headers"] if name != b"if-none-match"]
        await self._app({**scope, "headers": headers}, receive, taken)
        for kept in held:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
            return kept
        return None


def _key(scope: Scope) -> Key | None:
    """What answers are the same by; None for what is none of everybody's."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    headers = Headers(scope=scope)
    if "cookie" in headers or "authorization" in headers:
        return None
    return headers.get("host", ""), str(scope["path"]), bytes(scope["query_string"]), takes_gzip(Request(scope))


def _may_be_kept(start: Message, body: bytes) -> bool:
    headers = Headers(raw=list(start["headers"]))
    public = headers.get("cache-control", "").startswith("public") and "etag" in headers
    return bool(start["status"] == 200 and public and len(body) <= LARGEST)


def _response(kept: _Kept, request: Request) -> Response:
    """The kept answer, or 304 for who has it already."""
    if not matches(request, kept.headers["etag"]):
        response = Response(kept.body)
        response.raw_headers = kept.headers.mutablecopy().raw
        return response
    response = Response(status_code=304)
    headers = MutableHeaders(raw=kept.headers.mutablecopy().raw)
    for name in ("content-length", "content-type", "content-encoding"):
        del headers[name]
    response.raw_headers = headers.raw
    return response
