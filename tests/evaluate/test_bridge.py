"""The bridge ratio is a ratio of sums over what both watched, with an interval that covers it and is not made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pantau.errors import DataError
from pantau.evaluate.bridge import ALL, FEWEST, Bridge, Cell, Row, Stretch, bridges, read_stretch

START = datetime(2026, 1, 1, tzinfo=UTC)


def stretch(number: int, before: float, after: float, both: int = 0, **changes: object) -> Stretch:
    """A minute of one class at one line; `number` counts minutes."""
    cell = Cell("a.L", 1, "forward", "car", before, after, both)
    made = Stretch(
        camera="a",
        start=START + timedelta(minutes=number),
        length_s=60,
        old="o",
        new="n",
        given=300,
        seen=300,
        cadence_s=0.2,
        cells=(cell,),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # by name


def only(stretches: list[Stretch]) -> Bridge:
    (bridge,) = bridges(stretches)
    return bridge


def row(bridge: Bridge, place: str = ALL, road_user: str = ALL) -> Row:
    (found,) = (r for r in bridge.rows if (r.place, r.road_user) == (place, road_user))
    return found


def test_it_is_a_ratio_of_sums_and_not_a_mean_of_ratios() -> None:
    found = row(only([stretch(0, 100, 90, 88), stretch(1, 1, 2, 1)]))
    assert found.ratio == pytest.approx(92 / 101)
    assert (found.old, found.new, found.both) == (101, 92, 89)


def test_too_few_blocks_have_no_interval_and_enough_have_one() -> None:
    few = [stretch(n, 10, 9) for n in range(FEWEST - 1)]
    assert row(only(few)).interval is None
    assert row(only([*few, stretch(FEWEST, 10, 9)])).interval == pytest.approx((0.9, 0.9))


def test_blocks_are_hours_once_there_are_enough_of_them() -> None:
    assert only([stretch(n * 60, 10, 9) for n in range(FEWEST)]).block_s == 3600
    assert only([stretch(n * 10, 10, 9) for n in range(FEWEST)]).block_s == 600
    assert only([stretch(n, 10, 9) for n in range(FEWEST)]).block_s == 0


def test_the_interval_covers_the_true_ratio_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        old = chance.poisson(20, 60)
        new = chance.binomial(old, 0.8) + chance.poisson(1, 60)  # misses a fifth, makes up one: true ratio 0.85
        found = row(only([stretch(n, int(old[n]), int(new[n])) for n in range(60)])).interval
        assert found is not None
        covered += found[0] <= 0.85 <= found[1]
    assert 180 <= covered <= 200


def test_pairs_are_drawn_together_so_that_busy_minutes_do_not_widen_it() -> None:
    chance = np.random.default_rng(2)
    busy = chance.integers(0, 100, 60) * 2
    low, high = row(only([stretch(n, int(c), int(c) // 2) for n, c in enumerate(busy)])).interval or (0, 0)
    assert (low, high) == pytest.approx((0.5, 0.5))


def test_a_minute_with_holes_is_left_out_and_said() -> None:
    bridge = only([stretch(0, 10, 10), stretch(1, 10, 0, seen=150)])
    assert row(bridge).ratio == 1
    assert bridge.left_out_s == 30
    assert bridge.share == pytest.approx(450 / 600)
    assert not bridge.thin


def test_only_minutes_with_holes_are_taken_with_a_warning() -> None:
    bridge = only([stretch(n, 10, 5, seen=150) for n in range(3)])
    assert bridge.thin
    assert row(bridge).ratio == 0.5


def test_other_detectors_are_other_bridges() -> None:
    found = bridges([stretch(0, 10, 5), stretch(1, 10, 5), stretch(2, 10, 20, old="o2")])
    assert [(b.old, row(b).ratio) for b in found] == [("o", 0.5), ("o2", 2.0)]


def test_a_line_that_was_moved_is_two_rows() -> None:
    moved = Cell("a.L", 2, "forward", "car", 4, 2)
    bridge = only([stretch(0, 10, 10), stretch(1, 0, 0, cells=(moved,))])
    assert [(r.revision, r.ratio) for r in bridge.rows if r.place] == [(1, 1.0), (2, 0.5)]


def test_vehicles_are_pooled_apart_from_people_and_zones_from_lines() -> None:
    cells = (
        Cell("a.L", 1, "forward", "car", 10, 8, 8),
        Cell("a.L", 1, "forward", "bus", 0, 2, 0),
        Cell("a.L", 1, "backward", "person", 5, 5, 5),
        Cell("a.Z", 1, "", "person", 2.0, 1.0),
    )
    bridge = only([stretch(0, 0, 0, cells=cells), stretch(1, 0, 0, cells=(), seen=100, given=100)])
    assert (row(bridge, ALL, "vehicle").old, row(bridge, ALL, "vehicle").new) == (10, 10)
    assert (row(bridge).old, row(bridge).new, row(bridge).both) == (15, 15, 13)
    inside = row(bridge, "a.Z", "person")
    assert inside.inside
    assert inside.old == pytest.approx(2.0 * 300 / 400)  # a minute in which nobody was inside counts
    assert inside.ratio == 0.5
    assert row(bridge, "a.L", "bus").ratio is None


def test_a_stretch_that_nobody_saw_is_no_zero() -> None:
    assert bridges([stretch(0, 0, 0, seen=0)]) == ()


def test_a_line_of_the_file_is_the_stretch_again() -> None:
    one = stretch(3, 7, 6.5, 5)
    assert read_stretch(one.line()) == one
    with pytest.raises(DataError, match="line of JSON"):
        read_stretch('{"camera": "a"')
