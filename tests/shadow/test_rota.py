"""Cameras take turns, as many at once as the idle time carries."""

from __future__ import annotations

from datetime import timedelta

from pantau.shadow.rota import TURN_S, Rota
from tests.made_street import START

CAMERAS = ["a", "b", "c", "d"]


def test_each_has_its_turn_and_they_go_round() -> None:
    rota = Rota()
    seats = []
    for turn in range(5):
        seats.append(rota.turn(START + timedelta(seconds=turn * TURN_S), CAMERAS))
        rota.saw(100, 96)  # well, but not so well that one more would fit
    assert seats == [("a",), ("b",), ("c",), ("d",), ("a",)]


def test_a_turn_lasts() -> None:
    rota = Rota()
    rota.turn(START, CAMERAS)
    assert rota.turn(START + timedelta(seconds=TURN_S - 1), CAMERAS) == ("a",)


def test_where_all_is_seen_one_more_sits_until_all_do_and_nobody_is_sent_away() -> None:
    rota = Rota()
    seats = []
    for turn in range(6):
        seats.append(rota.turn(START + timedelta(seconds=turn * TURN_S), CAMERAS))
        rota.saw(100, 100)
    assert [len(one) for one in seats] == [1, 2, 3, 4, 4, 4]
    assert set(seats[-1]) == set(CAMERAS)


def test_where_samples_are_lost_one_less_sits_and_one_always_does() -> None:
    rota = Rota()
    rota.seats = 3
    sizes = []
    for turn in range(5):
        sizes.append(len(rota.turn(START + timedelta(seconds=turn * TURN_S), CAMERAS)))
        rota.saw(100, 50)
    assert sizes == [3, 2, 1, 1, 1]


def test_a_camera_that_is_gone_gives_its_place_away() -> None:
    rota = Rota()
    assert rota.turn(START, CAMERAS) == ("a",)
    assert rota.turn(START + timedelta(seconds=5), CAMERAS[1:]) == ("b",)
    assert rota.turn(START + timedelta(seconds=10), []) == ()
