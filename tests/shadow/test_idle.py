"""The new detector runs in a process of its own, which takes idle time only and is gone when the city is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from pantau.errors import ModelError
from pantau.ports import Detector
from pantau.see.own import Told, add
from pantau.shadow.idle import IdleProcess, detector_of
from pantau.shadow.table import Table
from pantau.shadow.witness import Look, Message, Pause, Rise, Sit
from tests.made_nets import NETS
from tests.made_street import CAMERA, START, BlindEvery, idles, opens, picture, street
from tests.running_city import ROOT, until


def messages(seconds: float) -> Iterator[Message]:
    yield Sit(CAMERA, "old")
    for frame, found in street(seconds):
        yield Look(frame, found)
    yield Pause("a", START)
    yield Rise("a")


CITY = """
import time
from pantau.shadow.idle import IdleProcess
from tests.made_street import opens
if __name__ == "__main__":
    process = IdleProcess(opens, lambda: False)
    process.ready()
    print(process.pid, flush=True)
    time.sleep(60)
"""


def opens_own(folder: Path) -> Detector:
    opens()  # as fast as it
    return detector_of("simpang", folder, "f32")


def dies() -> Detector:
    os._exit(3)


def test_what_it_answers_is_what_would_be_counted_here() -> None:
    process = IdleProcess(opens, lambda: False)
    try:
        assert process.ready() == "new"
        there = [stretch for message in messages(62.0) for stretch in process.tell(message)]
    finally:
        process.close()
    table = Table(BlindEvery())
    here = [stretch for message in messages(62.0) for stretch in table.hear(message)]
    assert there == here
    assert sum(one.seen for one in there) == 310


def test_it_takes_idle_time_only_and_ends_with_its_pipe() -> None:
    process = IdleProcess(idles, lambda: False)
    pid = process.pid
    until("it has lowered itself", lambda: os.sched_getscheduler(pid) == os.SCHED_IDLE)
    assert os.getpriority(os.PRIO_PROCESS, pid) == 19
    process.close()
    assert not Path(f"/proc/{pid}").exists()


def test_none_is_left_behind_by_a_city_that_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "city.py"
    program.write_text(CITY)
    city = subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert city.stdout is not None
    with city.stdout:
        shadow = Path(f"/proc/{int(city.stdout.readline())}")
    assert shadow.exists()
    city.kill()
    city.wait(10)
    until("the shadow ends", lambda: not shadow.exists() or "Z" in (shadow / "stat").read_text().split()[2])


def test_a_picture_that_is_there_already_is_not_sent_again_and_a_new_turn_begins_anew() -> None:
    street_at_rest = picture(0)
    process = IdleProcess(opens, lambda: False)
    try:
        process.ready()
        first, *rest = [(replace(frame, image=street_at_rest), found) for frame, found in street(0.8)]
        process.tell(Look(*first))  # of a camera that does not sit
        process.tell(Sit(CAMERA, "old"))
        for frame, found in rest:
            process.tell(Look(frame, found))
        (one,) = process.tell(Rise("a"))
    finally:
        process.close()
    assert one.seen == 3


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    process = IdleProcess(partial(detector_of, "simpang", tmp_path, "f32"), lambda: False)
    try:
        with pytest.raises(ModelError, match="simpang"):
            process.ready()
    finally:
        process.close()


def test_a_process_that_dies_is_said() -> None:
    process = IdleProcess(dies, lambda: False)
    try:
        with pytest.raises(ModelError, match="status 3"):
            process.ready()
    finally:
        process.close()


def test_a_users_own_network_is_tried(tmp_path: Path) -> None:
    """A real ONNX file, recognised and loaded as any other: it finds the same person and car in every picture."""
    add(NETS["yolox"]().save(tmp_path / "simpang.onnx"), tmp_path / "models", Told(name="simpang", licence="MIT"))
    process = IdleProcess(partial(opens_own, tmp_path / "models"), lambda: False)
    try:
        assert process.ready().startswith("simpang@")
        found = [stretch for message in messages(12.0) for stretch in process.tell(message)]
    finally:
        process.close()
    cells = [cell for one in found for cell in one.cells if cell.direction]
    assert sum(cell.old for cell in cells) == 2
    assert sum(cell.new for cell in cells) == 0  # what stands still crosses nothing
