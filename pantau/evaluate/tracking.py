"""How right tracks are, where true boxes are known: HOTA, CLEAR MOTA and IDF1, each from its paper.

    HOTA   √(DetA · AssA), mean over localisation thresholds 0.05 … 0.95    Luiten et al. 2021
    MOTA   1 - (missed + false + switches) ÷ true boxes, at IoU 0.5         Bernardin & Stiefelhagen 2008
    IDF1   F1 of boxes under the best one-to-one map of identities          Ristani et al. 2016

Each frame gives the true ids, the found ids and their similarity (IoU). HOTA's matching maximises similarity weighted by
how well two identities agree over the whole sequence; CLEAR prefers pairs of the frame before, then most pairs.
`tests/evaluate/test_tracking.py` compares with the package `trackeval`.

Rejected: depending on `trackeval` at run time (it is made for its own folders of files).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from pantau.errors import DataError
from pantau.geometry import box_iou

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALPHAS: Final = np.arange(0.05, 0.99, 0.05)
OVERLAP: Final = 0.5
"""IoU from which CLEAR and identity measures take a box as found."""
EPS: Final = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, eq=False)
class Matchup:
    """One frame: true ids (N,), found ids (M,), similarity (N, M) in [0, 1]."""

    true: Ints
    found: Ints
    similarity: Floats

    @classmethod
    def of_boxes(cls, true: Ints, true_xyxy: Floats, found: Ints, found_xyxy: Floats) -> Matchup:
        """The frame of two lots of boxes.

        Raises:
            DataError: a box is not finite, or an id is there twice.
        """
        for name, ids, xyxy in (("true", true, true_xyxy), ("found", found, found_xyxy)):
            if not np.isfinite(xyxy).all():
                raise DataError(f"expected finite {name} boxes, got some that are not numbers")
            if len(np.unique(ids)) != len(ids):
                raise DataError(f"expected each {name} id once in a frame, got {ids.tolist()}")
        return cls(true, found, box_iou(true_xyxy, found_xyxy))


@dataclass(frozen=True, slots=True)
class TrackScore:
    """HOTA with its two halves, MOTA, IDF1, identity switches, and over how many frames and true boxes."""

    hota: float
    deta: float
    assa: float
    mota: float
    idf1: float
    switches: int
    frames: int
    boxes: int


def track_score(frames: Sequence[Matchup]) -> TrackScore:
    """All measures of one sequence."""
    whole = _numbered(frames)
    boxes = int(sum(len(frame.true) for frame in frames))
    hota, deta, assa = _hota(whole)
    mota, switches = _clear(whole)
    return TrackScore(hota, deta, assa, mota, _idf1(whole), switches, len(frames), boxes)


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """Frames whose ids are numbers from 0, and in how many boxes each id is."""

    frames: tuple[Matchup, ...]
    true_boxes: Floats
    found_boxes: Floats


def _numbered(frames: Sequence[Matchup]) -> _Whole:
    def numbers(of: Sequence[Ints]) -> tuple[list[Ints], Floats]:
        every = np.concatenate([np.empty(0, np.int64), *of])
        ids, index, boxes = np.unique(every, return_inverse=True, return_counts=True)
        del ids
        return np.split(index.astype(np.int64), np.cumsum([len(o) for o in of])[:-1]), boxes.astype(np.float64)

    if not frames:
        return _Whole((), np.empty(0), np.empty(0))
    true, true_boxes = numbers([f.true for f in frames])
    found, found_boxes = numbers([f.found for f in frames])
    made = tuple(Matchup(t, p, f.similarity) for t, p, f in zip(true, found, frames, strict=True))
    return _Whole(made, true_boxes, found_boxes)


def _hota(whole: _Whole) -> tuple[float, float, float]:
    """HOTA, DetA, AssA: means over `ALPHAS`."""
    true_boxes, found_boxes = whole.true_boxes, whole.found_boxes
    total_true, total_found = true_boxes.sum(), found_boxes.sum()
    if not total_true or not total_found:
        return 0.0, 0.0, 0.0
    agreement = _agreement(whole)
    matches = np.zeros((len(ALPHAS), len(true_boxes), len(found_boxes)))
    for frame in whole.frames:
        weighted = agreement[np.ix_(frame.true, frame.found)] * frame.similarity
        rows, columns = linear_sum_assignment(-weighted)
        for number, alpha in enumerate(ALPHAS):
            good = frame.similarity[rows, columns] >= alpha - EPS
            matches[number, frame.true[rows[good]], frame.found[columns[good]]] += 1
    hits = matches.sum(axis=(1, 2))
    detection = hits / np.maximum(1, total_true + total_found - hits)
    shared = matches / np.maximum(1, true_boxes[None, :, None] + found_boxes[None, None, :] - matches)
    association = (matches * shared).sum(axis=(1, 2)) / np.maximum(1, hits)
    return float(np.sqrt(detection * association).mean()), float(detection.mean()), float(association.mean())


def _agreement(whole: _Whole) -> Floats:
    """Jaccard index of every true with every found identity, counting soft matches over all frames."""
    soft = np.zeros((len(whole.true_boxes), len(whole.found_boxes)))
    for frame in whole.frames:
        s = frame.similarity
        rest = s.sum(axis=0)[None, :] + s.sum(axis=1)[:, None] - s
        soft[np.ix_(frame.true, frame.found)] += np.divide(s, rest, out=np.zeros_like(s), where=rest > EPS)
    return np.asarray(soft / (whole.true_boxes[:, None] + whole.found_boxes[None, :] - soft))


def _clear(whole: _Whole) -> tuple[float, int]:
    """MOTA and identity switches."""
    total = whole.true_boxes.sum()
    if not total:
        return 0.0, 0
    last = np.full(len(whole.true_boxes), -1)
    before = np.full(len(whole.true_boxes), -1)
    hits = switches = 0
    for frame in whole.frames:
        kept = before[frame.true][:, None] == frame.found[None, :]
        worth = np.where(frame.similarity >= OVERLAP - EPS, 1000.0 * kept + frame.similarity, 0.0)
        rows, columns = linear_sum_assignment(-worth)
        good = worth[rows, columns] > EPS
        true, found = frame.true[rows[good]], frame.found[columns[good]]
        switches += int(((last[true] >= 0) & (last[true] != found)).sum())
        last[true] = found
        before[:] = -1
        before[true] = found
        hits += len(true)
    missed, false = total - hits, whole.found_boxes.sum() - hits
    return float(1 - (missed + false + switches) / total), switches


def _idf1(whole: _Whole) -> float:
    """IDF1: true and found identities mapped one to one so that most boxes agree."""
    true_boxes, found_boxes = whole.true_boxes, whole.found_boxes
    if not true_boxes.sum() or not found_boxes.sum():
        return 0.0
    together = np.zeros((len(true_boxes), len(found_boxes)))
    for frame in whole.frames:
        together[np.ix_(frame.true, frame.found)] += frame.similarity >= OVERLAP
    rows, columns = linear_sum_assignment(-together)
    return float(2 * together[rows, columns].sum() / (true_boxes.sum() + found_boxes.sum()))
