"""What H.264's own numbers tell of pictures that never came, read from a packet's first bytes before it is decoded.

Each picture carries ``frame_num``: it rises by one after each *reference* picture, modulo a power of two, and begins at 0 with each
IDR picture (ITU-T H.264, 7.3.3 and 7.4.3). A picture whose number is not the one after that of the reference picture before
it refers to pictures that never came: the camera or the network dropped them. What looks so and is not:

* a stream that says that gaps are allowed (``gaps_in_frame_num_value_allowed_flag``, layers in time);
* pictures that nothing refers to (``nal_ref_idc`` 0): when one is lost nothing is missing;
* the second field of a picture, whose number is its first's, where there may be fields;
* 0 or 1 after an intra picture, which may have begun the numbers anew (``memory_management_control_operation`` 5; that it has is said too far behind).

Rather miss a loss than invent one: what can't be read says nothing, and the next picture is compared with nobody.
Limits: a loss after which the numbers fit (whole cycles of them, which are 16 at the least; a key frame, and the number before it was 0) and that of a slice
which is not its picture's first are not seen.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pantau.ingest.annex_b import Bits, nal_units

SLICE: Final = 1
IDR: Final = 5
SEQUENCE: Final = 7
PICTURE: Final = 8
INTRA: Final = frozenset({2, 4, 7, 9})
"""Types of slices that refer to no other picture."""
SLICE_BYTES: Final = 16
"""The number is within so many."""
SET_BYTES: Final = 512
"""What is read of a parameter set is within so many."""
RICH: Final = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
"""Profiles that say more of their colours (7.3.2.1.1)."""


class Numbering(NamedTuple):
    """What a sequence parameter set says of its pictures' numbers: their bits, whether a plane's stands before them, whether gaps are allowed, whether there may be fields."""

    bits: int
    planes: bool
    gaps: bool
    fields: bool


class FrameNumbers:
    """Of the packets that one decoder is given, in their order.

    Args:
        codec: of the stream; nothing is said of others than ``h264``.
        sets: its parameter sets as far as they are known beforehand; where they say that lengths stand before NAL units, nothing is said either.
    """

    def __init__(self, codec: str, sets: bytes) -> None:
        self._numberings: dict[int, Numbering] = {}
        self._sequences: dict[int, int] = {}  # of each picture parameter set
        self._intra = False  # the newest reference picture was
        self.newest: int | None = None
        """Number of the newest reference picture; None: the next one is compared with nobody."""
        self._told = codec == "h264" and not sets.startswith(b"\1")
        self.lost(memoryview(sets))

    def lost(self, data: memoryview) -> bool:
        """Whether pictures that this packet's refers to never came."""
        if not self._told:
            return False
        try:
            return self._read(data)
        except (ValueError, KeyError):  # damaged, or of a parameter set that never came
            self.newest = None
            return False

    def _read(self, data: memoryview) -> bool:
        for at in nal_units(data):
            kind = data[at] & 31
            if kind == SEQUENCE:
                number, numbering = _numbering(Bits(bytes(data[at + 1 : at + SET_BYTES])))
                self._numberings[number] = numbering
            elif kind == PICTURE:
                bits = Bits(bytes(data[at + 1 : at + SLICE_BYTES]))
                number = bits.number()
                self._sequences[number] = bits.number()
            elif kind in {SLICE, IDR}:
                bits = Bits(bytes(data[at + 1 : at + SLICE_BYTES]))
                if bits.number() == 0:  # its picture's first
                    return self._follows(data[at], bits)
        return False

    def _follows(self, header: int, bits: Bits) -> bool:
        intra, numbering = bits.number() in INTRA, self._numberings[self._sequences[bits.number()]]
        if numbering.planes:
            bits.take(2)
        number, before = bits.take(numbering.bits), self.newest
        if header & 31 == IDR:
            self.newest, self._intra = number, True
            return False
        cycle, referred_to = 1 << numbering.bits, bool(header & 0x60)
        follows = {1} if referred_to and not numbering.fields else {0, 1}
        lost = before is not None and not numbering.gaps and (number - before) % cycle not in follows
        if lost and number <= 1 and self._intra:
            lost = False
        if referred_to:
            self.newest, self._intra = number, intra
        elif lost:
            self.newest = (number - 1) % cycle
        return lost


def _numbering(bits: Bits) -> tuple[int, Numbering]:
    """Number and contents of a sequence parameter set (7.3.2.1.1), as far as they are of use.

    Raises:
        ValueError: it ends before.
    """
    profile = bits.take(8)
    bits.take(16)  # constraints, level
    number = bits.number()
    planes = profile in RICH and _planes(bits)
    width = bits.number() + 4
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.take(1)
        for _ in range(2):
            bits.number()
        for _ in range(bits.number()):
            bits.number()
    bits.number()  # reference pictures
    gaps = bits.take(1) == 1
    for _ in range(2):  # width, height
        bits.number()
    return number, Numbering(width, planes, gaps, bits.take(1) == 0)


def _planes(bits: Bits) -> bool:
    """Whether colours are coded as planes of their own; what else rich profiles say is passed over."""
    chroma = bits.number()
    planes = chroma == 3 and bits.take(1) == 1
    for _ in range(2):  # depths
        bits.number()
    if bits.take(2) & 1:  # after one that says lossless
        for matrix in range(12 if chroma == 3 else 8):
            if bits.take(1):
                _skip_scaling(bits, 16 if matrix < 6 else 64)
    return planes


def _skip_scaling(bits: Bits, size: int) -> None:
    """A scaling list (7.3.2.1.1.1): differences, until one leads to 0."""
    scale = 8
    for _ in range(size):
        code = bits.number()
        scale = (scale + (code + 1) // 2 * (1 if code % 2 else -1)) % 256
        if not scale:
            return
