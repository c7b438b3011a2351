"""The filter under all tracks: it is as sure as the samples are worth, not as many as they are."""

from __future__ import annotations

import numpy as np
import pytest

from pantau.see.motion import P11, Array, Motion, Noise, V, X

BOX = np.array([[100.0, 200.0, np.log(30.0), np.log(80.0)]])


def watched(fps: float, seconds: float = 4.0, speed: float = 40.0) -> Motion:
    """One box that goes right at `speed` px/s, sampled `fps` times a second."""
    motion, box = Motion(Noise()), BOX.copy()
    motion.begin(box, np.zeros((1, 2)), np.full(1, 40.0), np.full(1, 0.3))
    for _ in range(round(seconds * fps)):
        motion.predict(1 / fps)
        box[0, 0] += speed / fps
        motion.update(np.array([0]), box, motion.measured(box))
    return motion


def sureness(fps: float) -> Array:
    return np.asarray(watched(fps).state[P11, 0, :2])


def test_thirty_samples_a_second_make_a_track_hardly_surer_than_ten() -> None:
    """The errors of neighbouring samples are the same error."""
    assert sureness(30) / sureness(10) == pytest.approx(np.ones(2), abs=0.25)


def test_more_samples_never_make_it_less_sure() -> None:
    assert (sureness(10) <= sureness(5)).all()
    assert (sureness(5) <= sureness(3)).all()


@pytest.mark.parametrize("fps", [3, 5, 10, 30])
def test_it_finds_speed_and_place_at_any_rate(fps: float) -> None:
    state = watched(fps).state
    assert state[V, 0, :2] == pytest.approx([40, 0], abs=1.0)
    assert state[X, 0, :2] == pytest.approx([260, 200], abs=2.0)


def test_one_step_is_as_two_halves_of_it() -> None:
    """A gap of any length is one step."""
    once, twice = watched(5), watched(5)
    once.predict(1.0)
    twice.predict(0.5)
    twice.predict(0.5)
    assert once.state == pytest.approx(twice.state, rel=1e-6)
