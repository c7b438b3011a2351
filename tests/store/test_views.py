"""What cameras and gauges looked like when their places were right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pantau.commands.register import register_anew
from pantau.config import Data, Settings
from pantau.errors import ConfigError
from pantau.places import Camera, Mark, Zone
from pantau.store.control import Control

T0 = datetime(2026, 1, 5, 3, tzinfo=UTC)
POLYGON = ((0.1, 0.8), (0.9, 0.8), (0.9, 0.9))
GAUGE = (Mark((0.5, 0.8), 0.0), Mark((0.5, 0.2), 100.0))
ZONE = Zone(id="kali.tepi", camera="kali", name="Tepi", kind="water", polygon=POLYGON, gauge=GAUGE)
CAMERA = Camera(id="kali", name="Kali", source="rtsp://10.0.0.7/live", zones=(ZONE,))


@pytest.fixture
def control(tmp_path: Path) -> Control:
    return Control.open(tmp_path, clock=lambda: T0)


def test_a_view_and_the_dry_look_of_a_gauge_are_kept_apart(control: Control) -> None:
    control.views.keep(CAMERA, "view", T0)
    control.views.keep(CAMERA, "strip", T0, place="kali.tepi")
    control.views.keep(replace(CAMERA, id="kali2", zones=()), "another", T0)
    assert control.views.of(CAMERA) == "view"
    assert control.views.dry_of(CAMERA) == {"kali.tepi": "strip"}


def test_a_gauge_that_is_drawn_elsewhere_has_no_dry_look(control: Control) -> None:
    control.views.keep(CAMERA, "strip", T0, place="kali.tepi")
    moved = replace(ZONE, gauge=(GAUGE[0], Mark((0.5, 0.3), 100.0)))
    assert control.views.dry_of(replace(CAMERA, zones=(moved,))) == {}


def test_a_dry_look_is_let_go_alone_and_with_its_camera(control: Control) -> None:
    control.views.keep(CAMERA, "view", T0)
    control.views.keep(CAMERA, "strip", T0, place="kali.tepi")
    assert control.views.forget("kali.tepi")
    assert (control.views.of(CAMERA), control.views.dry_of(CAMERA)) == ("view", {})
    control.views.keep(CAMERA, "strip", T0, place="kali.tepi")
    assert control.views.forget("kali")
    assert (control.views.of(CAMERA), control.views.dry_of(CAMERA)) == ("", {})
    assert not control.views.forget("kali.tepi")


def test_the_command_takes_a_gauge_anew_and_names_what_there_is(control: Control, tmp_path: Path) -> None:
    control.apply([CAMERA])
    control.views.keep(CAMERA, "strip", T0, place="kali.tepi")
    settings = Settings(data=Data(folder="."))
    assert "has to be dry now" in register_anew("kali.tepi", settings, tmp_path)
    assert control.views.dry_of(CAMERA) == {}
    with pytest.raises(ConfigError, match=r"kali\.jalan.*known: kali, kali\.tepi"):
        register_anew("kali.jalan", settings, tmp_path)
