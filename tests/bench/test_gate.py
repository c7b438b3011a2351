"""The bench of the gate makes streams that begin where nobody is, tells truth that is true, and counts as it says."""

from __future__ import annotations

import numpy as np
import pytest

from bench.compose.cutouts import CutOut
from bench.compose.idle_stream import REPORTED, TUNED, Coming, beds
from bench.compose.passer import Passer, Track, Wish
from bench.gate import Night, _count, look, low

COMING = Coming(0, 100, 140, 110, 130, "near", "high", "slow", "person", 60.0, 40.0)
KEYS = {n: np.zeros((12, 16), np.uint8) for n in range(0, 400, 20)}


def night(*decoded: tuple[int, int], fates: tuple[tuple[int, str], ...] = ()) -> Night:
    """One in which the pictures of these ranges were decoded."""
    flags = np.zeros(600, bool)
    for first, last in decoded:
        flags[first:last] = True
    return Night(flags, fates)


@pytest.mark.parametrize(
    ("decoded", "asleep", "caught", "whole", "touched"),
    [
        ([], True, False, False, False),
        ([(81, 160)], True, True, True, True),  # the group in which it came was held, and is decoded from its start
        ([(101, 160)], True, True, True, True),
        ([(120, 160)], True, False, False, True),  # half of the crossing is not all of it
        ([(105, 135)], True, True, False, True),
        ([(60, 160)], False, True, True, True),  # awake when it came
        ([(440, 500)], True, False, False, False),  # what is decoded when nobody is there catches nobody
    ],
)  # fmt: skip
def test_a_coming_is_caught_when_the_middle_of_its_way_was_decoded(
    decoded: list[tuple[int, int]], asleep: bool, caught: bool, whole: bool, touched: bool
) -> None:
    seen = look(COMING, night(*decoded), KEYS, 20)
    assert (seen.asleep, seen.caught, seen.whole, seen.touched) == (asleep, caught, whole, touched)
    assert seen.keys == 2
    assert not seen.later


def test_the_control_looks_half_a_minute_later() -> None:
    assert look(COMING, night((405, 435)), KEYS, 20).later


def test_groups_are_told_apart_by_who_was_there() -> None:
    audits: dict[tuple[str, bool], int] = {}
    fates = ((400, "clean"), (420, "missed"), (500, "clean"), (540, "fired"))
    late = Coming(0, 500, 540, 510, 530, "near", "high", "slow", "person", 60.0, 40.0)
    _count(audits, night(fates=fates), [late], 20)
    assert audits == {("clean", False): 1, ("missed", False): 1, ("clean", True): 1}, (
        "a group just after somebody is neither"
    )


def test_the_interval_needs_six_hundred() -> None:
    assert low(600, 600) >= 0.995 > low(597, 600)
    assert low(590, 600) == pytest.approx(0.9719, abs=2e-4)
    assert low(0, 600) == 0.0


def test_no_place_is_tuned_and_reported_and_every_disturbance_meets_every_group_and_encoder() -> None:
    assert not set(TUNED) & set(REPORTED)
    reported = beds(REPORTED, 10, 6)
    assert len({bed.name for bed in reported}) == len({bed.setting.seed for bed in reported}) == 30
    met = {(bed.setting.disturbance, bed.group_s, bed.held) for bed in reported}
    assert len(met) == 5 * 2 * 2
    assert len({(bed.setting.disturbance, bed.setting.light) for bed in reported}) == 5 * 3


def test_who_comes_out_from_behind_an_edge_is_drawn_with_the_contrast_told_and_leaves_no_trace() -> None:
    cut = CutOut(np.full((20, 10, 3), 200, np.uint8), np.ones((20, 10), np.float32), "person")
    way = np.linspace(0, 1, 12)[:, None] * np.array([4.0, 0.0])
    one = Passer(Wish("far", "mid", "slow"), Track((cut,) * 12, way, 10.0), 20.0, np.array([20.0, 40.0]), 50, 60, 0.5)
    ground = np.full((60, 120, 3), 100, np.uint8)
    canvas = ground.copy()
    assert one.draw(canvas, 55, 1.0) == pytest.approx(50, abs=1)
    assert (canvas != ground).any(axis=2).sum() == 200
    first = ground.copy()
    one.draw(first, 50, 1.0)
    assert (first != ground).any(axis=2).sum() == 100, "half of it is still behind the edge"
