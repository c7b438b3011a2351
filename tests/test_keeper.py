"""The keeper's jobs: one that fails is said, tried again, and keeps none after it from its turn."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from pantau.errors import StoreError
from pantau.keeper import Keeper

START = datetime(2026, 1, 1, tzinfo=UTC)


class Turns:
    """Three jobs, of which the second fails with the reason that is put in; the clock goes on by a second a look."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.reason = "the disk is full"
        self.seconds = 0
        jobs = {"rollup": lambda: self.done.append("rollup"), "publish": self.publish, "register": self.register}
        self.keeper = Keeper(jobs, 0.001, self.clock)

    def clock(self) -> datetime:
        self.seconds += 1
        return START + timedelta(seconds=self.seconds)

    def publish(self) -> None:
        if self.reason:
            raise StoreError(self.reason)

    def register(self) -> None:
        self.done.append("register")


def test_a_job_that_fails_starves_none_and_is_said_when_it_begins_changes_and_is_over() -> None:
    turns = Turns()
    with capture_logs() as said:
        for reason in ("the disk is full", "the disk is full", "the disk is locked", ""):
            turns.reason = reason
            turns.keeper.turn()
            assert set(turns.keeper.failing()) == ({"publish"} if reason else set())
    assert turns.done == ["rollup", "register"] * 4
    assert [(one["event"], one["job"], one.get("error")) for one in said] == [
        ("keeper.failed", "publish", "the disk is full"),
        ("keeper.failed", "publish", "the disk is locked"),
        ("keeper.well", "publish", None),
    ]


def test_it_is_failing_since_it_began_to() -> None:
    turns = Turns()
    turns.keeper.turn()
    since = turns.keeper.failing()
    turns.keeper.turn()
    assert turns.keeper.failing() == since


def test_it_stops_after_the_job_at_hand() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), list[str]()

    def long() -> None:
        begun.set()
        go_on.wait(10)
        done.append("long")

    keeper = Keeper({"long": long, "next": lambda: done.append("next")}, 0.001, lambda: START)
    keeper.start()
    assert begun.wait(10)
    keeper.stop(0)
    go_on.set()
    keeper.stop(10)
    assert done == ["long"]
    assert keeper.failing() == {}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_keeper_that_died_is_told() -> None:
    died = threading.Event()

    def broken() -> None:
        died.set()
        raise ZeroDivisionError

    keeper = Keeper({"broken": broken}, 0.001, lambda: START)
    keeper.start()
    assert died.wait(10)
    keeper._thread.join(10)
    assert keeper.failing() == {"keeper": START}
    keeper.stop(0)
