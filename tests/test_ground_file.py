"""What a camera file says of the ground and the road: taken whole, refused with what to do, and back again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tomli_w

from bench.road import Camera as Eye
from pantau.camera_file import camera_entry, load_one_camera
from pantau.commands.calibrate import CalibrateOptions, run_calibrate
from pantau.commands.register import apply_file
from pantau.config import Settings
from pantau.errors import ConfigError
from pantau.manual import road_type, service
from pantau.places import Road
from pantau.store.control import Control

T = datetime(2026, 3, 4, tzinfo=UTC)
EYE = Eye(tilt=12.0)
PLACES = [(-5.0, 14.0), (5.0, 14.0), (-6.0, 28.0), (6.0, 28.0), (-6.0, 48.0), (6.0, 48.0)]
Write = Callable[..., Path]


def entry() -> dict[str, Any]:
    ground = EYE.calibration(PLACES)
    points = [{"name": p.name, "image": list(p.image), "metres": list(p.metres)} for p in ground.points]
    return {
        "id": "jalan",
        "source": "rtsp://192.0.2.1/a",
        "analysers": ["traffic", "speed", "road", "volume", "flow"],
        "ground": {"size": list(EYE.size), "note": "diukur", "point": points},
        "road": {"type": "4/2-T"},
        "line": [
            {"id": "a", "start": [0.2, 0.6], "end": [0.8, 0.6]},
            {"id": "b", "start": [0.3, 0.3], "end": [0.7, 0.3]},
        ],
        "zone": [
            {"id": "z", "kind": "road", "stop_line": "a", "polygon": [[0.3, 0.55], [0.7, 0.55], [0.6, 0.3], [0.4, 0.3]]}
        ],
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(change: Callable[[dict[str, Any]], object] = lambda _: None) -> Path:
        camera = entry()
        change(camera)
        path = tmp_path / "cameras.toml"
        path.write_text(tomli_w.dumps({"camera": [camera]}), "utf-8")
        return path

    return write


def test_a_calibrated_camera_goes_through_the_register_and_back_into_a_file(write: Write, tmp_path: Path) -> None:
    camera = load_one_camera(write())
    control = Control.open(tmp_path, clock=lambda: T)
    assert control.apply([camera]).added
    found = control.camera("jalan")
    assert found is not None
    assert (found.ground, found.road, found.zones) == (camera.ground, camera.road, camera.zones)
    assert not control.apply([camera])
    control.close()
    path = tmp_path / "again.toml"
    path.write_text(tomli_w.dumps({"camera": [camera_entry(found)]}), "utf-8")
    again = load_one_camera(path)
    assert (again.ground, again.road, again.zones) == (camera.ground, camera.road, camera.zones)


def test_map_clicks_keep_where_they_count_from(write: Write) -> None:
    def mapped(camera: dict[str, Any]) -> None:
        for point in camera["ground"]["point"]:
            x, y = point.pop("metres")
            point["lonlat"] = [110.42 + x / 110_500, -6.99 + y / 110_580]

    ground = load_one_camera(write(mapped)).ground
    assert ground is not None
    assert ground.origin == pytest.approx((110.42, -6.98973), abs=1e-4)
    assert ground.place_m == 0.5


def moved(camera: dict[str, Any]) -> None:
    camera["ground"]["point"][2]["image"][0] += 0.2


def inline(camera: dict[str, Any]) -> None:
    for n, point in enumerate(camera["ground"]["point"]):
        point["image"] = [0.5, 0.2 + 0.1 * n]


def no_ground(camera: dict[str, Any]) -> None:
    del camera["ground"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (moved, "point 3 .*contradicts the other points.*click it again"),
        (inline, "nearly on, one line.*add points"),
        (lambda c: c["ground"]["point"][0].update(lonlat=[110.0, -7.0]), "don't mix them"),
        (lambda c: c["zone"][0].update(polygon=[[0.3, 0.5], [0.7, 0.5], [0.5, 0.0]]), r"corner \[0.5, 0.0\] lies on or beyond"),
        (lambda c: c["zone"][0].update(stop_line="ghost"), "stop_line 'ghost' is no line"),
        (lambda c: c["road"].update(type="9/9"), "PKJI-2023 has no type of road '9/9'; it has 2/2-TT"),
        (lambda c: c["road"].update(manual="HCM"), "unknown manual 'HCM'"),
        (lambda c: c["road"].update(service="LOS"), "unknown table of levels of service 'LOS'"),
        (lambda c: c["ground"].update(point=c["ground"]["point"][:3]), "point"),
    ],
)  # fmt: skip
def test_a_file_that_can_not_hold_is_refused_whole(
    write: Write, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(ConfigError, match=rf"(?s){said}"):
        load_one_camera(write(change))


@pytest.mark.parametrize(
    ("change", "said"), [(no_ground, r"'speed' measures metres"), (lambda c: c.pop("road"), "'volume'")]
)
def test_an_analyser_without_what_it_needs_is_not_applied(
    write: Write, tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    settings = Settings.model_validate({"city": {"name": "K", "region": "33.74"}})
    with pytest.raises(ConfigError, match=said):
        list(apply_file(write(change), settings, tmp_path))
    assert not list(tmp_path.glob("**/control.db"))


@pytest.mark.parametrize(("fps", "noted"), [(3.0, True), (5.0, False)])
def test_a_camera_that_counts_too_seldom_is_taken_and_told_so(
    write: Write, tmp_path: Path, fps: float, noted: bool
) -> None:
    settings = Settings.model_validate({"city": {"name": "K", "region": "33.74"}})
    told = list(apply_file(write(lambda c: c.update(fps=fps)), settings, tmp_path))
    assert told[0].startswith("added: jalan")
    assert any("counts traffic at 3 samples" in line for line in told) == noted


def test_the_city_s_own_table_of_service(write: Write) -> None:
    table = {"id": "SK-1", "source": "SK Wali Kota", "levels": [["A", 0.5], ["B", inf]]}
    road = load_one_camera(write(lambda c: c["road"].update(service=table))).road
    assert road is not None
    assert (road.service.id, road.service.indicator, road.service.levels[-1]) == ("SK-1", "volume.ratio", ("B", inf))


def test_the_manuals_differ_where_they_differ() -> None:
    ministry = service("KM-14-2006")
    kinds = {
        manual: road_type(Road(manual=manual, type="apill-terlindung", service=ministry)).below["motorcycle"]
        for manual in ("PKJI-2023", "MKJI-1997")
    }
    assert kinds == {"PKJI-2023": 0.15, "MKJI-1997": 0.20}
    narrow = road_type(Road(manual="PKJI-2023", type="2/2-TT", service=ministry, narrow=True))
    assert (narrow.below["motorcycle"], narrow.above["motorcycle"], narrow.divided) == (0.5, 0.35, False)


def options(camera: Path, **change: object) -> CalibrateOptions:
    usual: dict[str, Any] = {"still": None, "draw": None, "write": False, "json": True, "models": None}
    return CalibrateOptions(camera=camera, **{**usual, **change})


def test_calibrate_reports_every_point_and_draws_a_grid(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still, draw = tmp_path / "still.jpg", tmp_path / "check.svg"
    cv2.imwrite(str(still), np.full((*EYE.size[::-1], 3), 128, np.uint8))
    run_calibrate(options(write(), still=still, draw=draw))
    told = json.loads(capsys.readouterr().out)
    assert told["overall_m"] == pytest.approx(0, abs=1e-3)
    assert [point["name"] for point in told["points"]] == [f"point {n}" for n in range(1, 7)]
    assert set(told["lines"]) == {"jalan.a", "jalan.b"}
    svg = draw.read_text("utf-8")
    assert 'href="still.jpg"' in svg
    assert svg.count("<circle") == 6
    assert svg.count("<polyline") > 20


def test_calibrate_in_words_says_when_nothing_is_checked(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    def four(camera: dict[str, Any]) -> None:
        camera["ground"]["point"] = [camera["ground"]["point"][n] for n in (0, 1, 4, 5)]

    run_calibrate(options(write(four), json=False))
    assert "nothing is checked" in " ".join(capsys.readouterr().out.split())


def test_calibrate_without_a_calibration_says_so(write: Write) -> None:
    with pytest.raises(ConfigError, match=r"has no \[camera.ground\]"):
        run_calibrate(options(write(no_ground)))
