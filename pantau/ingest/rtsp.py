"""A camera on the network: RTSP over TCP (and MJPEG over HTTP), read for months without a person.

    reader thread:  connect ─► demux ─► decode ─► sample ─► slot          consumer: slot ─► frames and gaps
                       ▲          └── fault ──► gap ─► slot │
                       └──────── back-off ◄─────────────────┘

The reader does not wait for the consumer: it leaves its newest sample in a `Slot`, and what was not taken in time is
counted as ``late``; only a group that the gate held back (`pantau.ingest.lazy`) is handed over whole, with a short wait for room. Capture times come from `StreamClock`. What FFmpeg does when a camera fails was measured: a killed
server looks like a clean end, so any end is a fault; the option ``timeout`` acts after twice its value (6 s here), and
``stimeout`` not at all. A camera that is away gives a `Gap` of kind ``outage`` at once, and the same gap with the newest
reason every `REPEAT_S` while it stays away, so that the loop behind can breathe; frames after it are a new segment. A camera that
sends and shows nothing (no key frame, broken references, another codec than it said, stamps that stand still) is away as well, after `BLIND_S`, and
is asked anew: most begin with a key frame and say what they send. After stamps that stood still the next connection goes by arrival, all through, because they mostly
stand still for good; the one after it believes them again, because a stream without times is never slept through, and a loss hides what trying costs.

`close` returns at once and wakes the consumer; the reader, which can't be called out of FFmpeg, is joined before
`samples` returns, within two timeouts. It is never a daemon thread: one inside FFmpeg at exit crashes the interpreter.

Credentials are put into the address for FFmpeg only, and FFmpeg's messages, which repeat it, are never passed on.

Limits: HLS opens but comes in bursts of seconds, of which only the newest sample of each survives. Rejected: UDP (loses
packets, smears pictures, seldom passes a firewall); one thread for many cameras (FFmpeg's reads block).
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import av
import structlog
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from pantau.cadence import Cadence
from pantau.config import public_address
from pantau.errors import SourceError
from pantau.ingest.decode import (
    Clock,
    Decoded,
    Newest,
    Probe,
    Sleep,
    picture_stream,
    probe_container,
    seconds,
    told_time,
    wall_clock,
)
from pantau.ingest.fault import FAULTS, Backoff, Fault, FaultError, error_of, fault_of
from pantau.ingest.gate import Gate
from pantau.ingest.lazy import LONG_S, LazyDecoder, Watch
from pantau.ingest.slot import Slot
from pantau.ingest.stream_clock import StreamClock
from pantau.masks import Masks, Polygons
from pantau.types import Frame, Gap

SCHEMES: Final = frozenset({"rtsp", "rtsps", "http", "https"})
REPEAT_S: Final = 5.0
"""While a camera is away, its gap is given out again so often."""
STEADY_S: Final = 10.0
"""A stream that lasted so long was fine; after it, reconnecting begins with short waits again."""
BLIND_S: Final = 8.0
"""Packets that come for so long and make no picture are a fault; a sleeper's pictures come later by a group (`LONG_S`) and a moment."""
SET_BACK_S: Final = 5.0
"""Frames that seem this much older than the newest one: not the network, but this computer's clock."""

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class RtspSource:
    """A `Source` that reads a live stream and comes back when it was lost.

    Args:
        address: ``rtsp://host:port/path`` without credentials; rtsps, http and https too.
        camera: id of the camera.
        cadence_s: seconds between samples.
        credentials: (user, password).
        locate: where the stream is now, asked before each connection, for cameras that are found by another address; it
            may raise FaultError.
        lazy, hold_s: decode only what moves (`pantau.ingest.lazy`), holding groups up to so long; `watch` says how much that was.
        masks: polygons in fractions of the picture in which nothing is taken to move.
        timeout_s: the camera may be silent for twice as long before it counts as lost.
        clock: UTC now.
        sleep: waits some seconds between attempts; the default wakes at `close`.
        rng: jitter of the waits.

    Raises:
        SourceError: the address has another scheme, no host, or credentials in it.
    """

    address: str
    camera: str = field(kw_only=True)
    cadence_s: float = field(kw_only=True)
    credentials: tuple[str, str] | None = field(default=None, kw_only=True, repr=False)
    locate: Callable[[], str] | None = field(default=None, kw_only=True, repr=False)
    lazy: bool = field(default=False, kw_only=True)
    hold_s: float = field(default=LONG_S, kw_only=True)
    masks: Polygons = field(default=(), kw_only=True)
    timeout_s: float = field(default=3.0, kw_only=True)
    clock: Clock = field(default=wall_clock, kw_only=True)
    sleep: Sleep | None = field(default=None, kw_only=True)
    rng: random.Random = field(default_factory=random.Random, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.username is not None or parts.password is not None:
            raise SourceError(f"camera {self.camera}: the address holds a user or password; give them as credentials")
        if (self.locate is None and parts.scheme.lower() not in SCHEMES) or not parts.hostname:
            raise SourceError(f"camera {self.camera}: expected an address like rtsp://host/path, of {sorted(SCHEMES)}")
        self._stop = threading.Event()
        self._wait: Sleep = self.sleep or self._stop.wait
        self._slot = Slot()
        self._newest = Newest()
        self.watch = Watch()
        self._dropped: Counter[str] = Counter({"cadence": 0, "late": 0, "broken": 0, "disorder": 0, "unstamped": 0})
        self._cadence = Cadence(self.cadence_s)
        self._timed = True
        self._stood_still = False  # the stamps of the connection before
        self._clock = StreamClock()
        self._early: list[Packet[VideoStream]] = []  # of the first burst, until the clock is settled
        self._away: Gap | None = None
        self._segment = -1
        self._off: timedelta | None = None  # how far the camera's own clock is ahead of ours, where it tells
        self._last: datetime | None = None  # capture time of the newest frame that was decoded
        self._blind_s = 0.0  # in which packets came and no picture; a wait for a packet is a second at most
        self._undecoded = True
        self._index = 0
        self.connections = 0
        self.clock_steps = 0

    @property
    def dropped(self) -> Mapping[str, int]:
        """Frames that arrived and were not given out, by cause: cadence, late, broken, disorder, unstamped."""
        return dict(self._dropped)

    @property
    def gated(self) -> Mapping[str, int]:
        """Groups of pictures by what became of them, over all connections."""
        return self.watch.counts()

    def samples(self) -> Iterator[Frame | Gap]:
        """Frames at the cadence, and gaps, until closed. To be called once."""
        with ThreadPoolExecutor(1, thread_name_prefix=f"rtsp-{self.camera}") as pool:
            reader: Future[None] = pool.submit(self._read)
            reader.add_done_callback(lambda _: self._slot.close())
            try:
                while not self._slot.closed:
                    item = self._slot.take(REPEAT_S) or self._away
                    if item and not self._slot.closed:
                        yield item
                yield Gap(self.camera, self._last or self.clock(), "end", "closed: reading was stopped")
            finally:
                self.close()
            reader.result()  # an error in the reader is an error here

    def close(self) -> None:
        """Stop reading; `samples` ends at once, and returns when the reader has come out of FFmpeg."""
        self._stop.set()
        self._slot.close()

    # --- the reader's thread ------------------------------------------------------------------------------------------

    def _read(self) -> None:
        backoff = Backoff(self.rng)
        while not self._stop.is_set():
            began = self.clock()
            fault = self._connection(began)
            if self._stop.is_set():
                return
            if self._last and self._away is None and (self.clock() - began).total_seconds() > STEADY_S:
                backoff.reset()
            self._lost(fault, began)
            self._wait(backoff.next_s(patient=fault.patient))

    def _connection(self, began: datetime) -> Fault:
        """Connect and read until it ends; why it ended."""
        self._arrival, connected = began, False
        try:
            address = self.locate() if self.locate else self.address
            with _connect(address, self.credentials, self.timeout_s) as container:
                connected = True
                return self._stream(container)
        except FaultError as error:
            return error.fault
        except av.error.FFmpegError as error:
            waited_s = (self.clock() - self._arrival).total_seconds()
            return fault_of(error, waited_s, self.timeout_s, connected=connected)

    def _stream(self, container: InputContainer) -> Fault:
        try:
            stream = picture_stream(container, self.camera)
        except SourceError:
            return FAULTS["no-video"]
        self.connections += 1
        # MJPEG over HTTP: its PTS are made up from an assumed rate.
        self._timed, self._stood_still = container.format.name != "mpjpeg" and not self._stood_still, False
        log.info(
            "stream.connected",
            camera=self.camera,
            codec=stream.codec_context.name,
            clock="stamps" if self._timed else "arrival",
            times=self.connections,
        )
        self._new_segment()
        self._blind_s, self._undecoded = 0.0, True
        gate = Gate(Masks(self.masks)) if self.lazy and self._timed else None
        decoder = LazyDecoder(stream, self._dropped, gate, self.watch, hold_s=self.hold_s)
        try:
            for packet in container.demux(stream):
                if self._stop.is_set():
                    break
                waited_s, self._arrival = (self.clock() - self._arrival).total_seconds(), self.clock()
                self._blind_s += min(max(waited_s, 0.0), 1.0)
                self._packet(decoder, packet)
                if self._blind_s > BLIND_S:
                    self._stood_still = not self._undecoded
                    return FAULTS["stamps" if self._stood_still else "no-pictures"]
        finally:  # what was held when the stream was lost has been captured, and counts; nobody waits for it at a stop
            if not self._stop.is_set():
                self._feed(decoder)
                self._give(decoder.flush())
        return FAULTS["ended"]

    def _packet(self, decoder: LazyDecoder, packet: Packet[VideoStream]) -> None:
        if (told := told_time(packet)) is not None:
            self._off = told - self._arrival
        stamp = packet.dts if packet.dts is not None else packet.pts
        pts_s = None if stamp is None else seconds(stamp, packet.time_base)
        if self._clock.jumped_back(pts_s):
            self._feed(decoder)
            self._give(decoder.leap())
            self._publish(Gap(self.camera, self._last or self._arrival, "seam", "clock: the camera's PTS began anew"))
            self._new_segment()
        elif self._clock.jumps_ahead(self._arrival, pts_s):
            self._feed(decoder)
            self._give(decoder.leap())
        if step_s := self._clock.arrive(self._arrival, pts_s):
            self.clock_steps += 1
            log.warning("stream.clock_step", camera=self.camera, step_s=round(step_s, 3), times=self.clock_steps)
        self._early.append(packet)
        if self._clock.settled:
            self._feed(decoder)

    def _feed(self, decoder: LazyDecoder) -> None:
        packets, self._early = self._early, []
        for packet in packets:
            pictures = decoder.feed(packet)
            # Those of the first burst come at once because we waited, not because nobody took them in time.
            self._give(pictures if len(packets) == 1 else (replace(seen, held=True) for seen in pictures))

    def _give(self, pictures: Iterable[Decoded]) -> None:
        for seen in pictures:
            self._frame(seen)

    def _frame(self, seen: Decoded) -> None:
        self._index += 1
        self._undecoded = False
        placed = self._clock.place(seen.clock_s)
        if placed is None:
            self._dropped["unstamped"] += 1
            return
        time, media = placed
        if self._last is not None and time <= self._last:
            self._dropped["disorder"] += 1
            if (self._last - time).total_seconds() > SET_BACK_S and self._away is None:
                self._lost(FAULTS["clock"], self._last)
                self._new_segment()
            return
        self._last, self._blind_s, self._undecoded = time, 0.0, True
        if self._away is not None:
            log.info("stream.back", camera=self.camera, away_s=round((time - self._away.time).total_seconds(), 1))
            self._away = None
        if self._cadence.take(media, self._segment):
            told = time + self._off if self._off is not None else None
            image = self._newest.of(seen.frame)
            self._publish(
                Frame(self.camera, time, image, self._index, media, self._segment, told, seen.quiet), held=seen.held
            )
        else:
            self._dropped["cadence"] += 1

    def _new_segment(self) -> None:
        self._off = None
        self._clock = StreamClock(timed=self._timed)
        self._segment += 1

    def _lost(self, fault: Fault, began: datetime) -> None:
        """Say that the camera is away, once; keep its newest reason."""
        if self._away is None:
            log.warning("stream.lost", camera=self.camera, reason=fault.reason)
            self._away = Gap(self.camera, self._last or began, "outage", fault.reason)
            self._publish(self._away)
        elif self._away.reason != fault.reason:
            log.warning("stream.still_lost", camera=self.camera, reason=fault.reason)
            self._away = Gap(self.camera, self._away.time, "outage", fault.reason)

    def _publish(self, item: Frame | Gap, *, held: bool = False) -> None:
        self._dropped["late"] += self._slot.put(item, held=held)


def probe_camera(address: str, credentials: tuple[str, str] | None = None, timeout_s: float = 3.0) -> Probe:
    """Connect once and tell what the camera sends.

    Raises:
        AuthError: it refused the credentials.
        SourceError: any other fault; the message begins with its code.
    """
    name = public_address(address)
    try:
        with _connect(address, credentials, timeout_s) as container:
            return probe_container(container, name)
    except av.error.FFmpegError as error:
        fault = fault_of(error, 0.0, timeout_s, connected=False)
    raise error_of(fault, name)


def _connect(address: str, credentials: tuple[str, str] | None, timeout_s: float) -> InputContainer:
    """Open a stream; errors are FFmpeg's, and hold the password."""
    if credentials is not None:
        user, password = (quote(part, safe="") for part in credentials)
        parts = urlsplit(address)
        address = urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc}"))
    options = {
        "rtsp_transport": "tcp",
        "timeout": str(round(timeout_s * 1e6)),  # microseconds
        "analyzeduration": "200000",  # the address's description says enough; the default waits 2.7 s
        "fpsprobesize": "0",
    }
    return av.open(address, options=options, timeout=2.5 * timeout_s)
