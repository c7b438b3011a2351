"""A packet of H.264 or H.265 as a byte stream: where its NAL units begin, which codec they are of, and their headers' bits.

    00 00 01 | header | payload … 00 00 01 | header | payload …        ITU-T H.264 and H.265, annex B

Files of the MP4 family write lengths instead of start codes; nothing here is of use for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

_START: Final = re.compile(rb"\x00\x00\x01(?=.)", re.DOTALL)
H264_SETS: Final = frozenset({7, 8})
"""Types of H.264's sequence and picture parameter set."""
H265_SETS: Final = frozenset({32, 33, 34})
"""Types of H.265's video, sequence and picture parameter set."""
LOOKED_AT: Final = 1024
"""Bytes of a packet in which its parameter sets are looked for."""


def nal_units(data: memoryview) -> Iterator[int]:
    """Where each NAL unit's header is, as far as they are asked for; nothing is copied."""
    for start in _START.finditer(data):
        yield start.end()


def codec_of(data: memoryview) -> Literal["h264", "hevc"] | None:
    """What a packet with all parameter sets of one of the two is of; nothing of others can be said."""
    data = data[:LOOKED_AT]
    headers = [bytes(data[at : at + 2]) for at in nal_units(data)]
    # A header of H.265 has two bytes, of which the second is 1.
    if {header[0] >> 1 for header in headers if header[1:] == b"\1"} >= H265_SETS:
        return "hevc"
    if {header[0] & 31 for header in headers if header[0] & 0x60} >= H264_SETS:
        return "h264"
    return None


class Bits:
    """The bits of a NAL unit behind its header, from the first on (H.264, 7.2 and 9.1).

    Args:
        payload: as it was sent; a part will do.
    """

    def __init__(self, payload: bytes) -> None:
        plain = payload.replace(b"\0\0\3", b"\0\0")  # emulation prevention
        self._value, self._left = int.from_bytes(plain), 8 * len(plain)

    def take(self, count: int) -> int:
        """The next bits as a number.

        Raises:
            ValueError: there are not so many.
        """
        self._left -= count
        return self._value >> self._left & (1 << count) - 1  # Python refuses to shift by less than nothing

    def number(self) -> int:
        """The next number, ue(v); one with a sign, se(v), is as long.

        Raises:
            ValueError: it goes on beyond the end.
        """
        zeros = self._left - (self._value & (1 << self._left) - 1).bit_length()
        return self.take(2 * zeros + 1) - 1
