"""The gate's comparison by itself: what it finds in noise, what leaves no trace, and what an audit believes."""

from __future__ import annotations

import numpy as np
import pytest

from pantau.ingest.gate import Gate, Luma, shrink
from pantau.masks import Masks

SIZE = (180, 320)


class Street:
    """Noisy pictures of a grey street, with a thing on it where one is asked for."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(5)
        self._ground = np.kron(self._chance.integers(80, 160, (18, 32)), np.ones((10, 10)))

    def picture(self, *, left: int | None = None, contrast: float = 0.0) -> Luma:
        """The thing is 7 pixels wide and 12 high."""
        picture = self._ground + self._chance.normal(0, 3, SIZE)
        if left is not None:
            picture[90:102, left : left + 7] += contrast
        return np.clip(np.round(picture), 0, 255).astype(np.uint8)


@pytest.fixture
def street() -> Street:
    return Street()


@pytest.fixture
def gate(street: Street) -> Gate:
    """One that has seen a minute of nothing."""
    gate = Gate()
    for _ in range(40):
        gate.look(street.picture(), "key")
    return gate


def test_noise_is_quiet(gate: Gate, street: Street) -> None:
    assert sum(gate.look(street.picture(), "key") for _ in range(60)) <= 1


@pytest.mark.parametrize("left", [100, 102, 151, 210])
def test_a_small_faint_thing_is_found_wherever_it_lies_on_the_cells_and_leaves_no_trace(
    gate: Gate, street: Street, left: int
) -> None:
    assert gate.look(street.picture(left=left, contrast=14), "key")
    gate.look(street.picture(), "key")  # that it has gone is a change, too
    assert not any(gate.look(street.picture(), "key") for _ in range(5))


def test_who_stays_is_quiet_from_the_next_key_frame_but_one_on(gate: Gate, street: Street) -> None:
    assert gate.look(street.picture(left=100, contrast=40), "key")
    gate.look(street.picture(left=100, contrast=40), "key")
    assert not any(gate.look(street.picture(left=100, contrast=40), "key") for _ in range(5))


def test_an_audit_believes_what_lasts_two_pictures_and_not_what_leaps_once(gate: Gate, street: Street) -> None:
    for _ in range(30):
        gate.look_back(street.picture())
    gate.look(street.picture(), "key")
    leaps = [gate.look_back(street.picture(left=left, contrast=60)) for left in (40, 200, 90, 280)]
    assert not any(leaps)
    gate.look(street.picture(), "key")
    walks = [gate.look_back(street.picture(left=left, contrast=60)) for left in (40, 44, 48, 52)]
    assert walks == [False, True, True, True]


def test_a_picture_of_another_size_is_news_though_it_is_as_large_when_shrunk(gate: Gate, street: Street) -> None:
    """Boxes that were found on the other one mean nothing on it."""
    small = street.picture()
    large = np.repeat(np.repeat(small, 2, axis=0), 2, axis=1)
    assert shrink(small).shape == shrink(large).shape
    assert gate.look(large, "key")
    assert not gate.knows


LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def test_what_moves_where_nobody_may_look_wakes_nobody(street: Street) -> None:
    gate = Gate(Masks((LEFT_HALF,)))
    for number in range(40):  # a busy window, masked
        gate.look(street.picture(left=20 + 3 * number, contrast=80), "key")
    assert gate.knows
    assert not any(gate.look(street.picture(left=left, contrast=80), "key") for left in (30, 60, 90, 120))
    assert gate.look(street.picture(left=210, contrast=14), "key")


def test_a_cloud_is_nobody_also_where_most_of_the_picture_is_masked(street: Street) -> None:
    """What is black in both pictures tells nothing of the light."""
    gate = Gate(Masks((((0.0, 0.0), (0.8, 0.0), (0.8, 1.0), (0.0, 1.0)),)))
    for _ in range(40):
        gate.look(street.picture(), "key")
    brighter = np.clip(street.picture() * 1.2, 0, 255).astype(np.uint8)
    assert not gate.look(brighter, "key")
