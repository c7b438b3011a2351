"""A camera on the network: RTSP over TCP (and MJPEG over HTTP), watched for months without a person.

    reader thread: connect ─► demux ─► backlog         loop: backlog ─► decode ─► sample: frames and gaps

The loop decodes in its own thread, what it has time for. Capture times come from `StreamClock`. It may be behind by what a camera that sleeps holds back
(`pantau.ingest.lazy`) and `LATE_S` more, and everything is looked at in its turn. Samples that are older than that when
their turn comes are decoded and not looked at, and where decoding is what there is too little time for, the loop skips to the newest key frame (`pantau.ingest.backlog`), cameras of
low priority long before those of high. Both are counted as ``late``, and the coverage tells it.

A camera that is away gives a `Gap` of kind ``outage`` at once, and the same gap with the newest
reason every `REPEAT_S` while it stays away, so that the loop behind can breathe; frames after it are a new segment. A camera that
sends and shows nothing (no key frame, broken references, another codec than it said, stamps that stand still) is away as well, after `BLIND_S`, and
is asked anew: most begin with a key frame and say what they send. After stamps that stood still the next connection goes by arrival, all through, because they mostly
stand still for good; the one after it believes them again, because a stream without times is never slept through, and a loss hides what trying costs.

`close` returns at once and wakes the loop; the reader, which can't be called out of FFmpeg, is joined before
`samples` returns, within two timeouts.

Limits: of one camera only one core decodes and looks. Rejected: a thread that decodes beside the loop (it can only drop what it has decoded).
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import structlog

from pantau.cadence import Cadence
from pantau.errors import SourceError
from pantau.ingest.backlog import Arrived, Backlog, Ended, Item, Opened, Skipped
from pantau.ingest.decode import Clock, Decoded, Newest, Sleep, seconds, told_time, wall_clock
from pantau.ingest.fault import FAULTS, Fault
from pantau.ingest.gate import Gate
from pantau.ingest.lazy import LONG_S, LazyDecoder, Watch
from pantau.ingest.reader import Reader
from pantau.ingest.stream_clock import StreamClock
from pantau.masks import Masks, Polygons
from pantau.places import Priority
from pantau.types import Frame, Gap

SCHEMES: Final = frozenset({"rtsp", "rtsps", "http", "https"})
REPEAT_S: Final = 5.0
"""While a camera is away, its gap is given out again so often."""
LATE_S: Final = 1.0
"""A sample that has waited for longer, and for longer than a group may be held, is not looked at any more."""
PATIENCE_S: Final[Mapping[Priority, float]] = {"low": 1.0, "normal": 3.0, "high": 6.0}
"""A packet that has waited for longer than that and this is not decoded any more where a newer key frame waits."""
BLIND_S: Final = 8.0
"""Packets that come for so long and make no picture are a fault; a sleeper's pictures come later by a group (`LONG_S`) and a moment."""
SET_BACK_S: Final = 5.0
"""What comes so long before the newest frame was captured: this computer's clock was set back."""

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
        priority: whose pictures are given up last when there is too much to decode.
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
    priority: Priority = field(default="normal", kw_only=True)
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
        self._backlog = Backlog()
        self._reader = Reader(
            name=self.camera, locate=self.locate or (lambda: self.address), credentials=self.credentials, timeout_s=self.timeout_s,
            clock=self.clock, sleep=self.sleep or self._stop.wait, rng=self.rng, backlog=self._backlog, stop=self._stop,
        )  # fmt: skip
        self._decoder: LazyDecoder | None = None  # of the connection whose packets come; nothing between connections
        self._gate = Gate(Masks(self.masks)) if self.lazy else None  # what it has learned outlives a connection
        self._newest = Newest()
        self.watch = Watch()
        self._dropped: Counter[str] = Counter({"cadence": 0, "late": 0, "broken": 0, "disorder": 0, "unstamped": 0})
        self._cadence = Cadence(self.cadence_s)
        self._timed = True
        self._stood_still = False  # the stamps of the connection before
        self._clock = StreamClock()
        self._early: list[Arrived] = []  # of the first burst, until the clock is settled
        self._away: Gap | None = None
        self._segment = -1
        self._off: timedelta | None = None  # how far the camera's own clock is ahead of ours, where it tells
        self._last: datetime | None = None  # capture time of the newest frame that was decoded
        self._arrival = self.clock()  # of the packet whose turn it is
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
            reader: Future[None] = pool.submit(self._reader.run)
            reader.add_done_callback(lambda _: self._backlog.close())
            try:
                for item in self._found():
                    if self._backlog.closed:
                        break
                    yield item
                yield Gap(self.camera, self._last or self.clock(), "end", "closed: reading was stopped")
            finally:
                self.close()
            reader.result()  # an error in the reader is an error here

    def close(self) -> None:
        """Stop reading; `samples` ends at once, and returns when the reader has come out of FFmpeg."""
        self._stop.set()
        self._backlog.close()

    def _found(self) -> Iterator[Frame | Gap]:
        told = self.clock()
        while not self._backlog.closed:
            item = self._backlog.take(REPEAT_S, nap=self._decoder is not None and self._decoder.asleep)
            for one in self._handled(item) if item is not None else ():
                yield one
                told = self.clock()
            if self._away is not None and not 0 <= (self.clock() - told).total_seconds() < REPEAT_S:
                yield self._away
                told = self.clock()

    def _handled(self, item: Item) -> Iterator[Frame | Gap]:
        match item:
            case Opened():
                self._opened(item)
            case Arrived():
                yield from self._arrived(item)
            case Skipped():
                yield from self._skipped(item)
            case Ended():
                yield from self._ended()
                yield from self._lost(item.fault, item.began)

    # --- what the reader tells ----------------------------------------------------------------------------------------

    def _opened(self, connection: Opened) -> None:
        self.connections += 1
        # MJPEG over HTTP: its PTS are made up from an assumed rate.
        self._timed, self._stood_still = connection.format != "mpjpeg" and not self._stood_still, False
        log.info(
            "stream.connected",
            camera=self.camera,
            codec=connection.stream.codec_context.name,
            clock="stamps" if self._timed else "arrival",
            times=self.connections,
        )
        self._new_segment()
        self._arrival, self._blind_s, self._undecoded = connection.at, 0.0, True
        gate = self._gate if self._timed else None
        self._decoder = LazyDecoder(connection.stream, self._dropped, gate, self.watch, hold_s=self.hold_s)

    def _arrived(self, one: Arrived) -> Iterator[Frame | Gap]:
        if self._decoder is None:  # the connection was given up, and the reader has not heard it yet
            return
        waited_s, self._arrival = (one.at - self._arrival).total_seconds(), one.at
        if self._behind_s() > self.hold_s + LATE_S + PATIENCE_S[self.priority] and self._backlog.skip():
            self._dropped["late"] += 1
            return
        self._blind_s += min(max(waited_s, 0.0), 1.0)
        yield from self._packet(self._decoder, one)
        if self._blind_s > BLIND_S:
            self._stood_still = not self._undecoded
            self._reader.give_up(self._decoder.stream, FAULTS["stamps" if self._stood_still else "no-pictures"])
            yield from self._ended()

    def _skipped(self, skipped: Skipped) -> Iterator[Frame | Gap]:
        self._dropped["late"] += skipped.packets
        self._blind_s = 0.0
        if self._decoder is not None:
            yield from self._fed()
            yield from self._given(self._decoder.skip())

    def _ended(self) -> Iterator[Frame | Gap]:
        """What was held when the stream was lost has been captured, and counts."""
        if self._decoder is not None:
            yield from self._fed()
            yield from self._given(self._decoder.flush())
            self._decoder = None

    # --- packets and pictures -----------------------------------------------------------------------------------------

    def _packet(self, decoder: LazyDecoder, one: Arrived) -> Iterator[Frame | Gap]:
        packet = one.packet
        if (told := told_time(packet)) is not None:
            self._off = told - one.at
        stamp = packet.dts if packet.dts is not None else packet.pts
        pts_s = None if stamp is None else seconds(stamp, packet.time_base)
        if self._clock.jumped_back(pts_s):
            yield from self._fed()
            yield from self._given(decoder.leap())
            yield Gap(self.camera, self._last or one.at, "seam", "clock: the camera's PTS began anew")
            self._new_segment()
        elif self._clock.jumps_ahead(one.at, pts_s):
            yield from self._fed()
            yield from self._given(decoder.leap())
        if step_s := self._clock.arrive(one.at, pts_s):
            self.clock_steps += 1
            log.warning("stream.clock_step", camera=self.camera, step_s=round(step_s, 3), times=self.clock_steps)
        self._early.append(one)
        if self._clock.settled:
            yield from self._fed()

    def _fed(self) -> Iterator[Frame | Gap]:
        early, self._early = self._early, []
        for one in early:
            if self._decoder is not None:
                yield from self._given(self._decoder.feed(one.packet))

    def _given(self, pictures: Iterable[Decoded]) -> Iterator[Frame | Gap]:
        for seen in pictures:
            yield from self._picture(seen)

    def _picture(self, seen: Decoded) -> Iterator[Frame | Gap]:
        self._index += 1
        self._undecoded = False
        placed = self._clock.place(seen.clock_s)
        if placed is None:
            self._dropped["unstamped"] += 1
            return
        time, media = placed
        if self._last is not None and time <= self._last:
            self._dropped["disorder"] += 1
            if (self._last - self._arrival).total_seconds() > SET_BACK_S:  # else HLS gives old pictures again
                self._blind_s, was_away = 0.0, self._away is not None  # the camera is fine
                yield from self._lost(FAULTS["clock"], self._last)
                if not was_away:
                    self._new_segment()
            return
        self._last, self._blind_s, self._undecoded = time, 0.0, True
        if self._decoder is not None:
            self._reader.shows(self._decoder.stream)
        if self._away is not None:
            log.info("stream.back", camera=self.camera, away_s=round((time - self._away.time).total_seconds(), 1))
            self._away = None
        if not self._cadence.take(media, self._segment):
            self._dropped["cadence"] += 1
        elif not seen.quiet and self._behind_s() > self.hold_s + LATE_S:
            self._dropped["late"] += 1
        else:
            told = time + self._off if self._off is not None else None
            image = self._newest.of(seen.frame)
            yield Frame(self.camera, time, image, self._index, media, self._segment, told, seen.quiet)

    def _behind_s(self) -> float:
        """Seconds that the packet whose turn it is has waited."""
        return (self.clock() - self._arrival).total_seconds()

    def _new_segment(self) -> None:
        self._off = None
        self._clock = StreamClock(timed=self._timed)
        self._segment += 1

    def _lost(self, fault: Fault, began: datetime) -> Iterator[Gap]:
        """Say that the camera is away, once; keep its newest reason."""
        if self._away is None:
            log.warning("stream.lost", camera=self.camera, reason=fault.reason)
            self._away = Gap(self.camera, self._last or began, "outage", fault.reason)
            yield self._away
        elif self._away.reason != fault.reason:
            log.warning("stream.still_lost", camera=self.camera, reason=fault.reason)
            self._away = Gap(self.camera, self._away.time, "outage", fault.reason)
