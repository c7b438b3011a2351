"""How many cameras a computer carries: what its cores share counts against them, and what else it does does not."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

import pytest

from pantau.commands.plan import Cost, Leg, Spent, _pictures, spent
from pantau.errors import ModelError
from pantau.ingest.encode import encode_pictures
from pantau.see.cores import cores

SECONDS = 40
BLOCK = bytes(1 << 20)


def in_python(leg: Leg) -> None:
    """A stream that takes the interpreter for 5 ms of each of its seconds, and nothing else."""
    with leg:
        for second in range(SECONDS):
            leg.at(float(second))
            until = time.thread_time() + 0.005
            while time.thread_time() < until:
                pass


def outside(leg: Leg) -> None:
    """One that takes about as much of a core, without the interpreter."""
    with leg:
        for second in range(SECONDS):
            leg.at(float(second))
            until = time.thread_time() + 0.005
            while time.thread_time() < until:
                hashlib.sha256(BLOCK)


@pytest.mark.skipif(cores() < 2, reason="one core is never waited for")
def test_streams_that_wait_for_the_interpreter_do_not_get_more_by_more_cores() -> None:
    waiting = spent(in_python, 5.0, 35.0, 4, busy=lambda: 0.0)  # as if nothing else ran
    assert waiting.cpu_ms == pytest.approx(5.0, rel=0.3)
    assert waiting.cpu_ms / waiting.wall_ms < 1.2  # one core is busy, however many there are
    free = spent(outside, 5.0, 35.0, 4)
    assert free.cpu_ms / free.wall_ms > 1.4


def test_a_camera_that_moves_for_a_share_of_its_time_costs_that_share() -> None:
    cost = Cost("720p", "x", quiet=Spent(8.5, 4.25), active=Spent(98.5, 49.25), cores=2)
    assert (cost.ms(0), cost.ms(0.5), cost.ms(1)) == (15.5, 71.75, 105.5)  # it is awake for longer than something moves
    assert (cost.cameras(0), cost.cameras(0.5), cost.cameras(1)) == (103, 22, 15)
    shared = Cost("720p", "x", quiet=Spent(8.5, 2.125), active=Spent(98.5, 49.25), cores=16)
    assert shared.busy == pytest.approx(2.0)
    assert shared.cameras(1) == 16  # not eight times as many


def test_one_that_fails_is_said_and_leaves_nobody_waiting() -> None:
    first = threading.Event()

    def one(leg: Leg) -> None:
        with leg:
            if not first.is_set():
                first.set()
                raise ModelError("no model")
            leg.at(1.0)
            leg.at(2.0)

    with pytest.raises(ModelError, match="no model"):
        spent(one, 0.0, 1.5, 3)


def test_the_stream_that_it_watches_is_the_same_each_time(tmp_path: Path) -> None:
    """With several threads x264 keeps to a rate in another way each time: what dozes on one is awake on the next."""
    made = []
    for name in ("once.mp4", "again.mp4", "and-again.mp4"):
        encode_pictures(_pictures((640, 360), 150, moving=False), tmp_path / name, fps=15, gop_s=2.0, most_kbps=400)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1] == made[2]
