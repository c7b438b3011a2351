"""The register keeps every revision, tells nobody a password, and refuses as a whole."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from pantau.errors import ConfigError, StoreError
from pantau.places import Camera, Line, Site, Slot, Zone
from pantau.ports import Vault
from pantau.store.control import Changes, Control
from pantau.store.register_tables import METADATA

LINE = Line(id="a.in", camera="a", name="Masuk", start=(0.1, 0.5), end=(0.9, 0.5), forward_name="masuk")
ZONE = Zone(id="a.square", camera="a", name="Alun-alun", polygon=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)),
            kind="danger", limit_s=2.0, schedule="06:00-18:00")  # fmt: skip
CAMERA = Camera(
    id="a", name="Gerbang", source="rtsp://10.0.0.5/one", lon=110.4, lat=-7.0, lines=(LINE,), zones=(ZONE,),
    masks=(((0.0, 0.0), (0.2, 0.0), (0.2, 0.2)),),
)  # fmt: skip
SLOT = Slot(id="a.p1", camera="a", name="Petak 1", zone="a.lot", kind="two_wheeler",
            polygon=((0.1, 0.1), (0.2, 0.1), (0.2, 0.2)))  # fmt: skip
SITE = Site(id="akl.queen", name="Queen Street", timezone="Pacific/Auckland", source="akl", licence="CC BY 4.0")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def control(tmp_path: Path, clock: Clock) -> Iterator[Control]:
    opened = Control.open(tmp_path, clock=clock)
    yield opened
    opened.close()


def test_what_is_applied_comes_back_and_applying_it_again_changes_nothing(control: Control) -> None:
    assert control.apply([CAMERA]) == Changes(added=("a", "a.in", "a.square"))
    assert control.cameras() == (CAMERA,)
    assert control.places() == (LINE, ZONE)
    version = control.version()
    assert not control.apply([CAMERA])
    assert control.version() == version
    assert control.camera("a") == CAMERA
    assert control.camera("b") is None


def test_a_moved_line_is_a_new_revision_and_a_new_name_is_not(control: Control) -> None:
    control.apply([CAMERA])
    named = replace(CAMERA, lines=(replace(LINE, name="Pintu", forward_name="ke dalam"),))
    assert control.apply([named]) == Changes(changed=("a.in",))
    assert control.place("a.in") == replace(LINE, name="Pintu", forward_name="ke dalam")
    moved = replace(named, lines=(replace(named.lines[0], end=(0.9, 0.6)),))
    assert control.apply([moved]) == Changes(changed=("a.in",))
    assert control.places()[0] == replace(moved.lines[0], revision=2)
    assert control.place("a.in", revision=1) == named.lines[0]


def test_a_removed_place_is_retired_and_drawn_again_it_is_the_old_revision(control: Control) -> None:
    control.apply([CAMERA])
    assert control.apply([replace(CAMERA, zones=())]) == Changes(retired=("a.square",))
    assert control.places() == (LINE,)
    assert control.place("a.square") == ZONE
    assert control.apply([CAMERA]) == Changes(added=("a.square",))
    assert control.places() == (LINE, ZONE)


def test_only_the_whole_register_retires_cameras_that_are_not_named(control: Control) -> None:
    other = Camera(id="b", name="Pantai", source="rtsp://10.0.0.6/")
    control.apply([CAMERA])
    control.apply([other])
    assert [camera.id for camera in control.cameras()] == ["a", "b"]
    assert control.apply([other], whole=True) == Changes(retired=("a", "a.in", "a.square"))
    assert control.cameras() == (other,)
    assert control.apply([CAMERA]) == Changes(added=("a", "a.in", "a.square"))


def test_a_camera_has_a_new_revision_when_its_numbers_may_change(control: Control) -> None:
    control.apply([CAMERA])
    control.apply([replace(CAMERA, name="Gerbang Utara", lon=110.5)])
    assert [camera.revision for camera in control.cameras()] == [1]
    control.apply([replace(CAMERA, masks=())])
    assert [camera.revision for camera in control.cameras()] == [2]


@pytest.mark.parametrize(
    ("cameras", "reason"),
    [
        ([CAMERA, CAMERA], "two cameras have the id 'a'"),
        ([replace(CAMERA, zones=(replace(ZONE, id="a.in"),))], "two places have the id 'a.in'"),
        ([replace(CAMERA, zones=(replace(ZONE, name="Masuk"),))], "camera 'a' have the name 'Masuk'"),
        ([replace(CAMERA, id="b", zones=())], "says it belongs to 'a'"),
        ([replace(CAMERA, id="")], "not empty"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_before_anything_is_written(
    control: Control, cameras: list[Camera], reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        control.apply([Camera(id="new", name="New", source=""), *cameras])
    assert control.cameras() == ()


def test_an_id_belongs_to_one_camera_or_site_for_ever(control: Control) -> None:
    control.apply([CAMERA])
    thief = Camera(id="b", name="B", source="", lines=(replace(LINE, camera="b"),))
    with pytest.raises(ConfigError, match=r"'a\.in' already belongs to camera 'a'"):
        control.apply([thief])
    with pytest.raises(ConfigError, match=r"'a\.in' already belongs to camera 'a'"):
        control.put_site(replace(SITE, id="a.in"))
    assert [camera.id for camera in control.cameras()] == ["a"]


def test_a_site_can_be_corrected_but_not_moved_to_another_zone(control: Control) -> None:
    control.put_site(SITE)
    control.put_site(replace(SITE, name="Queen St", lon=174.76, lat=-36.85))
    assert control.places() == (replace(SITE, name="Queen St", lon=174.76, lat=-36.85),)
    with pytest.raises(ConfigError, match="Asia/Jakarta"):
        control.put_site(replace(SITE, timezone="Asia/Jakarta"))


def test_another_process_sees_the_version_rise(control: Control, tmp_path: Path, clock: Clock) -> None:
    before = control.version()
    other = Control.open(tmp_path, clock=clock)
    other.apply([CAMERA])
    other.close()
    assert control.version() > before
    assert control.cameras() == (CAMERA,)


def test_credentials_are_sealed_and_stay_until_the_address_points_elsewhere(control: Control, tmp_path: Path) -> None:
    assert isinstance(control, Vault)
    control.apply([CAMERA], {"a": ("admin", "rahasia-sekali")})
    assert control.credentials("a") == ("admin", "rahasia-sekali")
    control.apply([replace(CAMERA, source="rtsp://10.0.0.5/two")])
    assert control.credentials("a") == ("admin", "rahasia-sekali")
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"rahasia-sekali" not in stored
    assert "rahasia-sekali" not in repr((control, control.cameras(), vars(control)))
    control.apply([replace(CAMERA, source="rtsp://10.6.6.6/one")])
    assert control.credentials("a") is None
    assert control.credentials("b") is None


def test_only_the_owner_reads_the_key_and_without_it_credentials_stay_shut(control: Control, tmp_path: Path) -> None:
    control.apply([CAMERA], {"a": ("admin", "rahasia")})
    key = tmp_path / "vault.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "control.db").stat().st_mode) == 0o600
    key.unlink()
    with pytest.raises(StoreError, match="camera 'a'"):
        control.credentials("a")


def test_a_code_works_once_and_its_session_until_it_is_ended(control: Control) -> None:
    code = control.new_code()
    token = control.claim(code)
    assert token is not None
    assert control.claim(code) is None
    assert control.session(token) == "admin"
    assert control.session(code) is None
    control.end_session(token)
    assert control.session(token) is None


def test_a_camera_that_becomes_more_important_is_kept_and_measured_as_before(control: Control) -> None:
    control.apply([CAMERA])
    assert control.apply([replace(CAMERA, priority="high")]) == Changes(changed=("a",))
    assert control.cameras() == (replace(CAMERA, priority="high"),)


def test_a_code_is_too_old_after_15_minutes_and_a_session_after_a_week(control: Control, clock: Clock) -> None:
    late, in_time = control.new_code(), control.new_code()
    clock.now += timedelta(minutes=14, seconds=59)
    token = control.claim(in_time)
    clock.now += timedelta(seconds=1)
    assert control.claim(late) is None
    assert token is not None
    assert control.session(token) == "admin"
    clock.now += timedelta(days=7)
    assert control.session(token) is None


def test_a_code_dies_after_ten_wrong_tries(control: Control) -> None:
    code = control.new_code()
    for _ in range(10):
        assert control.claim("a guess") is None
    assert control.claim(code) is None
    assert control.claim(control.new_code()) is not None


def test_a_code_claimed_by_many_at_once_is_claimed_by_one(control: Control) -> None:
    code = control.new_code()
    tokens: list[str | None] = []
    threads = [threading.Thread(target=lambda: tokens.append(control.claim(code))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 8
    assert sum(token is not None for token in tokens) == 1


def test_the_migrations_make_the_tables_that_the_code_reads(control: Control, tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'control.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_a_database_of_a_newer_pantau_is_refused(control: Control, tmp_path: Path, clock: Clock) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'control.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="newer Pantau"):
        Control.open(tmp_path, clock=clock)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="can't be written"):
        Control.open(tmp_path / "data", clock=clock)


def test_slots_are_kept_with_their_revisions(control: Control) -> None:
    lot = replace(ZONE, id="a.lot", name="Parkir", kind="parking", limit_s=0.0, schedule="")
    camera = replace(CAMERA, zones=(ZONE, lot), slots=(SLOT,))
    control.apply([camera])
    assert control.camera("a") == camera
    moved = replace(SLOT, polygon=((0.3, 0.1), (0.4, 0.1), (0.4, 0.2)))
    control.apply([replace(camera, slots=(moved,))])
    found = control.camera("a")
    assert found is not None
    assert found.slots == (replace(moved, revision=2),)
    control.apply([replace(camera, slots=())])
    found = control.camera("a")
    assert found is not None
    assert found.slots == ()
