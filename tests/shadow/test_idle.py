"""The new detector runs in a process of its own, which takes idle time only and is gone when the city is."""

from __future__ import annotations

import os
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
from tests.made_street import CAMERA, START, BlindEvery, opens, picture, street


def messages(seconds: float) -> Iterator[Message]:
    yield Sit(CAMERA, "old")
    for frame, found in street(seconds):
        yield Look(frame, found)
    yield Pause("a", START)
    yield Rise("a")


def dies() -> Detector:
    os._exit(3)


def test_what_it_answers_is_what_would_be_counted_here() -> None:
    process = IdleProcess(opens, lambda: False)
    try:
        assert process.ready() == "new"
        there = [stretch for message in messages(70.0) for stretch in process.tell(message)]
    finally:
        process.close()
    table = Table(BlindEvery())
    here = [stretch for message in messages(70.0) for stretch in table.hear(message)]
    assert there == here
    assert sum(one.seen for one in there) == 350


def test_it_takes_idle_time_only_and_ends_with_its_pipe() -> None:
    process = IdleProcess(opens, lambda: False)
    process.ready()
    pid = process.pid
    assert os.sched_getscheduler(pid) == os.SCHED_IDLE
    assert os.getpriority(os.PRIO_PROCESS, pid) == 19
    process.close()
    assert not Path(f"/proc/{pid}").exists()


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
    process = IdleProcess(partial(detector_of, "simpang", tmp_path / "models", "f32"), lambda: False)
    try:
        assert process.ready().startswith("simpang@")
        found = [stretch for message in messages(30.0) for stretch in process.tell(message)]
    finally:
        process.close()
    cells = [cell for one in found for cell in one.cells if cell.direction]
    assert sum(cell.old for cell in cells) == 5
    assert sum(cell.new for cell in cells) == 0  # what stands still crosses nothing
