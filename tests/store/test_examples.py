"""Marks keep where they come from; two labels for one still are refused; what is forgotten is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from pantau.errors import DataError
from pantau.findings import Live, Sight
from pantau.lessons import Example
from pantau.measure.lesson import packed
from pantau.places import Camera, Zone
from pantau.store.control import Control
from pantau.teaching import REMEMBERED, Teacher
from pantau.types import EPOCH

ZONE = Zone(id="a.alun", camera="a", name="Alun-alun", polygon=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)))
CAMERA = Camera(id="a", name="A", source="rtsp://x/y", zones=(ZONE,))
ONE = Example(
    place="a.alun-banjir", revision=1, picture="0" * 64, label="normal", time=EPOCH, marked=EPOCH, by="room", model="m",
    vector=b"\x00\x3c\x00\x00", thumbnail=b"jpeg",
)  # fmt: skip


class Board:
    """Shows one look."""

    def __init__(self, sight: Sight) -> None:
        self.live = Live("a", EPOCH, "live", sights=(sight,))

    def latest(self, camera: str) -> Live | None:
        return self.live if camera == "a" else None


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    made = Control.open(tmp_path, clock=lambda: EPOCH)
    yield made
    made.close()


def test_an_example_comes_back_whole_and_twice_is_once(control: Control) -> None:
    assert control.examples.put([ONE]) == 1
    assert control.examples.put([ONE]) == 0
    assert control.examples.of([ONE.place]) == (ONE,)


def test_another_label_is_refused_naming_the_still_and_nothing_is_kept(control: Control) -> None:
    control.examples.put([ONE])
    other = replace(ONE, picture="1" * 64)
    with pytest.raises(DataError, match=r"00000000.*already marked normal"):
        control.examples.put([other, replace(ONE, label="yes")])
    assert control.examples.of([ONE.place]) == (ONE,)


def test_pictures_can_go_while_vectors_stay_and_examples_go_whole(control: Control) -> None:
    control.examples.put([ONE])
    assert control.examples.remove_thumbnails(ONE.place) == 1
    assert control.examples.of([ONE.place]) == (replace(ONE, thumbnail=b""),)
    assert control.examples.remove(ONE.place, ONE.picture)
    assert control.examples.of([ONE.place]) == ()


def test_a_function_is_a_place_with_the_outline_of_its_zone(control: Control) -> None:
    control.apply([CAMERA])
    teacher = Teacher(control, Board(Sight("", 1, EPOCH, "untaught")), lambda: EPOCH)
    made = teacher.add(CAMERA, "a.alun", "Banjir")
    (known,) = control.cameras()
    assert [(z.id, z.kind, z.polygon) for z in known.zones[1:]] == [("a.alun-banjir", "scene", ZONE.polygon)]
    assert {"scene", "health"} <= set(known.analysers)
    assert made.name == "Alun-alun: Banjir"
    with pytest.raises(DataError, match="already"):
        teacher.add(known, "a.alun", "banjir")


def test_only_the_look_that_was_seen_can_be_marked(control: Control) -> None:
    zone = replace(ZONE, id="a.alun-banjir", kind="scene")
    sight = Sight(zone.id, 1, EPOCH, "untaught", model="m", vector=b"\x00\x3c", picture="2" * 64)
    teacher = Teacher(control, Board(sight), lambda: EPOCH)
    with pytest.raises(DataError, match="again since"):
        teacher.mark(zone, EPOCH.replace(year=1971), "yes", "room")
    kept = teacher.mark(zone, EPOCH, "yes", "room")
    assert control.examples.of([zone.id]) == (kept,)
    with pytest.raises(DataError, match=r"needs 5 more normal and 4 more not normal"):
        teacher.learn(zone, "room")


def test_a_look_that_was_shown_a_moment_ago_can_be_marked_and_one_long_gone_not(control: Control) -> None:
    zone = replace(ZONE, id="a.alun-banjir", kind="scene")
    looks = [
        Sight(zone.id, 1, EPOCH + timedelta(seconds=10 * n), "untaught", vector=b"\x00\x3c", picture=f"{n:064}", thumbnail=b"%d" % n)
        for n in range(REMEMBERED + 2)
    ]  # fmt: skip
    board = Board(looks[0])
    teacher = Teacher(control, board, lambda: EPOCH)
    for one in looks:
        board.live = replace(board.live, sights=(one,))
        assert teacher.look(zone) == one
    assert teacher.look(zone, looks[-3].time) == looks[-3]
    assert teacher.mark(zone, looks[-3].time, "normal", "room").picture == looks[-3].picture
    assert teacher.look(zone, looks[0].time) is None
    with pytest.raises(DataError, match="again since"):
        teacher.mark(zone, looks[0].time, "normal", "room")


def test_a_lesson_examines_itself_once_and_anew_when_it_or_its_zone_changes(control: Control) -> None:
    zone = replace(ZONE, id="a.alun-banjir", kind="scene")
    camera = replace(CAMERA, zones=(zone,))
    rng, now = np.random.default_rng(0), [EPOCH]
    teacher = Teacher(control, Board(Sight("", 1, EPOCH, "untaught")), lambda: now[0])
    for n in range(12):
        look = rng.normal(0, 1, 8) + (n % 2) * 2
        control.examples.put(
            [replace(ONE, picture=f"{n:064x}", label="yes" if n % 2 else "normal", time=EPOCH + timedelta(hours=n),
                     vector=packed((look / np.linalg.norm(look)).astype(np.float32)))]
        )  # fmt: skip
    teacher.learn(zone, "room")
    first, again = (teacher.functions(camera)[0] for _ in range(2))
    assert first.report is not None
    assert again.report is first.report
    now[0] += timedelta(hours=1)
    teacher.learn(zone, "room")
    assert teacher.functions(camera)[0].report is not first.report
    (moved,) = teacher.functions(replace(camera, zones=(replace(zone, revision=2),)))
    assert (moved.report, "moved since" in moved.fault, moved.examples) == (None, True, ())
