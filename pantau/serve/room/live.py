"""Live values as server-sent events: one event per camera whose board entry has changed, at most five a second each.

The stream asks the board what has changed since it last looked, sends the newest, rests 0.2 s and sleeps until the next
post. So a browser that reads slowly, or a camera that posts often, makes neither a queue nor a copy: what was overtaken is
never sent. Every five seconds a ``beat`` says that the stream is alive, and whether the session still holds is asked
again. A reader who takes nothing for `STALL_S` is let go; the browser comes back by itself (``retry``).

Source: WHATWG HTML, server-sent events. Rejected: WebSockets (nothing is sent upwards, and proxies like them less).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from pantau.findings import Live, decoded_share, recall, rested_share
from pantau.serve.http.audience import ROOM, ServicesOf, token_of
from pantau.serve.http.problems import ProblemError
from pantau.serve.kept.board import FullError, tag_of
from pantau.serve.room.alarms import event_of_alarm, names_of
from pantau.serve.room.faults import faults_of
from pantau.serve.room.unguarded import unguarded
from pantau.serve.schema.alarms import AlarmEvent
from pantau.serve.schema.live import (
    Beat,
    LiveCount,
    LiveCrossing,
    LiveEvent,
    LiveInside,
    LiveLitter,
    LiveSlot,
    LiveWater,
)
from pantau.serve.services import Services

REST_S = 0.2
BEAT_S = 5.0
STALL_S = 20.0
RETRY_MS = 2000

router = APIRouter(prefix="/api/v1", tags=["room"])


class EventStream(Response):
    """Sends what `events` yields until it ends, the reader goes away, or takes nothing for `STALL_S` seconds."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[str, None]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.create_task(self._send(send))
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, gone):
                task.cancel()
            results = await asyncio.gather(sending, gone, return_exceptions=True)
            await self._events.aclose()  # a reader that stalled leaves it between two events, still on the waiting list
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, TimeoutError | OSError):
                raise result

    async def _send(self, send: Send) -> None:
        async for text in self._events:
            async with asyncio.timeout(STALL_S):
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@router.get(
    "/live",
    dependencies=[ROOM],
    status_code=200,
    response_class=EventStream,
    responses={
        200: {
            "model": LiveEvent | AlarmEvent | Beat,
            "description": "`event: live` with this data, `event: alarm` (AlarmEvent), `event: beat` every 5 s.",
        }
    },
    summary="Live values of every camera, and alarms, as server-sent events",
)
async def live(
    request: Request,
    services: ServicesOf,
    camera: Annotated[list[str] | None, Query(max_length=64, description="Only these cameras; repeat it.")] = None,
) -> Response:
    """The newest state of each camera when it changes, provisional; alarms of all places, whatever cameras are asked for."""
    if services.board.watching >= services.board.watchers:
        raise ProblemError(503, "Too many live pages", "close one of the open live pages and try again")
    return EventStream(stream(services, token_of(request), frozenset(camera or ())))


async def stream(services: Services, token: str, cameras: frozenset[str]) -> AsyncGenerator[str, None]:
    """The text of the stream; ends when the session does or the board closes."""
    board, loop = services.board, asyncio.get_running_loop()
    yield f"retry: {RETRY_MS}\n\n"
    try:
        with board.watch() as watcher:
            version, alarms, beat_at = 0, 0, loop.time()
            while not board.closed:
                version, changed = board.changed_since(version)
                news = [shown for shown in changed if not cameras or shown.camera in cameras]
                for shown in news:
                    yield sse("live", event_of(shown).model_dump_json())
                alarms, warned = await run_in_threadpool(_alarms, services, alarms)
                for text in warned:
                    yield sse("alarm", text)
                if loop.time() >= beat_at:
                    if await run_in_threadpool(services.sessions.session, token) is None:
                        return
                    yield sse("beat", await run_in_threadpool(_beat, services))
                    beat_at = loop.time() + BEAT_S
                if changed:
                    await asyncio.sleep(REST_S)
                await watcher.wait(max(beat_at - loop.time(), 0.0))
    except FullError:  # as many others came between the question and the watch
        return


def _beat(services: Services) -> str:
    """That the stream is alive, when the rules were last looked at, and which of them guard nothing."""
    checked = services.alarms.pulse().checked
    return Beat(now=services.clock(), checked=checked, unguarded=unguarded(services)).model_dump_json()


def _alarms(services: Services, version: int) -> tuple[int, list[str]]:
    """The version of the alarms now, and what to say of those that have changed after `version`."""
    version, changed = services.alarms.changed_since(version)
    names = names_of(services) if changed else {}
    return version, [event_of_alarm(services, c.alarm, names, gone=c.gone).model_dump_json() for c in changed]


def sse(event: str, data: str) -> str:
    """One event; `data` has no line breaks."""
    return f"event: {event}\ndata: {data}\n\n"


def event_of(live: Live) -> LiveEvent:
    """What the browser is told of a camera's newest state."""
    return LiveEvent(
        camera=live.camera,
        time=live.time,
        status=live.status,
        reason=live.reason,
        size=live.size,
        boxes=live.boxes,
        counts=tuple(LiveCount(line=k[0], direction=k[1], road_user=k[2], n=n) for k, n in live.counts.items()),
        inside=tuple(LiveInside(zone=k[0], road_user=k[1], n=n) for k, n in live.inside.items()),
        slots=tuple(LiveSlot(slot=s.slot, state=s.state, confidence=s.confidence) for s in live.slots),
        litter=tuple(
            LiveLitter(
                zone=one.zone,
                box=one.box,
                since=one.since,
                stage=one.stage,
                lain_s=one.lain_s,
                m2=one.m2,
                share=one.share,
            )
            for one in live.litter
        ),
        faults=faults_of(live),
        water=tuple(LiveWater(**asdict(one), refused=one.refused) for one in live.water),
        crossings=tuple(
            LiveCrossing(line=c.line, direction=c.direction, road_user=c.road_user, time=c.time) for c in live.crossings
        ),
        fps_asked=live.fps_asked,
        fps_got=live.fps_got,
        step_ms=live.step_ms,
        stages_ms=dict(live.stages_ms),
        dropped=dict(live.dropped),
        decoded_share=decoded_share(live.gated),
        gate_recall=recall(live.gated),
        rested_share=rested_share(live.gated),
        picture=picture_address(live),
    )


def picture_address(live: Live) -> str | None:
    """Where the picture that these boxes belong to is, or None; another picture has another address."""
    return f"/api/v1/cameras/{live.camera}/picture?t={tag_of(live.picture)}" if live.picture else None
