"""MOTChallenge text in and out."""

from __future__ import annotations

import pytest

from pantau.errors import DataError
from pantau.see.mot import comparable, read_mot, track_mot

WALK = [f"{f},-1,{100 + 5 * f},200,30,80,0.9,-1,-1,-1" for f in range(1, 11)]


def test_a_walk_comes_out_as_one_track() -> None:
    rows = [row.split(",") for row in track_mot(WALK, fps=10)]
    assert {row[1] for row in rows} == {"1"}
    assert [row[0] for row in rows] == [str(f) for f in range(1, 11)]
    assert rows[0][2:] == ["105.00", "200.00", "30.00", "80.00", "0.9000", "-1", "-1", "-1"]


def test_every_second_frame() -> None:
    assert [row.split(",")[0] for row in track_mot(WALK, fps=10, step=2)] == ["1", "3", "5", "7", "9"]


def test_the_order_of_lines_does_not_matter() -> None:
    assert list(track_mot(reversed(WALK), fps=10)) == list(track_mot(WALK, fps=10))


def test_no_lines_no_tracks() -> None:
    assert list(track_mot(["", "\n"], fps=10)) == []


@pytest.mark.parametrize(
    "line", ["1,-1,5,5", "0,-1,1,1,5,5,0.9", "one,-1,1,1,5,5,0.9", "1.5,-1,1,1,5,5,0.9", "inf,1,1,1,1,1,1"]
)
def test_a_line_that_can_not_be_read_is_named(line: str) -> None:
    with pytest.raises(DataError, match="line 2: expected"):
        read_mot([WALK[0], line])


@pytest.mark.parametrize(("fps", "step"), [(0.0, 1), (float("nan"), 1), (10.0, 0)])
def test_a_rate_or_step_that_is_not_positive_is_refused(fps: float, step: int) -> None:
    with pytest.raises(DataError, match="expected frames per second above 0"):
        list(track_mot(WALK, fps=fps, step=step))


def test_scores_without_bounds_become_confidences() -> None:
    lines = [f"{f},-1,{100 + 5 * f},200,30,80,{s},-1,-1,-1" for f in range(1, 11) for s in (40.0 + f, -3.0)]
    found = comparable(read_mot(lines))
    values = [v for d in found.values() for v in d.confidence.tolist()]
    assert min(values) == 0.0
    assert max(values) == 1.0


@pytest.mark.parametrize("score", ["0.98", "0.3", "55.0"])
def test_whatever_a_detector_calls_sure_its_clear_boxes_are_tracked(score: str) -> None:
    lines = [f"{f},-1,{100 + 5 * f},200,30,80,{score},-1,-1,-1" for f in range(1, 11)]
    assert {row.split(",")[1] for row in track_mot(lines, fps=10)} == {"1"}
