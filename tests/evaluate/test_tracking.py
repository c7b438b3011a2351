"""HOTA, MOTA and IDF1 are those of the package that the field uses."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Sequence

import numpy as np
import pytest
from trackeval.metrics import CLEAR, HOTA, Identity

from pantau.errors import DataError
from pantau.evaluate.tracking import Matchup, track_score


def scene(seed: int, *, frames: int = 30, people: int = 6, lost: float = 0.1, switched: float = 0.05) -> list[Matchup]:
    """People who walk; the tracker is off by some pixels, loses some boxes, sees false ones and swaps ids."""
    rng = np.random.default_rng(seed)
    start, speed = rng.uniform(0, 400, (people, 2)), rng.uniform(-4, 4, (people, 2))
    ids = np.arange(people) + 100
    made = []
    for frame in range(frames):
        corner = start + frame * speed
        true = np.column_stack([corner, corner + np.array([20, 50])])
        if rng.random() < switched * people:
            a, b = rng.choice(people, 2, replace=False)
            ids[[a, b]] = ids[[b, a]]
        seen = rng.random(people) > lost
        there = rng.random(people) > lost / 2
        found = true[seen] + rng.normal(0, 3, (int(seen.sum()), 4))
        false = np.array([[500.0, 500, 520, 550]]) if frame % 7 == 0 else np.empty((0, 4))
        found_ids = np.concatenate([ids[seen], np.full(len(false), 999)])
        made.append(
            Matchup.of_boxes(np.arange(people)[there] * 3, true[there], found_ids, np.concatenate([found, false]))
        )
    return made


def judged(frames: Sequence[Matchup]) -> tuple[float, float, float, float, float, int]:
    """HOTA, DetA, AssA, MOTA, IDF1 and switches by `trackeval`."""
    true = np.unique(np.concatenate([f.true for f in frames]))
    found = np.unique(np.concatenate([f.found for f in frames]))
    asked = {
        "num_timesteps": len(frames),
        "num_gt_ids": len(true),
        "num_tracker_ids": len(found),
        "num_gt_dets": sum(len(f.true) for f in frames),
        "num_tracker_dets": sum(len(f.found) for f in frames),
        "gt_ids": [np.searchsorted(true, f.true) for f in frames],
        "tracker_ids": [np.searchsorted(found, f.found) for f in frames],
        "similarity_scores": [f.similarity for f in frames],
    }
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hota, clear, identity = (one.eval_sequence(asked) for one in (HOTA(), CLEAR(), Identity()))
    return (
        float(np.mean(hota["HOTA"])),
        float(np.mean(hota["DetA"])),
        float(np.mean(hota["AssA"])),
        float(clear["MOTA"]),
        float(identity["IDF1"]),
        int(clear["IDSW"]),
    )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("lost", "switched"), [(0.0, 0.0), (0.1, 0.05), (0.5, 0.02), (0.2, 0.3)])
def test_the_measures_are_those_of_trackeval(seed: int, lost: float, switched: float) -> None:
    frames = scene(seed, lost=lost, switched=switched)
    ours = track_score(frames)
    assert (ours.hota, ours.deta, ours.assa, ours.mota, ours.idf1, ours.switches) == pytest.approx(judged(frames))


def test_perfect_tracks_score_one_and_no_tracks_zero() -> None:
    boxes = np.array([[0.0, 0, 10, 20], [50, 0, 60, 20]])
    ids, nobody = np.array([1, 2]), np.empty(0, np.int64)
    perfect = track_score([Matchup.of_boxes(ids, boxes, ids + 5, boxes)] * 3)
    assert (perfect.hota, perfect.mota, perfect.idf1, perfect.switches) == pytest.approx((1, 1, 1, 0))
    nothing = track_score([Matchup.of_boxes(ids, boxes, nobody, np.empty((0, 4)))])
    assert (nothing.hota, nothing.mota, nothing.idf1) == (0, 0, 0)
    assert track_score([]).boxes == 0


@pytest.mark.parametrize(
    ("ids", "boxes", "said"),
    [
        ([1], [[0.0, 0.0, float("nan"), 5.0]], "not numbers"),
        ([1, 1], [[0.0, 0.0, 5.0, 5.0], [9.0, 0.0, 15.0, 5.0]], "each true id once"),
    ],
)
def test_boxes_that_are_no_boxes_are_refused(ids: list[int], boxes: list[list[float]], said: str) -> None:
    with pytest.raises(DataError, match=said):
        Matchup.of_boxes(np.array(ids), np.array(boxes), np.empty(0, np.int64), np.empty((0, 4)))
