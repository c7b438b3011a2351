"""Decode only what moves: packets in, pictures out, and most of the packets are never decoded.

    asleep:  key ─► decode ─► gate ──quiet──► the group's pictures are given out with the key frame's picture, as quiet
                                └──moved──► the group that was held is decoded from its start ─► awake
    awake:   every packet ─► decode ─► pictures; a whole group in which nothing moved ─► asleep
    dozing:  every packet ─► decode ─► stir ──calm──► given out a moment late, as quiet; the detector rests (`pantau.ingest.rest`)
                                         └──stirs─► pictures, those that waited too, until nothing has stirred for a while

A *group* is a key frame and the packets up to the next one. While nothing happens only key frames are decoded, a sixth of the
work or less; the group behind is held as packets, so that when the gate fires nothing is lost but up to a group of latency. Of key frames close together
some are passed over: looks are up to `SELDOM_S` apart where no crossings are counted, `LOOK_S` where they are, and the groups between two are held together. Every
`AUDIT_S` of sleep a group that the gate called quiet is decoded all the same and looked at: what is found there was missed, which lowers the gate's limit, and the share is told (`pantau.findings.recall`). After an audit that finds nothing the next comes `RARER` times later, `AUDIT_MOST_S` at the most. A stream without times is always awake.

Who comes and goes between two key frames is on none that a sleeper decodes, and the sizes of packets seldom tell (measured: ``python -m bench.gate``). So a
group longer than `hold_s` (`HOLD_S` where crossings are counted, `LONG_S` elsewhere) is not slept through: such a stream *dozes*, it is decoded whole, pictures are
looked at every `STIR_S`, and only the detector rests. That costs the decoding, and loses those alone who are too faint. The detector of a stream that is awake rests in the same way.
Without the deblocking filter (`pantau.ingest.decode`) pictures of groups longer than `HOLD_S` drift, and the drift would stir, keep awake and pass for somebody whom the gate missed.

Two decoders: one for single key frames, emptied after each; one for running on (`pantau.ingest.running`). Limits: leading B-frames of an open GOP can't be had; one lost key frame is taken for
a long group, and the filter stays. Rejected: one decoder that is rewound (a key frame decoded while packets are held loses its place), decoding at half the rate. Measured: docs/methods/gate.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pantau.ingest.decode import Decoded, another_decoder, media_s, seconds
from pantau.ingest.gate import Gate, Luma
from pantau.ingest.rest import Rest
from pantau.ingest.running import RunningDecoder
from pantau.ingest.sizes import Sizes
from pantau.ingest.stir import Stir
from pantau.places import Camera

LONG_S: Final = 4.5
"""A group longer than this is not held: what happens in it would be seen too late."""
HOLD_S: Final = 1.2
"""And longer than this where crossings are counted: a car crosses a street in less than two seconds."""
SELDOM_S: Final = 2.2
"""Seconds between looks at a sleeper's key frames, where more than that may be held and its groups are not longer: what is seen later still looks broken."""
STIR_S: Final = 0.09
"""Seconds between looks while dozing, at the least."""
REST_S: Final = 2.0
"""Seconds in which nothing stirs before the detector of a dozing camera rests."""
CALM_S: Final = 1.0
"""The same while a camera is awake that may fall asleep: it is looked at again at the next key frame."""
HELD_BYTES: Final = 16 * 2**20
"""Nor is one larger than this."""
LOOK_S: Final = 0.4
"""Seconds between looks while awake, and between those at a sleeper's key frames where less than `SELDOM_S` may be held."""
AUDIT_S: Final = 120.0
"""Seconds of sleep between audits, at first and after one that found something."""
RARER: Final = 1.5
AUDIT_MOST_S: Final = 600.0
"""Seconds of sleep between audits at the most: four in a row have found nothing. A calm night still has fifty."""
LOWER: Final = 0.8
"""What a missed motion does to the gate's limit."""
LEAST_SIGMAS: Final = 6.0
"""Below it noise alone keeps a camera awake."""
PLANAR: Final = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"})
"""Formats whose first plane is the brightness, a byte a pixel."""


@dataclass(slots=True)
class Watch:
    """What the gate has done so far, in groups of pictures; `dozed` are decoded ones too long to be held, and in `rested` of them the detector was not asked."""

    decoded: int = 0
    quiet: int = 0
    fired: int = 0
    audited: int = 0
    missed: int = 0
    dozed: int = 0
    rested: int = 0

    def counts(self) -> dict[str, int]:
        """As `pantau.ports.Source.gated` gives it; all 0 where nothing is gated."""
        return {name: getattr(self, name) for name in Watch.__slots__}


