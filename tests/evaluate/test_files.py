"""Truth files are known by what they hold, and refused with the row and what was expected."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from pantau.errors import ConfigError, DataError
from pantau.evaluate.files import read_truth
from pantau.evaluate.truth import Mark, Recording, Tally, Truth
from pantau.places import Line


class Read(Protocol):
    """Reads a truth from text."""

    def __call__(self, text: str, about: Recording = ...) -> Truth: ...


HEAD = "t_s,line,direction,class,n\n"


def labels(**changes: object) -> str:
    line = {
        "id": "A",
        "start": [100, 250],
        "end": [900, 250],
        "crossings": [{"frame": 11, "direction": "forward", "class": "van"}],
    }
    return json.dumps({"size": [1000, 500], "fps": 10, "lines": [line | changes]})


def walk(track: int, y: list[float], x: float = 500.0, first: int = 1) -> str:
    """MOT rows of a box 20 wide and 40 high whose ground point is at (x, y) frame by frame."""
    return "".join(f"{first + i},{track},{x - 10},{v - 40},20,40,1,-1,-1,-1\n" for i, v in enumerate(y))


@pytest.fixture
def read(tmp_path: Path, recording: Recording) -> Read:
    def from_text(text: str, about: Recording = recording) -> Truth:
        (tmp_path / "truth").write_text(text)
        return read_truth(tmp_path / "truth", about)

    return from_text


def test_label_json_gives_its_crossings(read: Read) -> None:
    truth = read(labels())
    assert truth.marks == (Mark("simpang.A", "forward", "car", 1.0),)
    assert truth.lines == {"simpang.A"}
    assert truth.groups is None
    assert any("line B" in note for note in truth.notes)


def test_a_labelled_stretch_is_kept_and_noted(read: Read) -> None:
    crossings = [{"frame": n, "direction": "forward", "class": "car"} for n in (11, 501)]
    truth = read(labels(labelled=[20.0, 60.5], crossings=crossings))
    assert [truth.watched(mark) for mark in truth.marks] == [False, True]
    assert (
        "line A was labelled from 20.0 s to 60.5 s: only this is scored; 1 labelled crossings outside" in truth.notes[0]
    )
    whole = read(labels(labelled=[0.1, 99.9], crossings=crossings))  # of 100 s: to the last picture
    assert all(whole.watched(mark) for mark in whole.marks)
    assert not any("only this" in note for note in whole.notes)


def test_a_line_that_was_labelled_nowhere_is_not_in_the_truth(read: Read) -> None:
    with pytest.raises(DataError, match="nothing to compare"):
        read(labels(labelled=None))
    with pytest.raises(DataError, match="nothing to compare"):
        read(labels(labelled=[3.0, 3.0]))


def test_the_pictures_own_time_goes_before_its_number(read: Read) -> None:
    entry = {"frame": 11, "t_s": 1.3, "direction": "forward", "class": "car"}
    assert read(labels(crossings=[entry])).marks[0].t_s == 1.3


def test_boxes_give_the_crossings_of_their_ground_points(read: Read) -> None:
    down = [200.0, 220, 240, 260, 280, 300]
    up = down[::-1]
    swaying = [240.0, 249, 251, 249, 251, 249, 240]
    beside = walk(4, down, x=50.0)
    truth = read(walk(1, down) + walk(2, up) + walk(3, swaying, first=20) + beside)
    assert [(m.line, m.direction, m.road_user, round(m.t_s, 3)) for m in truth.marks] == [
        ("simpang.A", "forward", "person", 0.25),
        ("simpang.A", "backward", "person", 0.25),
    ]
    assert truth.groups == frozenset({"person"})
    assert len(truth.boxes[1].ids) == 3


def test_classes_of_newer_benchmarks_are_kept_and_what_is_not_judged_is_not(read: Read) -> None:
    rows = [f"{i},7,490,{180 + 20 * i},20,40,1,3,1" for i in range(1, 6)]
    others = [f"{i},8,490,{180 + 20 * i},20,40,1,11,1\n{i},9,490,{180 + 20 * i},20,40,0,1,1" for i in range(1, 6)]
    truth = read("\n".join(rows + others))
    assert {m.road_user for m in truth.marks} == {"car"}
    assert any("10 boxes" in note for note in truth.notes)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "5.0,A,forward,car,2\n6.5,simpang.B,backward,person,1\n",
        "frame,line,direction,class,n\n51,A,masuk,car,2\n66,B,backward,person,1\n",
        "time;line;direction;class;n\n2026-01-31T07:00:05+07:00;A;forward;van;2\n2026-01-31T00:00:06.5Z;Timur;backward;person;1\n",
        "detik\tgaris\tarah\tjenis\tjumlah\n5\tUtara\tForward\tCar\t2\n6.5\tB\tbackward\tperson\t1\n",
    ],
)
def test_manual_counts_come_in_several_shapes_and_mean_the_same(read: Read, text: str) -> None:
    truth = read(text)
    car = Mark("simpang.A", "forward", "car", 5.0)
    assert truth.marks == (car, car, Mark("simpang.B", "backward", "person", 6.5))
    assert truth.groups == frozenset({"four-wheeler", "person"})


def test_stretches_are_sums(read: Read) -> None:
    truth = read("start,end,line,direction,class,n\n0,60,A,forward,motorcycle,12\n60,100,A,forward,motorcycle,0\n")
    assert truth.kind == "sums"
    assert truth.tallies[0] == Tally("simpang.A", "forward", "motorcycle", 0.0, 60.0, 12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "101,A,forward,car,1", "outside the clip"),
        (HEAD + "-1,A,forward,car,1", "outside the clip"),
        (HEAD + "nan,A,forward,car,1", "outside the clip"),
        (HEAD + "5,A,forward,cart,1", "unknown class 'cart'; known ones: person"),
        (HEAD + "5,C,forward,car,1", "unknown line 'C'; camera simpang has: A, B"),
        (HEAD + "5,A,up,car,1", "unknown direction 'up'"),
        (HEAD + "5,A,forward,car,-1", "n: expected a whole number"),
        (HEAD + "5,A,forward,car,1.5", "n: expected a whole number"),
        (HEAD + "5,A,forward,car,nan", "n: expected a number"),
        (HEAD + "5,A,forward,car", "row 2: expected 5 cells"),
        (HEAD, "nothing to compare"),
        ("t_s,line,class\n5,A,car", "expected the columns"),
        ("t_s,line,direction,class,speed\n5,A,forward,car,3", "expected the columns"),
        ("frame,line,direction,class\n2000,A,forward,car", "not in the clip; the clip has 1000 frames"),
        ("frame,line,direction,class\n0,A,forward,car", "not in the clip"),
        ("time,line,direction,class\n2026-01-31T07:00:05,A,forward,car", "offset"),
        ("time,line,direction,class\n07.00,A,forward,car\nx,A,forward,car", "row 3: expected seconds or a time"),
        ("start,end,line,direction,class,n\n60,60,A,forward,car,1", "ends"),
        ("start,end,line,direction,class,n\n0,60,A,forward,car,1\n30,90,A,forward,car,1", "overlap"),
        (labels(id="Q"), "unknown line 'Q'"),
        (labels(start=[100, 300], end=[900, 300]), "label it where it is"),
        (labels(crossings=[{"frame": 5000, "direction": "forward", "class": "car"}]), "frame 5000 is not in the clip"),
        (labels(crossings=[{"frame": 5, "direction": "forward", "class": "tank"}]), "unknown class 'tank'"),
        (labels(crossings=[{"frame": "x", "direction": "forward", "class": "car"}]), "not a number"),
        (labels(crossings=[{"direction": "forward", "class": "car"}]), "expected frame"),
        (labels(labelled=[9, 3]), "from ≤ to"),
        (labels(labelled="all"), "expected labelled"),
        (labels(labelled=[1, 2, 3]), "expected labelled"),
        ('{"lines": []}', "expected label JSON"),
        ("{]", "expected label JSON"),
        ("1,1,10,10,nan,20,1,-1,-1,-1\n", "finite"),
        ("1,1,10,10,0,20,1,-1,-1,-1\n", "expected an area"),
        ("1,-1,10,10,20,20,1,-1,-1,-1\n", "is this detections"),
        ("1,1,10,10,20,20,1,-1,-1,-1\n1,1,30,10,20,20,1,-1,-1,-1\n", "twice in frame 1"),
        ("9999,1,10,10,20,20,1,-1,-1,-1\n", "frame 9999 is not in the clip"),
        ("1,1,10,10,20,20,1,-1,-1,-1\nsome words\n", "row 2: expected frame"),
        ("", "not a truth file"),
        ("1 2 3", "not a truth file"),
    ],
)
def test_a_truth_that_can_not_be_is_refused_with_its_place(read: Read, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(text)


def test_a_file_that_is_not_there_or_no_text_is_said(tmp_path: Path, recording: Recording) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        read_truth(tmp_path / "none", recording)
    (tmp_path / "truth").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="UTF-8"):
        read_truth(tmp_path / "truth", recording)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ((0.9, 0.5), (0.1, 0.5), "are the same line"),
        ((0.2, 0.5), (0.4, 0.5), "lie on one another"),
        ((0.5, 0.1), (0.5, 0.9), "cross"),
    ],
)
def test_lines_that_can_not_be_told_apart_are_noted(
    read: Read, recording: Recording, start: tuple[float, float], end: tuple[float, float], said: str
) -> None:
    camera = recording.camera
    third = Line(id="simpang.C", camera="simpang", name="C", start=start, end=end)
    about = replace(recording, camera=replace(camera, lines=(*camera.lines, third)))
    assert any(said in note for note in read(HEAD + "5,A,forward,car,1", about).notes)
    assert not any("both" in note for note in read(HEAD + "5,A,forward,car,1").notes)
