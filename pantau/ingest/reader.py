"""The thread that reads a live stream, for months without a person: connect, demux, and connect anew when it was lost.

    locate ─► connect ─► demux ─► backlog
       ▲                   └─ fault ─► backlog
       └───── back-off ◄───────┘

It decodes nothing, so that it is always there when the camera sends. What FFmpeg does when a camera fails was measured: a killed
server looks like a clean end, so any end is a fault; the option ``timeout`` acts after twice its value (6 s here), and
``stimeout`` not at all. It can't be called out of FFmpeg, and is never a daemon thread: one inside FFmpeg at exit crashes the interpreter.

Credentials are put into the address for FFmpeg only, and FFmpeg's messages, which repeat it, are never passed on.

HLS comes in bursts, a segment at a time: it is begun at the newest one (FFmpeg would take the third from the end, half a minute old), and may be silent
for as long as a segment lasts. Limits: its pictures are seen a segment late; it is known by an address that ends in .m3u8. Rejected: UDP (loses packets, smears pictures, seldom passes a firewall); one thread for many
cameras (FFmpeg's reads block).
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from pantau.config import public_address
from pantau.errors import SourceError
from pantau.ingest.backlog import Arrived, Backlog, Ended, Opened
from pantau.ingest.decode import Clock, Probe, Sleep, picture_stream, probe_container
from pantau.ingest.fault import FAULTS, Backoff, Fault, FaultError, error_of, fault_of

PLAYLIST_S: Final = 20.0
"""HLS may be silent for so long: segments of ten seconds are common, and one may come late."""
STEADY_S: Final = 10.0
"""A stream that lasted so long was fine; after it, reconnecting begins with short waits again."""
LOST_S: Final = 8.0
"""Where packets are lost for so long because no key frame comes, the stream is asked anew: most begin with one."""


@dataclass(eq=False, kw_only=True)
class Reader:
    """Reads one camera into its backlog until stopped.

    Args:
        name: of the stream, as errors may tell it.
        locate: where the stream is now, without credentials; it may raise FaultError.
        credentials: (user, password).
        timeout_s: the camera may be silent for twice as long before it counts as lost.
        clock: UTC now.
        sleep: waits some seconds between attempts.
        rng: jitter of the waits.
        stop: when to end.
    """

    name: str
    locate: Callable[[], str]
    credentials: tuple[str, str] | None = field(repr=False)
    timeout_s: float
    clock: Clock
    sleep: Sleep
    rng: random.Random = field(repr=False)
    backlog: Backlog
    stop: threading.Event

    def __post_init__(self) -> None:
        # Of streams, because the loop may speak of the connection before this one.
        self._shown: VideoStream | None = None
        self._given_up: tuple[VideoStream, Fault] | None = None
        self._stream: VideoStream | None = None  # of this connection
        self._arrival = self.clock()  # of the newest packet

    def run(self) -> None:
        """Read, and come back, until stopped."""
        backoff = Backoff(self.rng)
        while not self.stop.is_set():
            began = self.clock()
            fault = self._connection(began)
            if self.stop.is_set():
                return
            if self._was_shown() and (self.clock() - began).total_seconds() > STEADY_S:
                backoff.reset()
            self.backlog.put(Ended(fault, began))
            self.sleep(backoff.next_s(patient=fault.patient))

    def shows(self, stream: VideoStream) -> None:
        """Pictures were made of this stream."""
        self._shown = stream

    def give_up(self, stream: VideoStream, fault: Fault) -> None:
        """End the connection that this stream is of, if it still is the one, for this reason."""
        self._given_up = stream, fault

    def _was_shown(self) -> bool:
        return self._stream is not None and self._shown is self._stream

    def _connection(self, began: datetime) -> Fault:
        """Connect and read until it ends; why it ended."""
        self._arrival, self._stream, connected = began, None, False
        try:
            with connect(self.locate(), self.credentials, self.timeout_s) as container:
                connected = True
                return self._read(container)
        except FaultError as error:
            return error.fault
        except av.error.FFmpegError as error:
            waited_s = (self.clock() - self._arrival).total_seconds()
            return fault_of(error, waited_s, self.timeout_s, connected=connected)

    def _read(self, container: InputContainer) -> Fault:
        try:
            stream = picture_stream(container, self.name)
        except SourceError:
            return FAULTS["no-video"]
        self._stream = stream
        self.backlog.put(Opened(stream, container.format.name, self.clock()))
        kept = self.clock()
        for packet in container.demux(stream):
            if self.stop.is_set():
                break
            if self._given_up is not None and self._given_up[0] is stream:
                return self._given_up[1]
            self._arrival = self.clock()
            if self.backlog.put(Arrived(packet, self._arrival)):
                kept = self._arrival
            elif (self._arrival - kept).total_seconds() > LOST_S:
                return FAULTS["no-pictures"]
        return FAULTS["ended"]


def probe_camera(address: str, credentials: tuple[str, str] | None = None, timeout_s: float = 3.0) -> Probe:
    """Connect once and tell what the camera sends.

    Raises:
        AuthError: it refused the credentials.
        SourceError: any other fault; the message begins with its code.
    """
    name = public_address(address)
    try:
        with connect(address, credentials, timeout_s) as container:
            return probe_container(container, name)
    except av.error.FFmpegError as error:
        fault = fault_of(error, 0.0, timeout_s, connected=False)
    raise error_of(fault, name)


def connect(address: str, credentials: tuple[str, str] | None, timeout_s: float) -> InputContainer:
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
    open_s = read_s = 2.5 * timeout_s
    if urlsplit(address).path.endswith(".m3u8"):
        options, read_s = options | {"live_start_index": "-1"}, max(read_s, PLAYLIST_S)
    # Cameras tell their names as whatever their makers speak, and nobody asks here.
    return av.open(address, options=options, timeout=(open_s, read_s), metadata_errors="replace")