@dataclass(eq=False)
class LazyDecoder:
    """The decoder of one stream.

    Args:
        stream: the open container's picture stream; its codec context is used up.
        dropped: damage, and pictures that refer to what never came, are counted here as ``broken``.
        gate: says what is quiet; None: everything is decoded.
        audit_s: seconds of sleep between audits, until some have found nothing.
        hold_s: groups longer than this are decoded whole.
    """

    stream: VideoStream
    dropped: MutableMapping[str, int]
    gate: Gate | None = field(default_factory=Gate)
    watch: Watch = field(default_factory=Watch)
    audit_s: float = field(default_factory=lambda: AUDIT_S, kw_only=True)
    hold_s: float = field(default=LONG_S, kw_only=True)

    def __post_init__(self) -> None:
        self._sizes = Sizes()
        self._keys: VideoCodecContext | None = None
        self._running = RunningDecoder(self.stream, self.dropped)
        self._awake = True
        # from the last key frame on, with their seconds; held while asleep
        self._group: list[tuple[float | None, Packet[VideoStream]]] = []
        self._bytes = 0
        self._key: VideoFrame | None = None
        self._calm = False
        self._looked_s = -np.inf
        self._slept_s = 0.0  # since the last audit
        self._audit_after_s = self.audit_s
        self._drifts = False  # a group was so long that its pictures drift without the filter
        self._long = self._over = False  # the newest whole group was too long to be held; this one is
        self._group_s = -np.inf  # when this group began; its packets may be gone
        self._rest, self._stir = Rest(), Stir(self.gate.masks) if self.gate else Stir()

    @property
    def asleep(self) -> bool:
        """Whether it waits for the next key frame."""
        return not self._awake

    def feed(self, packet: Packet[VideoStream]) -> Iterable[Decoded]:
        """The pictures that are known once this packet is here, in order; to be taken before the next one is fed."""
        if self.gate is None:
            return self._run(packet)
        if self._awake:
            return self._wakeful(packet)
        if packet.is_keyframe and not self._passes_over(packet):
            return self._key_asleep(packet)
        return self._overfull() if packet.size and not self._take(packet) else ()

    def flush(self) -> Iterator[Decoded]:
        """What is still held, when the stream ends or is lost."""
        if not self._awake and len(self._group) > 1:
            yield from self._wake()
        yield from self._rest.end()
        if self._awake and not self._running.fresh:
            yield from self._drain()

    def leap(self) -> Iterator[Decoded]:
        """What is held, at a leap of the stream's clock, after which its times mean something else; the running decoder goes on where it is."""
        if not self._awake:
            yield from self._wake()
        yield from self._rest.end()
        if (
            self.stream.codec_context.has_b_frames and not self._running.fresh
        ):  # what it still has can't be had otherwise
            yield from self._drain()
        self._begin(calm=False)
        self._looked_s, self._group_s, self._rest = -np.inf, -np.inf, Rest()

    def skip(self) -> Iterator[Decoded]:
        """Packets were left out and a key frame comes next: what is held came before them, and is given up, counted as ``late``."""
        yield from self._rest.end()
        if not self._awake:
            self.dropped["late"] += len(self._group) - 1
        if not self._running.fresh:
            yield from self._drain()
        self._awake = True
        self._begin(calm=False)
        self._looked_s, self._group_s, self._rest = -np.inf, -np.inf, Rest()

    # --- awake ----------------------------------------------------------------------------------------------------------

    def _wakeful(self, packet: Packet[VideoStream]) -> Iterator[Decoded]:
        if packet.is_keyframe:
            calm = self._group_ended(packet)
            if calm and (key := self._alone(packet)) is not None and not self._moved(key, packet):
                yield from self._rest.end()
                yield from self._drain()
                yield from self._sleep(packet, key)
                return
            self._over = False
            self._begin(calm=True)
            if self._drifts and not self._running.deblocks:
                yield from self._watched(self._drain())
                self._running.deblock()
                self._keys = None  # the gate compares like with like
        if not self._take(packet):
            self._begin(calm=False)
        yield from self._watched(self._run(packet))

    def _watched(self, pictures: Iterable[Decoded]) -> Iterator[Decoded]:
        for seen in pictures:
            self._glance(seen)
            yield from self._rest.give(seen, REST_S if self._long else CALM_S, self.audit_s)

    def _glance(self, seen: Decoded) -> None:
        """Look at what goes by, to know whether the group is calm and the detector may rest."""
        clock_s, key = seen.clock_s, bool(seen.frame.key_frame)
        if self.gate is None or clock_s is None:
            return
        stirs = self._long and self._due(clock_s, STIR_S) and self._stir.look(luma(seen.frame), clock_s)
        if key or (not self._long and self._due(clock_s, LOOK_S)):
            moved = self.gate.look(luma(seen.frame), "key" if key else "between") or not self.gate.knows
            self._calm = self._calm and not moved
            stirs = stirs or (moved and not (self._long and self.gate.knows))
        if stirs or self._rest.moved_s > clock_s:
            self._rest.moved_s = clock_s

    def _due(self, clock_s: float, every_s: float) -> bool:
        """Whether the last look is so long ago; then this is the last."""
        if 0 <= clock_s - self._looked_s < every_s:
            return False
        self._looked_s = clock_s
        return True

    def _group_ended(self, key: Packet[VideoStream]) -> bool:
        """Count the group that ends before this key frame; whether nothing moved in it, which the sizes learn from, and the gate may be believed."""
        self.watch.decoded += 1
        self._long = self._over
        if self._long:
            self.watch.dozed += 1
            self.watch.rested += self._rest.asked_s < self._group_s
        began_s, self._group_s = self._group_s, _clock_s(key) or -np.inf
        self._drifts = self._drifts or self._long or HOLD_S < self._group_s - began_s < np.inf
        if not self._calm or self._long:
            return False
        self._sizes.learn(self._sizes_between())
        return self.gate is not None and self.gate.knows and bool(self._group) and self._group[-1][0] is not None

    # --- asleep ---------------------------------------------------------------------------------------------------------

    def _sleep(self, packet: Packet[VideoStream], key: VideoFrame) -> Iterator[Decoded]:
        """Hold what comes after this key frame."""
        clock_s = media_s(key)
        self._awake, self._group, self._bytes, self._key = False, [(clock_s, packet)], packet.size, key
        yield Decoded(clock_s, key, quiet=True)

    def _passes_over(self, key: Packet[VideoStream]) -> bool:
        """Whether this key frame need not be looked at: another will be in time, if it is as far away as this one is from the last."""
        began_s, clock_s = self._group[0][0], _clock_s(key)
        last_s = next(at for at, packet in reversed(self._group) if packet.is_keyframe)
        if began_s is None or last_s is None or clock_s is None or clock_s <= last_s:
            return False
        return 2 * clock_s - last_s - began_s <= (SELDOM_S if self.hold_s > SELDOM_S else LOOK_S)

    def _overfull(self) -> Iterator[Decoded]:
        yield from self._wake()
        self._begin(calm=False)

    def _key_asleep(self, packet: Packet[VideoStream]) -> Iterator[Decoded]:
        key, sizes, groups = self._alone(packet), self._sizes_between(), self._groups()
        if key is None or self._moved(key, packet) or self._sizes.strange(sizes):
            self.watch.fired += groups
            self.watch.decoded += groups
            self._rest.moved_s = _clock_s(packet) or np.inf
            yield from self._wake()
            self._begin(calm=False)
            self._take(packet)
            yield from self._run(packet)
            return
        began_s, clock_s = self._group[0][0], media_s(key)
        self._slept_s += clock_s - began_s if clock_s is not None and began_s is not None else 0.0
        if self._slept_s >= self._audit_after_s:
            yield from self._audit(packet, key)
            return
        self.watch.quiet += groups
        self._sizes.learn(sizes)
        yield from self._quiet()
        yield from self._sleep(packet, key)

    def _quiet(self) -> Iterator[Decoded]:
        """The held group's pictures, undecoded."""
        if self._key is not None:
            # In order of presentation: packets of B-frames come in another.
            for clock_s in sorted(s for s, _ in self._group[1:] if s is not None):
                yield Decoded(clock_s, self._key, quiet=True)

    def _wake(self) -> Iterator[Decoded]:
        """Decode the held group from its start; its key frame has been given out."""
        self._awake = True
        self._running.restart()
        (_, first), *rest = self._group
        for _ in self._run(first):
            pass
        given_s = media_s(self._key) if self._key is not None else None
        for _, packet in rest:
            for seen in self._run(packet):
                if given_s is None or seen.clock_s is None or seen.clock_s > given_s:
                    yield seen

    def _audit(self, packet: Packet[VideoStream], key: VideoFrame) -> Iterator[Decoded]:
        """Decode a group that was called quiet, and see; from the first picture on in which something moved none is quiet.

        What moves is known a picture later, so each waits for the next.
        """
        self._slept_s, missed, waiting, groups = 0.0, False, None, self._groups()
        self.watch.audited += groups
        for seen in chain(self._wake(), self._drain()):
            moved = self.gate is not None and self.gate.look_back(luma(seen.frame))
            missed = missed or moved
            if waiting is not None:
                yield Decoded(waiting.clock_s, waiting.frame, quiet=not missed)
            waiting = seen
        if waiting is not None:
            yield Decoded(waiting.clock_s, waiting.frame, quiet=not missed)
        if missed and self.gate is not None:
            self.watch.missed += groups
            self.gate.sigmas = max(LEAST_SIGMAS, self.gate.sigmas * LOWER)
        rarer_s = min(self._audit_after_s * RARER, max(self.audit_s, AUDIT_MOST_S))
        self._audit_after_s = self.audit_s if missed else rarer_s
        self._awake = False
        # The key frame is looked at by the detector: what stands there is found again, and what crept in is found at last.
        clock_s = media_s(key)
        self._group, self._bytes, self._key = [(clock_s, packet)], packet.size, key
        yield Decoded(clock_s, key)

    # --- decoders -------------------------------------------------------------------------------------------------------

    def _run(self, packet: Packet[VideoStream]) -> Iterator[Decoded]:
        for frame in self._running.feed(packet):
            yield Decoded(media_s(frame), frame)

    def _drain(self) -> Iterator[Decoded]:
        """What the running decoder still has; then it must start anew."""
        for frame in self._running.drain():
            yield Decoded(media_s(frame), frame)

    def _alone(self, packet: Packet[VideoStream]) -> VideoFrame | None:
        """The picture of a key frame, decoded by itself; nothing when it is damaged."""
        if self._keys is None:
            self._keys = another_decoder(self.stream.codec_context, deblock=self._running.deblocks)
        try:
            frames = [*self._keys.decode(packet), *self._keys.decode(None)]
        except av.error.FFmpegError:
            frames = []
        self._keys.flush_buffers()
        whole = [frame for frame in frames if not frame.is_corrupt]
        if not whole:
            return None
        key = whole[0]
        key.pts, key.time_base = packet.pts if packet.pts is not None else packet.dts, packet.time_base
        return key

    def _moved(self, key: VideoFrame, packet: Packet[VideoStream]) -> bool:
        self._looked_s = _clock_s(packet) or self._looked_s
        return self.gate is None or self.gate.look(luma(key), "key")

    # --- the group ------------------------------------------------------------------------------------------------------

    def _begin(self, *, calm: bool) -> None:
        """Nothing is in the group any more; `calm` for one that begins with a key frame."""
        self._calm, self._group, self._bytes = calm, [], 0

    def _take(self, packet: Packet[VideoStream]) -> bool:
        """Put it into the group; whether that is still short enough to be held."""
        self._group.append((_clock_s(packet), packet))
        self._bytes += packet.size
        first, last = self._group[0][0], self._group[-1][0]
        span_s = last - first if first is not None and last is not None else 0.0
        if span_s <= self.hold_s and self._bytes <= HELD_BYTES:
            return True
        self._over = self._long = True
        return False

    def _groups(self) -> int:
        """How many groups are held together."""
        return sum(packet.is_keyframe for _, packet in self._group)

    def _sizes_between(self) -> list[int]:
        return [packet.size for _, packet in self._group if not packet.is_keyframe]


def hold_of(camera: Camera | None, counting_s: float = HOLD_S) -> float:
    """Seconds of pictures that may be slept through.

    What stands or lies is there at the next key frame; who crosses a line, or steps to a cliff's edge and back, may not be.

    Args:
        camera: with its lines and zones; None where none are drawn yet.
        counting_s: where it has lines or danger zones.
    """
    quick = camera is None or camera.lines or any(zone.kind == "danger" for zone in camera.zones)
    return counting_s if quick else LONG_S


def luma(frame: VideoFrame) -> Luma:
    """(H, W) brightness of a decoded picture; a view into it where its format allows."""
    if frame.format.name not in PLANAR:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    rows: Luma = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * frame.height]
    return rows.reshape(frame.height, plane.line_size)[:, : frame.width]


def _clock_s(packet: Packet[VideoStream]) -> float | None:
    stamp = packet.pts if packet.pts is not None else packet.dts
    return None if stamp is None else seconds(stamp, packet.time_base)
