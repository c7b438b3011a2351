"""Pictures that never came are noticed, and none is said to be missing from a stream that is whole: made by x264, and by hand for what it never makes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from pantau.ingest.annex_b import codec_of
from pantau.ingest.frame_numbers import FrameNumbers
from tests.made_streams import passing, stream
from tests.raw_camera import Unit, units


def data(unit: Unit) -> memoryview:
    return memoryview(b"".join(b"\0\0\0\1" + nal for nal in unit.nals))


def referred_to(unit: Unit) -> bool:
    """Whether others may refer to it."""
    return any(nal[0] & 0x60 for nal in unit.nals if nal[0] & 31 in {1, 5})


def gaps(sent: Sequence[Unit], numbers: FrameNumbers | None = None) -> list[int]:
    """Places in `sent` before which something is missing."""
    numbers = numbers or FrameNumbers("h264", b"")
    return [place for place, unit in enumerate(sent) if numbers.lost(data(unit))]


@pytest.fixture(params=[0, 3], ids=["P", "B"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> list[Unit]:
    """Groups longer than a cycle of numbers, which are 16."""
    return units(stream(tmp_path / "made.mp4", 16, passing(40, 80), gop=50, b_frames=request.param))


def test_of_a_whole_stream_nothing_is_missing(made: list[Unit]) -> None:
    assert gaps(made) == []


def test_each_picture_that_never_came_and_that_others_refer_to_is_missed_by_the_next(made: list[Unit]) -> None:
    chance, missed = random.Random(3), 0
    for _ in range(20):
        lost = {place for place, unit in enumerate(made) if chance.random() < 0.4 and not unit.key}
        came = [place for place in range(len(made)) if place not in lost]
        expected = [
            number
            for number, (before, place) in enumerate(zip([-1, *came], came, strict=False))
            if not made[place].key and any(referred_to(made[n]) for n in range(before + 1, place))
        ]
        assert gaps([made[place] for place in came]) == expected
        missed += len(expected)
    assert missed > 400


def test_a_key_frame_that_never_came_is_missed(made: list[Unit]) -> None:
    keys = [place for place, unit in enumerate(made) if unit.key]
    assert gaps([unit for place, unit in enumerate(made) if place != keys[1]]) == [keys[1]]


def test_who_begins_in_the_middle_or_anew_misses_nothing(made: list[Unit]) -> None:
    numbers = FrameNumbers("h264", b"")
    assert gaps(made[:20], numbers) == []
    numbers.newest = None
    assert gaps(made[30:50], numbers) == []
    assert gaps(made[25:]) == [], "its parameter sets come with the next key frame"


def test_nothing_is_said_of_other_codecs_and_of_nal_units_with_lengths(made: list[Unit]) -> None:
    holed = made[::2]
    assert gaps(holed) != []
    assert gaps(holed, FrameNumbers("hevc", b"")) == []
    assert gaps(holed, FrameNumbers("h264", b"\1\x64\0\x1f")) == []


def test_parameter_sets_may_be_known_beforehand(made: list[Unit]) -> None:
    sets = b"".join(b"\0\0\1" + nal for nal in made[0].nals if nal[0] & 31 in {7, 8})
    bare = [Unit(u.sent_s, u.stamp_s, tuple(nal for nal in u.nals if nal[0] & 31 in {1, 5})) for u in made[::2]]
    assert gaps(bare) == []
    assert gaps(bare, FrameNumbers("h264", sets)) == gaps(made[::2]) != []


# --- by hand: what x264 never makes -------------------------------------------------------------------------------------


def ue(number: int) -> str:
    binary = f"{number + 1:b}"
    return "0" * (len(binary) - 1) + binary


def nal(header: int, bits: str) -> bytes:
    """A NAL unit of these bits, with emulation prevention."""
    bits += "1" + "0" * (-(len(bits) + 1) % 8)
    sent = bytearray([header])
    for byte in int(bits, 2).to_bytes(len(bits) // 8):
        if sent[-2:] == b"\0\0" and byte <= 3:
            sent.append(3)
        sent.append(byte)
    return b"\0\0\1" + bytes(sent)


def sets(
    *, planes: bool = False, allowed: bool = False, fields: bool = False, order: str = ue(2), rich: str | None = None
) -> bytes:
    """A sequence parameter set with numbers of four bits, and its picture parameter set."""
    profile = "01000010" if rich is None and not planes else "11110100"
    more = "" if rich is None and not planes else (rich or ue(3) + str(int(planes)) + ue(0) * 2 + "00")
    sequence = profile + "0" * 8 + "00011111" + ue(0) + more + ue(0) + order + ue(1) + str(int(allowed))
    sequence += ue(19) + ue(14) + str(int(not fields))
    return nal(0x67, sequence) + nal(0x68, ue(0) + ue(0) + "11" + ue(0))


def slice_of(number: int, *, kind: int = 5, header: int = 0x41, first: int = 0, planes: str = "") -> bytes:
    return nal(header, ue(first) + ue(kind) + ue(0) + planes + f"{number:04b}" + "10" * 40)


def told(*packets: bytes) -> list[bool]:
    numbers = FrameNumbers("h264", b"")
    return [numbers.lost(memoryview(packet)) for packet in packets]


KEY = slice_of(0, kind=7, header=0x65)


ORDERS = ue(1) + "0" + ue(2**31) + ue(2**31 + 7) + ue(3) + ue(2**30) * 3  # with zeros that need emulation prevention
LISTS = ue(1) + ue(0) * 2 + "01" + "1" + ue(3) * 16 + "0" * 5 + "1" + ue(1) + ue(18) + "0"  # one of which ends early


@pytest.mark.parametrize(
    "before",
    [sets(), sets(order=ue(0) + ue(4)), sets(order=ORDERS), sets(rich=LISTS)],
    ids=["bare", "order 0", "order 1", "scaling lists"],
)
def test_every_kind_of_parameter_set_is_read(before: bytes) -> None:
    assert told(before + KEY, slice_of(1), slice_of(2), slice_of(4), slice_of(5)) == [False, False, False, True, False]


def test_planes_of_their_own_have_their_own_number_first() -> None:
    sent = [slice_of(number, planes="01") for number in (1, 2, 4)]
    assert told(sets(planes=True) + slice_of(0, kind=7, header=0x65, planes="01"), *sent) == [False] * 3 + [True]


def test_where_gaps_are_allowed_none_is_a_loss() -> None:
    assert told(sets(allowed=True) + KEY, slice_of(1), slice_of(5)) == [False] * 3


def test_two_fields_have_one_number_and_a_cycle_begins_again_after_its_last() -> None:
    fields = [slice_of(number % 16) for number in range(40) for _ in range(2)]
    assert not any(told(sets(fields=True) + KEY, *fields))
    assert told(sets() + KEY, slice_of(1), slice_of(2), slice_of(2)) == [False] * 3 + [True], "a cycle is lost"


def test_numbers_that_begin_anew_after_an_intra_picture_are_no_loss() -> None:
    intra = slice_of(9, kind=7)
    assert told(sets() + KEY, *map(slice_of, range(1, 9)), intra, slice_of(1), slice_of(2)) == [False] * 12
    assert told(sets() + KEY, *map(slice_of, range(1, 10)), slice_of(1)) == [False] * 10 + [True], "a key frame is lost"


def test_pictures_that_nobody_refers_to_may_be_lost() -> None:
    others = [slice_of(2, header=0x01), slice_of(2, header=0x01), slice_of(2), slice_of(4, header=0x01), slice_of(4)]
    assert told(sets() + KEY, slice_of(1), *others) == [False] * 5 + [True, False]


def test_a_pictures_further_slices_and_nonsense_say_nothing() -> None:
    assert told(sets() + KEY, slice_of(1) + slice_of(1, first=7), slice_of(9, first=7), slice_of(2)) == [False] * 4
    assert told(sets() + KEY, b"\0\0\1\x41", b"", b"\0\0\1", slice_of(9), slice_of(11)) == [False] * 5 + [True]
    assert told(KEY, slice_of(4), slice_of(8)) == [False] * 3, "no parameter set came"


def test_a_packet_with_all_parameter_sets_tells_its_codec() -> None:
    hevc = b"".join(b"\0\0\0\1" + bytes((kind << 1, 1, 7, 9)) for kind in (35, 32, 33, 34, 39, 19))
    assert codec_of(memoryview(hevc)) == "hevc"
    assert codec_of(memoryview(sets() + KEY)) == "h264"
    assert codec_of(memoryview(slice_of(3))) is None
    assert codec_of(memoryview(b"")) is None
