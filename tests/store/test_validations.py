"""A comparison holds for what it compared, and for nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.places import Camera
from pantau.store.control import Control
from pantau.store.queries import MIXED
from pantau.store.register_tables import METADATA
from pantau.store.validations import Measured, Validation, validity

T = datetime(2026, 11, 23, tzinfo=UTC)
HERE = Measured("a.in", 2, "centernet · tracker · 5/s · visitors/1")
OF_LINE = Validation(
    camera="a", place="a.in", direction="", road_user="person", truth=84, missed=1, over=1, net_error=0.0, low=0.93,
    high=1.0, time=T, method=HERE.method or "", fps=5.0, revisions={"a.in": 2}, clip="clip.mp4", source="labels.json",
)  # fmt: skip
OF_CAMERA = replace(OF_LINE, place="a", truth=200, revisions={"a.in": 2, "a.out": 1})


def test_the_same_method_sampling_and_line_is_validated_with_its_figures() -> None:
    found = validity([OF_LINE], HERE, "", "person")
    assert (found.status, found.by) == ("validated", OF_LINE)
    assert OF_LINE.accuracy == pytest.approx(82 / 84)


@pytest.mark.parametrize(
    "changed",
    [
        replace(HERE, method="another"),
        replace(HERE, revision=3),
        replace(HERE, method="centernet · tracker · 2/s · visitors/1"),
        replace(HERE, method=f"{MIXED}{HERE.method}"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("kept", [OF_LINE, OF_CAMERA], ids=["line", "camera"])
def test_a_changed_method_line_or_sampling_expires_it(changed: Measured, kept: Validation) -> None:
    found = validity([kept], changed, "", "person")
    assert (found.status, found.by) == ("expired", kept)


def test_what_is_not_known_of_a_figure_does_not_expire_it() -> None:
    assert validity([OF_LINE], Measured("a.in", 2, None), "", "person").status == "validated"


@pytest.mark.parametrize(
    ("place", "direction", "road_user"),
    [("a.third", "", "person"), ("a.in", "forward", "person"), ("a.in", "", "car"), ("a.in", "", "")],
)
def test_another_line_direction_or_class_stays_unvalidated(place: str, direction: str, road_user: str) -> None:
    figure = replace(HERE, place=place)
    assert validity([OF_LINE, OF_CAMERA], figure, direction, road_user).status == "unvalidated"


def test_a_lines_own_comparison_goes_before_its_cameras_when_it_is_large_enough() -> None:
    assert validity([OF_CAMERA, OF_LINE], HERE, "", "person").by == OF_LINE
    assert validity([OF_CAMERA, replace(OF_LINE, truth=10)], HERE, "", "person").by == OF_CAMERA


@pytest.mark.parametrize(
    ("road_user", "n", "status"),
    [
        ("person", 29, "unvalidated"),
        ("person", 30, "validated"),
        ("motorcycle", 199, "unvalidated"),
        ("motorcycle", 200, "validated"),
        ("bicycle", 199, "unvalidated"),
    ],
)
def test_a_class_needs_so_many_labelled_crossings(road_user: str, n: int, status: str) -> None:
    found = validity([replace(OF_LINE, road_user=road_user, truth=n)], HERE, "", road_user)
    assert found.status == status
    assert found.by is not None


def test_motorcycles_that_fail_stay_unvalidated_with_their_figures() -> None:
    failed = replace(OF_LINE, road_user="motorcycle", truth=300, missed=100)
    found = validity([failed], HERE, "", "motorcycle")
    assert (found.status, found.by) == ("unvalidated", failed)
    assert validity([replace(failed, road_user="person")], HERE, "", "person").status == "validated"


def test_an_old_comparison_of_the_present_method_goes_before_a_newer_one_of_another() -> None:
    newer = replace(OF_LINE, time=T + timedelta(days=30), method="another")
    assert validity([newer, OF_LINE], HERE, "", "person").by == OF_LINE


@pytest.mark.parametrize(
    ("road_user", "missed", "flagged"),
    [("car", 8, False), ("car", 9, True), ("person", 16, False), ("person", 17, True)],
)
def test_a_class_below_its_threshold_is_flagged(road_user: str, missed: int, flagged: bool) -> None:
    assert replace(OF_LINE, road_user=road_user, missed=missed, over=0).flagged is flagged


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control.open(tmp_path, clock=lambda: T)
    yield opened
    opened.close()


FIRST_TABLES = {"cameras", "places", "credentials", "codes", "sessions", "state"}


def test_a_register_of_before_gets_the_table_and_keeps_its_cameras(tmp_path: Path) -> None:
    old = Control.open(tmp_path, clock=lambda: T)
    old.apply([Camera(id="a", name="A", source="rtsp://10.0.0.5/one")])
    old.close()
    with closing(sqlite3.connect(tmp_path / "control.db")) as file, file:
        for table in set(METADATA.tables) - FIRST_TABLES:
            file.execute(f"DROP TABLE {table}")
        for column in ("ground", "road", "priority"):
            file.execute(f"ALTER TABLE cameras DROP COLUMN {column}")
        file.execute("UPDATE alembic_version SET version_num = '0001'")
    new = Control.open(tmp_path, clock=lambda: T)
    assert [camera.id for camera in new.cameras()] == ["a"]
    new.validated([OF_LINE])
    assert new.validations("a") == (OF_LINE,)
    new.close()


def test_comparisons_come_back_newest_first_and_a_repeat_replaces(control: Control) -> None:
    control.validated([OF_LINE, OF_CAMERA])
    later = replace(OF_LINE, time=T + timedelta(days=1), missed=3)
    control.validated([later])
    assert control.validations("a") == (later,)
    other = replace(OF_LINE, camera="b", place="b.in", revisions={"b.in": 1})
    control.validated([other, replace(later, source="night.json", time=T + timedelta(days=2))])
    assert [v.source for v in control.validations("a")] == ["night.json", "labels.json"]
    assert control.validations("b") == (other,)
    assert len(control.validations()) == 3


def test_a_two_wheeler_that_failed_since_is_not_validated_by_an_older_success() -> None:
    """The newest comparison with enough crossings speaks."""
    passed = replace(OF_LINE, road_user="motorcycle", truth=210, missed=20, over=10)
    failed = replace(passed, truth=600, missed=250, over=50, time=T + timedelta(days=60))
    found = validity([passed, failed], HERE, "", "motorcycle")
    assert (found.status, found.by) == ("unvalidated", failed)
    small = replace(failed, truth=20, missed=15, over=0)
    assert validity([passed, small], HERE, "", "motorcycle").by == passed
