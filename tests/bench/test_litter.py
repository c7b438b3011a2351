"""How found and false litter are counted."""

from __future__ import annotations

from bench.compose.litter_scene import LIMIT_S
from bench.litter import LATE_S, Said, Thing, score

BOX = (100.0, 100.0, 124.0, 124.0)
LYING = Thing("litter", 1000.0, 9000.0, BOX)


def said(since: float, first: float, box: tuple[float, float, float, float] = BOX) -> Said:
    return Said(box, since, [first, first + 60])


def test_found_in_time_late_or_elsewhere() -> None:
    in_time = score([LYING], [said(1020, 1000 + LIMIT_S + LATE_S)], 1.0)
    assert (in_time.found, in_time.false) == ((True,), 0)
    late = score([LYING], [said(1020, 1000 + LIMIT_S + LATE_S + 60)], 1.0)
    assert (late.found, late.false) == ((False,), 0)
    elsewhere = score([LYING], [said(1020, 1700, (300.0, 100.0, 324.0, 124.0))], 1.0)
    assert (elsewhere.found, elsewhere.false) == ((False,), 1)


def test_what_was_cleared_or_is_no_litter_is_false() -> None:
    assert score([LYING], [said(8900, 9000 + LATE_S + 60)], 1.0).false == 1
    bag = Thing("bag", 1000.0, 9000.0, BOX)
    told = score([bag], [said(1020, 1700)], 1.0)
    assert (told.found, told.false) == ((), 1)
    assert "bag" in told.wrong[0]


def test_what_is_far_larger_than_the_thing_does_not_find_it() -> None:
    assert score([LYING], [said(1020, 1700, (0.0, 0.0, 224.0, 224.0))], 1.0).found == (False,)


def test_small_things_and_short_ones_are_counted_apart() -> None:
    small = Thing("small", 1000.0, 9000.0, BOX)
    short = Thing("litter", 1000.0, 1000.0 + LIMIT_S, (10.0, 10.0, 34.0, 34.0))
    told = score([small, short], [said(1020, 1700)], 1.0)
    assert (told.found, told.small) == ((), (True,))
