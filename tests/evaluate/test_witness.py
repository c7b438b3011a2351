"""A witness remembers what was tracked, not more than so much, and says nothing into the numbers."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta

import numpy as np

from pantau.evaluate.truth import Boxed, Mark
from pantau.evaluate.witness import SAMPLES, Seen, Witness, matchups
from pantau.findings import Findings
from pantau.places import Camera
from pantau.types import Detections, Frame, Tracks, View

T = datetime(2026, 1, 31, tzinfo=UTC)
IMAGE = np.zeros((500, 1000, 3), np.uint8)


def seen_by(witness: Witness, t_s: float, *boxes: tuple[int, float, float, int]) -> Findings:
    """Let it see boxes (id, ground x, ground y, class) of 20 x 40 pixels."""
    n = len(boxes)
    xyxy = np.array([[x - 10, y - 40, x + 10, y] for _, x, y, _ in boxes], np.float32).reshape(n, 4)
    found = Detections(xyxy, np.full(n, 0.9, np.float32), np.array([c for *_, c in boxes], np.int64))
    tracks = Tracks(found, np.array([i for i, *_ in boxes], np.int64), np.zeros((n, 2), np.float32))
    frame = Frame("simpang", T + timedelta(seconds=t_s), IMAGE, round(t_s * 10) + 1, t_s)
    return witness.step(View(frame, found, tracks))


def test_paths_near_the_line_come_closest_first_and_far_ones_not_at_all(camera: Camera) -> None:
    witness = Witness(T, 0.2)
    for i in range(20):
        t_s = i * 0.2
        assert seen_by(witness, t_s, (1, 500, 200 + 5 * i, 0), (2, 500, 230 + i, 0), (3, 500, 20, 0)) == Findings()
    paths = witness.paths(Mark("simpang.A", "forward", "person", 2.0), camera.lines[0])
    assert [round(path[0][2], 2) for path in paths] == [0.4, 0.46]
    assert all(abs(t - 2.0) <= 2.0 for path in paths for t, _, _ in path)
    assert len(paths) == 2


def test_frames_around_a_moment_are_in_order_and_about_so_far_apart() -> None:
    witness = Witness(T, 0.2)
    assert witness.frames_around(3.0, 5, 0.4) == []
    for i in range(40):
        seen_by(witness, i * 0.2)
    assert [round(one.t_s, 1) for one in witness.frames_around(3.0, 5, 0.4)] == [2.2, 2.6, 3.0, 3.4, 3.8]
    assert [round(one.t_s, 1) for one in witness.frames_around(0.0, 5, 0.4)] == [0.0, 0.4, 0.8]
    assert witness.frames_around(100.0, 5, 0.4) == []


def test_only_the_newest_samples_are_held() -> None:
    assert Witness(T, 0.2).seen.maxlen == SAMPLES


def test_tracks_are_compared_on_labelled_frames_and_classes_only() -> None:
    def one(frame: int, class_id: int) -> Seen:
        box = np.array([[0, 0, 10, 20]], np.float32)
        return Seen(frame, frame / 10, (1000, 500), np.array([7]), box, np.array([class_id]))

    boxes = {f: Boxed(np.array([1]), np.array([[0.0, 0, 10, 20]]), ("person",)) for f in (3, 7)}
    seen = deque([one(1, 0), one(3, 0), one(5, 0), one(7, 2), one(9, 0)])
    found = list(matchups(seen, boxes, frozenset({"person"})))
    assert [(len(m.true), len(m.found)) for m in found] == [(1, 1), (0, 1), (1, 0)]
    assert found[0].similarity[0, 0] == 1.0
    assert list(matchups(seen, {}, None)) == []
