"""A camera that sends just what a test says and when: RTSP over TCP, an access unit at a time, however broken it is.

GStreamer's server (`tests.rtsp_server`) repairs what it sends on: stamps only rise, and parameter sets come with each key frame.
"""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import av

MTU: Final = 1400
HZ: Final = 90_000
_START: Final = re.compile(rb"\x00?\x00\x00\x01")


@dataclass(frozen=True, slots=True)
class Unit:
    """One access unit: seconds since the start at which it is sent, seconds that it is stamped with, its NAL units; of H.265 or of H.264."""

    sent_s: float
    stamp_s: float
    nals: tuple[bytes, ...]
    key: bool = False
    hevc: bool = False


def units(path: Path) -> list[Unit]:
    """Those of a file of H.264 or H.265, sent and stamped as they were recorded."""
    found = []
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        codec = stream.codec_context.name
        annex_b = av.BitStreamFilterContext(f"{codec}_mp4toannexb", stream)
        for packet in clip.demux(stream):
            if packet.size and packet.pts is not None and packet.dts is not None:
                key, sent, stamp = packet.is_keyframe, packet.dts * packet.time_base, packet.pts * packet.time_base
                data = b"".join(bytes(one) for one in annex_b.filter(packet))
                nals = tuple(nal for nal in _START.split(data) if nal)
                found.append(Unit(float(sent), float(stamp), nals, key, codec == "hevc"))
    return found


@dataclass
class RawCamera:
    """Serves one viewer after another; each gets its `script` from the start, and then silence with the connection open.

    Args:
        script: what is sent to a viewer, by their number from 1; all of it is described as what it begins with.
    """

    script: Callable[[int], Sequence[Unit]]
    viewers: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(0.2)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"rtsp://127.0.0.1:{self._listening.getsockname()[1]}/raw"

    def close(self) -> None:
        """Send nothing more."""
        self._stop.set()
        self._thread.join(5)
        self._listening.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                viewer, _ = self._listening.accept()
            except TimeoutError:
                continue
            with viewer:
                try:
                    self.viewers += 1
                    self._talk(viewer)
                except OSError:
                    continue

    def _talk(self, viewer: socket.socket) -> None:
        viewer.settimeout(5)
        for head in _requests(viewer):
            method, sequence = head.split(b" ", 1)[0], re.search(rb"CSeq: *(\d+)", head)
            more, body = "", ""
            if method == b"DESCRIBE":
                codec = (
                    "H265/90000"
                    if self.script(self.viewers)[0].hevc
                    else "H264/90000\r\na=fmtp:96 packetization-mode=1"
                )
                # Its name is no UTF-8, as with many a camera.
                body = f"v=0\r\ns=S\xfcdtor\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 {codec}\r\na=control:v\r\n"
                more = f"Content-Base: {self.url}/\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
            elif method == b"SETUP":
                more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            number = int(sequence.group(1)) if sequence else 0
            viewer.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\nSession: 1\r\n{more}\r\n{body}".encode("latin-1"))
            if method == b"PLAY":
                self._play(viewer)
                return

    def _play(self, viewer: socket.socket) -> None:
        began, sequence, base = time.monotonic(), 0, random.getrandbits(31)
        for unit in self.script(self.viewers):
            if self._stop.wait(max(0.0, began + unit.sent_s - time.monotonic())):
                return
            stamp = (base + round(unit.stamp_s * HZ)) & 0xFFFFFFFF
            payloads = [part for nal in unit.nals for part in (_parts_hevc(nal) if unit.hevc else _parts(nal))]
            for number, payload in enumerate(payloads, start=1):
                marker = 0x80 if number == len(payloads) else 0
                packet = struct.pack(">BBHII", 0x80, 96 | marker, sequence & 0xFFFF, stamp, 7) + payload
                viewer.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
                sequence += 1
        self._stop.wait()


def _requests(viewer: socket.socket) -> Iterator[bytes]:
    waiting = b""
    while True:
        while b"\r\n\r\n" not in waiting:
            came = viewer.recv(4096)
            if not came:
                return
            waiting += came
        head, waiting = waiting.split(b"\r\n\r\n", 1)
        yield head


def _parts(nal: bytes) -> Iterator[bytes]:
    """A NAL unit whole, or in fragments (RFC 6184, FU-A)."""
    if len(nal) <= MTU:
        yield nal
        return
    for at in range(1, len(nal), MTU):
        first, last = at == 1, at + MTU >= len(nal)
        yield bytes((nal[0] & 0xE0 | 28, nal[0] & 0x1F | first << 7 | last << 6)) + nal[at : at + MTU]


def _parts_hevc(nal: bytes) -> Iterator[bytes]:
    """The same of H.265 (RFC 7798, FU)."""
    if len(nal) <= MTU:
        yield nal
        return
    for at in range(2, len(nal), MTU):
        first, last = at == 2, at + MTU >= len(nal)
        yield bytes((nal[0] & 0x81 | 49 << 1, nal[1], nal[0] >> 1 & 0x3F | first << 7 | last << 6)) + nal[at : at + MTU]
