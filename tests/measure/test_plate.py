"""The background plate shows the place and nobody in it, says what it does not know, and stays small."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from pantau.errors import DataError
from pantau.measure.plate import FIRST_S, GREY, LAST_S, MOST, PlateWatch
from tests.measure.painted import T0, Body, ground, view

STEP_S = FIRST_S


def passing(number: int, *, seen: bool) -> Body:
    """Someone who is elsewhere in every still."""
    left = 10.0 + (number * 37) % 260
    return Body((left, 80.0, left + 30, 160.0), look=5, class_name="person", seen=seen)


@pytest.mark.parametrize("seen", [True, False])
def test_passers_by_are_not_in_it_whether_the_detector_sees_them_or_not(seen: bool) -> None:
    subject = PlateWatch()
    for number in range(12):
        subject.step(view([passing(number, seen=seen)], T0 + timedelta(seconds=number * STEP_S), seed=number))
    plate = subject.plate()
    assert plate is not None
    assert plate.share > 0.99
    error = np.abs(plate.image.astype(int) - 110)[plate.known]
    assert error.max() < 12  # the one who passes has levels from 30 to 225


def test_who_is_always_seen_at_one_spot_is_grey_and_not_shown() -> None:
    subject, sitter = PlateWatch(), Body((100.0, 80.0, 140.0, 160.0), look=3, class_name="person")
    for number in range(12):
        subject.step(view([sitter], T0 + timedelta(seconds=number * STEP_S), seed=number))
    plate = subject.plate()
    assert plate is not None
    assert not plate.known[80:160, 100:140].any()
    assert (plate.image[80:160, 100:140] == GREY).all()
    assert plate.known[:, 200:].all()


def test_an_endless_crowd_that_nobody_detects_is_no_ghost() -> None:
    subject = PlateWatch()
    for number in range(12):
        crowd = Body((100.0, 80.0, 220.0, 200.0), look=number, class_name="person", seen=False)
        subject.step(view([crowd], T0 + timedelta(seconds=number * STEP_S)))
    plate = subject.plate()
    assert plate is not None
    inside = plate.known[90:190, 110:210]
    assert inside.mean() < 0.35
    assert plate.known[:60].all()


def test_light_that_comes_and_goes_is_no_disagreement() -> None:
    subject = PlateWatch()
    for number, light in enumerate([0.6, 1.0, 1.5, 0.8, 1.2, 0.7, 1.4, 1.1]):
        subject.step(view([], T0 + timedelta(seconds=number * STEP_S), light=light))
    plate = subject.plate()
    assert plate is not None
    assert plate.known.all()
    shown = plate.image[..., 0].astype(float)
    truth = ground()[..., 0].astype(float)
    assert np.corrcoef(shown.ravel(), truth.ravel())[0, 1] > 0.9


def test_it_says_nothing_before_it_has_seen_enough_or_where_most_is_hidden() -> None:
    subject = PlateWatch()
    for number in range(4):
        subject.step(view([], T0 + timedelta(seconds=number * STEP_S)))
    assert subject.plate() is None
    hidden, bus = PlateWatch(), Body((0.0, 0.0, 250.0, 240.0), class_name="bus")
    for number in range(12):
        hidden.step(view([bus], T0 + timedelta(seconds=number * STEP_S)))
    assert hidden.plate() is None


def test_memory_is_bounded_and_what_is_kept_is_spread_over_all_that_was_seen() -> None:
    subject = PlateWatch()
    for number in range(400):
        subject.step(view([], T0 + timedelta(seconds=number * STEP_S)))
        assert len(subject) <= MOST
    times = [still.time for still in subject._stills]  # what is kept is the point
    apart = np.diff([time.timestamp() for time in times])
    assert times[0] == T0
    assert (times[-1] - times[0]).total_seconds() > 0.8 * 400 * STEP_S
    assert apart.max() <= 2 * apart.min()


def test_after_long_the_oldest_go_so_that_a_changed_place_is_followed() -> None:
    subject, built = PlateWatch(), Body((50.0, 50.0, 150.0, 150.0), look=8, seen=False)
    for number in range(3 * MOST + 20):
        scene = [built] if number > MOST + 20 else []
        subject.step(view(scene, T0 + timedelta(seconds=number * LAST_S)))
    plate = subject.plate()
    assert plate is not None
    assert np.ptp(plate.image[55:145, 55:145]) > 100


def test_a_picture_from_before_is_refused_and_another_size_begins_anew() -> None:
    subject = PlateWatch()
    subject.step(view([], T0))
    with pytest.raises(DataError, match="expected a later picture"):
        subject.step(view([], T0))
    subject.step(view([], T0 + timedelta(seconds=STEP_S)))
    subject.forget()
    assert len(subject) == 0
    assert subject.plate() is None


def test_only_samples_that_are_due_are_asked_for() -> None:
    subject = PlateWatch()
    assert subject.due(T0)
    subject.step(view([], T0))
    assert not subject.due(T0 + timedelta(seconds=STEP_S / 2))
    assert subject.due(T0 + timedelta(seconds=STEP_S))
