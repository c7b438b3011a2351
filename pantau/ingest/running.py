"""The decoder that runs on from packet to packet, and gives out no picture that was made of one that never came.

    I P P . P P P I P P        `.` was dropped by the camera or on the way: FFmpeg takes another picture in its place, says nothing,
    ✓ ✓ ✓   ✗ ✗ ✗ ✓ ✓ ✓        and all that is predicted from it, up to the next key frame, is smeared

A smeared picture invents road users, so from such a *tear* on pictures are withheld and counted as ``broken`` until the next key
frame is shown. A stream tears where its numbers say that a picture never came (`pantau.ingest.frame_numbers`, H.264), where one could not
be decoded, or where one came out that FFmpeg itself marks as damaged: it marks that one alone, not those that refer to it. Of H.265
FFmpeg itself gives out nothing from a lost picture to the next key frame, uncounted.

A camera may also number its pictures wrongly and lose none. Where the numbers alone tear `DOUBT` groups in a row, and FFmpeg finds nothing damaged in them, the numbers
are not believed any more, until the stream is connected anew.

With B-frames pictures come out of the decoder in another order than they went in. Withheld are all that come *out* between the tear and
the key frame: a few that were still whole among them; and, of an open group, those shown before its key frame and decoded after it.
Limits: of two or three B-frames around a damaged (not lost) picture it is known too late; FFmpeg marks no damage within pictures of H.265; intra refresh, where pictures become
whole piece by piece, is believed from the first one on that calls itself a key frame, and a tear of a stream with none ends when the stream is asked anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Final

import av
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pantau.ingest.decode import another_decoder
from pantau.ingest.frame_numbers import FrameNumbers

DOUBT: Final = 20
"""Groups in a row: a line that loses something of every one of them loses it at all hours, and most that do also damage pictures."""


class RunningDecoder:
    """One stream's.

    Args:
        stream: the open container's picture stream; its codec context is used up.
        dropped: damage is counted here as ``broken``, a packet or a picture each.
    """

    def __init__(self, stream: VideoStream, dropped: MutableMapping[str, int]) -> None:
        self._context, self._dropped = stream.codec_context, dropped
        self._numbers = FrameNumbers(self._context.name, self._context.extradata or b"")
        self._torn = False
        self._doubts = 0  # groups in a row that nothing but numbers has torn
        self._numbered = self._damaged = False  # this group is torn by numbers; something of it is damaged
        self._key: float | None = None  # PTS of the key frame with which the tear ends, once it has gone in
        self._fed: Packet[VideoStream] | None = None  # the newest
        self.fresh = True
        """Nothing has gone in yet: it has no place to go on from."""
        self.deblocks = "skip_loop_filter" not in self._context.options

    def feed(self, packet: Packet[VideoStream]) -> Iterator[VideoFrame]:
        """The whole pictures that come out when this one goes in; one without data ends the stream."""
        self.fresh, self._fed, before = False, packet, self._numbers.newest
        if packet.is_keyframe:
            self._group_ended()
        if packet.size and self._numbers.lost(memoryview(packet)) and self._doubts < DOUBT:
            self._torn, self._key, self._numbered = True, None, True
        if packet.is_keyframe:
            self._key = -math.inf if packet.pts is None else packet.pts
        try:
            frames = self._context.decode(packet)
        except av.error.FFmpegError:  # most are InvalidDataError; none may end the loop
            self._dropped["broken"] += 1
            self._numbers.newest = before  # as if it had never come
            self._damaged = True
            return
        yield from self._whole(frames)

    def drain(self) -> list[VideoFrame]:
        """What it still has; then it starts anew."""
        try:
            frames = list(self._whole(self._context.decode(None)))
        except av.error.FFmpegError:
            frames = []
        if self._fed is not None:
            for frame in frames:  # they come without one, and would have no time
                frame.time_base = self._fed.time_base
        self.restart()
        return frames

    def restart(self) -> None:
        """Forget all; the next packet should be a key frame."""
        self._context.flush_buffers()
        self._numbers.newest, self._torn, self._key, self.fresh = None, False, None, True

    def deblock(self) -> None:
        """Run the deblocking filter from the next packet, a key frame, on. What it still has is gone; `drain` it before."""
        self._context, self.deblocks = another_decoder(self._context, deblock=True), True
        self.restart()

    def _group_ended(self) -> None:
        """Whether the numbers are still to be believed."""
        if self._doubts < DOUBT:
            self._doubts = self._doubts + 1 if self._numbered and not self._damaged else 0
        self._numbered = self._damaged = False

    def _whole(self, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        for frame in frames:
            at = math.inf if frame.pts is None else frame.pts
            if frame.is_corrupt:
                self._damaged = True
                self._torn, self._key = True, self._key if self._key is not None and at < self._key else None
            elif not self._torn or (self._key is not None and at >= self._key):
                self._torn = False
                yield frame
                continue
            self._dropped["broken"] += 1
