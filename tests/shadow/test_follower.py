"""A running city follows the trial that was asked for: begins, survives a restart, ends by itself, says what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pantau.errors import ModelError
from pantau.evaluate.bridge import Bridge, bridges, read_stretch
from pantau.ports import Detector
from pantau.shadow.follower import AGAIN_S, Follower
from pantau.shadow.witness import Witness
from pantau.store.trials import Trial, Trials
from pantau.types import Tracks, View
from tests.made_street import CAMERA, START, opens, street

TRIAL = Trial(model="simpang", cameras=("a",), started=START, until=START + timedelta(hours=1))


def refuses() -> Detector:
    raise ModelError("simpang: altered")


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    made = Trials(tmp_path)
    made.begin(TRIAL)
    return made


@pytest.fixture
def followed(trials: Trials) -> Iterator[Callable[..., Follower]]:
    made: list[Follower] = []

    def make(opener: Callable[[], Detector] = opens) -> Follower:
        made.append(Follower(trials, lambda _model: opener))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def until(done: Callable[[], object], turn: Callable[[], None] = lambda: None, limit_s: float = 40.0) -> None:
    begin = time.monotonic()
    while not done():
        assert time.monotonic() - begin < limit_s, "not in time"
        turn()
        time.sleep(0.001)


def feed(witness: Witness, length_s: float, begin_s: float = 0.0) -> None:
    """Show the street, as fast as it is taken."""
    inbox = witness._inbox
    for frame, found in street(length_s, begin_s):
        witness.step(View(frame, found, Tracks.empty()))
        until(lambda: not len(inbox))


def only(trials: Trials) -> Bridge:
    (bridge,) = bridges(read_stretch(line) for line in trials.counts(TRIAL))
    return bridge


def test_it_compares_what_the_camera_shows_and_goes_on_after_a_restart(
    trials: Trials, followed: Callable[..., Follower]
) -> None:
    first = followed()
    (witness,) = first.witness(CAMERA, "old")
    until(lambda: witness.seated, lambda: first.turn(START))
    feed(witness, 24.0)
    first.stop()
    assert only(trials).watched_s == 24
    assert not witness.seated

    second = followed()
    (witness,) = second.witness(CAMERA, "old")
    until(lambda: witness.seated, lambda: second.turn(START + timedelta(seconds=24)))
    feed(witness, 24.0, begin_s=24.0)
    second.stop()
    bridge = only(trials)
    assert (bridge.watched_s, bridge.share, bridge.old, bridge.new) == (48, 1.0, "old", "new")
    assert bridge.rows[0].ratio == 1
    assert bridge.rows[0].old == 8
    assert trials.running(START) is not None


def test_it_ends_when_its_time_is_over_and_lets_the_camera_alone(
    trials: Trials, followed: Callable[..., Follower]
) -> None:
    follower = followed()
    (witness,) = follower.witness(CAMERA, "old")
    until(lambda: witness.seated, lambda: follower.turn(START))
    feed(witness, 12.0)
    follower.turn(TRIAL.until)
    assert not witness.seated
    (kept,) = trials.all()
    assert kept.ended == TRIAL.until
    assert only(trials).rows[0].old == 2


def test_it_ends_when_somebody_stops_it(trials: Trials, followed: Callable[..., Follower]) -> None:
    follower = followed()
    (witness,) = follower.witness(CAMERA, "old")
    until(lambda: witness.seated, lambda: follower.turn(START))
    trials.end(TRIAL, START + timedelta(seconds=9))
    follower.turn(START + timedelta(seconds=10))
    assert not witness.seated
    assert trials.all()[0].ended == START + timedelta(seconds=9)


def test_a_camera_that_changes_gets_a_new_witness_and_another_is_left_alone(
    trials: Trials, followed: Callable[..., Follower]
) -> None:
    follower = followed()
    (witness,) = follower.witness(CAMERA, "old")
    until(lambda: witness.seated, lambda: follower.turn(START))
    follower.forget("a")
    assert not witness.seated
    (fresh,) = follower.witness(CAMERA, "old")
    follower.turn(START + timedelta(seconds=5))
    assert fresh.seated
    assert trials.all()[0].trouble == ""


def test_what_is_wrong_is_said_and_tried_again(trials: Trials, followed: Callable[..., Follower]) -> None:
    follower = followed(refuses)
    (witness,) = follower.witness(CAMERA, "old")
    until(lambda: trials.all()[0].trouble, lambda: follower.turn(START))
    assert "altered" in trials.all()[0].trouble
    assert not witness.seated
    follower._opener = lambda _model: opens
    until(lambda: witness.seated, lambda: follower.turn(START + timedelta(seconds=AGAIN_S)))
    assert trials.all()[0].trouble == ""


def test_a_trial_that_can_not_be_read_keeps_nobody_from_their_work(
    tmp_path: Path, trials: Trials, followed: Callable[..., Follower]
) -> None:
    (tmp_path / "trials" / TRIAL.id / "trial.json").write_text("{")
    follower = followed()
    (witness,) = follower.witness(CAMERA, "old")
    with capture_logs() as logs:
        for _ in range(3):
            follower.turn(START)
    assert not witness.seated
    assert trials.counts(TRIAL) == ()
    assert [one["event"] for one in logs] == ["trial.failed"], "said once, and not at every turn"
