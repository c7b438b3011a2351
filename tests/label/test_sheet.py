"""The sheet of counts: undo as a history, and a file that loses nothing and overwrites nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pantau.camera_file import load_camera_file
from pantau.errors import ConfigError, DataError
from pantau.label.desk import Desk
from pantau.label.sheet import Crossing, Sheet
from pantau.label.sheet_file import SheetFile, clip_print
from pantau.places import DIRECTIONS
from pantau.types import CLASSES

SEEN = Crossing(id=0, line="A", frame=21, t_s=2.0, along=0.4, direction="forward", road_user="motorcycle")
crossings = st.builds(
    Crossing,
    id=st.just(0),
    line=st.sampled_from(["A", "B"]),
    frame=st.integers(1, 900),
    t_s=st.floats(0, 90),
    along=st.floats(0, 1),
    direction=st.sampled_from(DIRECTIONS),
    road_user=st.sampled_from(CLASSES),
)


class History(RuleBasedStateMachine):
    """Whatever is done, undo and redo walk through the states that there were."""

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet(["A", "B"])
        self.states: list[tuple[Crossing, ...]] = [()]
        self.at = 0

    def _did(self) -> None:
        self.states = [*self.states[: self.at + 1], self.sheet.crossings]
        self.at += 1

    @rule(crossing=crossings)
    def add(self, crossing: Crossing) -> None:
        self.sheet.add(crossing)
        self._did()

    @precondition(lambda self: self.sheet.crossings)
    @rule(data=st.data(), to=crossings)
    def change(self, data: st.DataObject, to: Crossing) -> None:
        one = data.draw(st.sampled_from(self.sheet.crossings))
        self.sheet.change(replace(to, id=one.id))
        if replace(to, id=one.id) != one:
            self._did()

    @precondition(lambda self: self.sheet.crossings)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        self.sheet.remove(data.draw(st.sampled_from(self.sheet.crossings)).id)
        self._did()

    @rule()
    def undo(self) -> None:
        assert (self.sheet.undo() is not None) is (self.at > 0)
        self.at = max(0, self.at - 1)

    @rule()
    def redo(self) -> None:
        able = self.at + 1 < len(self.states)
        assert (self.sheet.redo() is not None) is able
        self.at += able

    @rule()
    def work_on_a_copy(self) -> None:
        before, old = self.sheet, self.sheet.crossings
        self.sheet = before.copy()
        before.add(SEEN)
        assert self.sheet.crossings == old

    @invariant()
    def shows_the_state(self) -> None:
        assert self.sheet.crossings == self.states[self.at]
        assert self.sheet.can == (self.at > 0, self.at + 1 < len(self.states))
        assert len({one.id for one in self.sheet.crossings}) == len(self.sheet.crossings)


TestHistory = History.TestCase


def test_what_is_no_crossing_is_refused() -> None:
    sheet = Sheet(["A"])
    for wrong in (
        replace(SEEN, line="B"),
        replace(SEEN, road_user="cow"),
        replace(SEEN, direction=""),
        replace(SEEN, frame=0),
        replace(SEEN, t_s=float("nan")),
    ):
        with pytest.raises(DataError):
            sheet.add(wrong)
    for stretch in ((5.0, 4.0), (-1.0, 2.0), (0.0, float("inf"))):
        with pytest.raises(DataError, match="from ≤ to"):
            sheet.look("A", stretch)
    with pytest.raises(DataError, match="removed or undone"):
        sheet.remove(7)
    assert sheet.crossings == ()
    assert sheet.can == (False, False)


def test_counting_goes_on_where_it_ended(make_desk: Callable[[], Desk]) -> None:
    desk = make_desk()
    with desk.changing() as sheet:
        sheet.add(SEEN)
        sheet.add(replace(SEEN, frame=41, t_s=4.0, direction="backward"))
    with desk.changing() as sheet:
        sheet.look("A", (0.0, 5.5))
    again = make_desk().sheet
    assert [replace(c, id=0) for c in again.crossings] == [replace(c, id=0) for c in desk.sheet.crossings]
    assert again.stretches == {"A": (0.0, 5.5)}
    assert again.can == (False, False)


def test_a_file_that_is_not_ours_is_left_as_it_is(
    make_desk: Callable[[], Desk], tmp_path: Path, clip: Path, camera_file: Path
) -> None:
    path = tmp_path / "labels.json"
    desk = make_desk()
    with desk.changing() as sheet:
        sheet.add(SEEN)
    ours = json.loads(path.read_text())

    def refused(text: str, why: str) -> None:
        path.write_text(text)
        with pytest.raises(ConfigError, match=why):
            make_desk()
        assert path.read_text() == text

    refused("frame,line\n1,A\n", "no JSON")
    refused(json.dumps({key: value for key, value in ours.items() if key != "made_by"}), "not made by")
    refused(json.dumps(ours | {"size": [640, 480]}), "pictures of")
    refused(json.dumps(ours | {"fps": 25.0}), "counted at 25.0 pictures per second")
    refused(json.dumps(ours | {"clip_print": "0"}), "another clip")
    refused(json.dumps(ours | {"lines": []}), "other lines")
    refused(json.dumps(ours | {"lines": [ours["lines"][0] | {"end": [0, 0]}]}), "line 'A' was counted at")
    refused(json.dumps(ours | {"lines": [ours["lines"][0] | {"crossings": [{}]}]}), "damaged")
    path.write_text(json.dumps(ours))
    assert len(make_desk().sheet.crossings) == 1
    (clip / "999.png").write_bytes((clip / "000.png").read_bytes())
    refused(json.dumps(ours), "another clip")
    assert load_camera_file(camera_file)


def test_two_desks_do_not_write_over_one_another(make_desk: Callable[[], Desk], tmp_path: Path) -> None:
    one, other = make_desk(), make_desk()
    with one.changing() as sheet:
        sheet.add(SEEN)
    kept = (tmp_path / "labels.json").read_text()
    with pytest.raises(ConfigError, match="another program"), other.changing() as sheet:
        sheet.add(replace(SEEN, road_user="bus"))
    assert other.sheet.crossings == ()
    assert (tmp_path / "labels.json").read_text() == kept
    with one.changing() as sheet:
        sheet.add(SEEN)
    assert len(make_desk().sheet.crossings) == 2


def test_when_the_clip_began_is_said_once_and_a_link_stays_a_link(
    make_desk: Callable[[], Desk], tmp_path: Path
) -> None:
    real, link = tmp_path / "kept" / "labels.json", tmp_path / "labels.json"
    real.parent.mkdir()
    link.symlink_to(real)
    about = make_desk().file.about
    SheetFile(link, replace(about, start="2026-03-04T00:00:00+00:00")).save(Sheet(["A"]))
    again = SheetFile(link, about)
    again.save(again.load())
    assert json.loads(real.read_text())["start"] == "2026-03-04T00:00:00+00:00"
    assert link.is_symlink()


def test_a_folder_that_is_not_there_is_said_before_anybody_counts(
    make_desk: Callable[[], Desk], tmp_path: Path
) -> None:
    about = make_desk().file.about
    with pytest.raises(ConfigError, match="no folder"):
        SheetFile(tmp_path / "nowhere" / "labels.json", about).load()


def test_clips_are_told_apart_by_what_they_hold(tmp_path: Path) -> None:
    a, b, c = (tmp_path / name for name in ("a.mp4", "b.mp4", "c.mp4"))
    a.write_bytes(b"x" * 3_000_000)
    b.write_bytes(a.read_bytes())
    c.write_bytes(b"x" * 2_999_999 + b"y")
    assert clip_print(a) == clip_print(b) != clip_print(c)
