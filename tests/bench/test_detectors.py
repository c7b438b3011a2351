"""The bench counts found, missed and false boxes as a person would."""

from __future__ import annotations

import numpy as np

from bench.data import Truth
from bench.detectors import score
from pantau.types import CLASSES, Detections

TRUTH = Truth(
    frame=np.array([1, 1, 2]),
    person=np.array([7, 8, 7]),
    xyxy=np.array([[0, 0, 10, 20], [50, 0, 60, 20], [2, 0, 12, 20]], np.float32),
)


def seen(*rows: tuple[float, float, float, float, float, str]) -> Detections:
    return Detections(
        np.array([row[:4] for row in rows], np.float32).reshape(-1, 4),
        np.array([row[4] for row in rows], np.float32),
        np.array([CLASSES.index(row[5]) for row in rows], np.int64),
    )


def test_everybody_found_is_one() -> None:
    found = {
        1: seen((0, 0, 10, 20, 0.9, "person"), (50, 0, 60, 20, 0.9, "person")),
        2: seen((2, 0, 12, 20, 0.9, "person")),
    }
    figures = score(found, TRUTH).figures()
    assert (figures["recall"], figures["precision"], figures["mean_iou"]) == (1.0, 1.0, 1.0)
    assert (figures["people"], figures["true_boxes"], figures["boxes"]) == (2, 3, 3)


def test_missed_doubled_weak_and_other_classes_count_as_they_should() -> None:
    found = {
        1: seen(
            (0, 0, 10, 20, 0.9, "person"),
            (0, 0, 10, 19, 0.8, "person"),  # the same person again: false
            (50, 0, 60, 20, 0.2, "person"),  # too weak: missed
            (50, 0, 60, 20, 0.9, "car"),  # not a person
        ),
        2: seen(),
    }
    figures = score(found, TRUTH).figures()
    assert figures["recall"] == round(1 / 3, 3)
    assert figures["precision"] == 0.5


def test_nothing_seen_has_no_precision() -> None:
    figures = score({1: seen()}, TRUTH).figures()
    assert figures["recall"] == 0
    assert figures["precision"] is None
