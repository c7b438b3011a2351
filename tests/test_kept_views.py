"""A running city keeps what its gauges look like when dry: a restart in a flood goes on, and `pantau reregister` begins anew.

The real city with a folder of stills for a camera; only the models, which would be fetched, are small fakes. A gauge looks
once in 20 s; here it looks five times a second, so that a flood does not take an hour.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pantau import app
from pantau.app import City
from pantau.config import Settings
from pantau.findings import Reason, WaterView
from pantau.measure import water
from pantau.places import Camera, Mark, Zone
from pantau.see.fake import FakeDetector
from pantau.types import Detections, Frame
from tests.rtsp_server import free_port
from tests.running_city import until

W, H = 160, 200
FOOT = 180
STILLS = 12
GAUGE = (Mark((0.5, FOOT / H), 0.0), Mark((0.5, 20 / H), 160.0))
ZONE = Zone(
    id="kali.tepi", camera="kali", name="Tepi", kind="water", gauge=GAUGE,
    polygon=((0.1, 0.92), (0.9, 0.92), (0.9, 0.99), (0.1, 0.99)),
)  # fmt: skip


class NoModels:
    """Nothing is in front of the camera, and nothing needs hiding."""

    def detector(self, name: str) -> FakeDetector:
        del name
        return FakeDetector()

    def looks_at(self, name: str) -> int:
        del name
        return 200_000

    def redactor(self, camera: Camera) -> NoModels:
        del camera
        return self

    def redact(self, frame: Frame, detections: Detections) -> bytes | None:
        del frame, detections
        return None

    def embedder(self) -> None:
        """No zone is taught."""


def paint(folder: Path, level_cm: int) -> None:
    """Stills of a rough wall in moving water up to a level; one pixel is one cm."""
    folder.mkdir(exist_ok=True)
    rough = np.random.default_rng(5).normal(120, 40, (H // 4, W // 4)).repeat(4, 0).repeat(4, 1)
    below = np.arange(H)[:, None] > FOOT - level_cm
    for number in range(STILLS):
        rng = np.random.default_rng(number)
        waves = rng.normal(95, 25, (H // 2, W // 2)).repeat(2, 0).repeat(2, 1)
        wall = np.where(below & (level_cm > 0), waves, rough)[..., None] + rng.normal(0, 3, (H, W, 3))
        cv2.imwrite(str(folder / f"{number}.png"), np.clip(wall, 0, 255).astype(np.uint8))


def started(home: Path) -> City:
    city = City(
        Settings.model_validate({"city": {"region": "33.74"}, "server": {"port": free_port()}}), home, demo=True
    )
    city.models = NoModels()  # type: ignore[assignment]  # a small fake of what would be fetched
    city.control.apply(
        [Camera(id="kali", name="Kali", source=str(home / "stills"), fps=5.0, zones=(ZONE,), analysers=("water",))], {}
    )
    city.start()
    return city


def shown(city: City) -> WaterView | None:
    live = city.board.latest("kali")
    return live.water[0] if live and live.water else None


def test_what_a_gauge_looks_like_when_dry_outlives_a_restart_in_a_flood_until_it_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(water, "CADENCE_S", 0.2)
    monkeypatch.setattr(app, "ROLLUP_S", 0.2)
    paint(tmp_path / "stills", 0)
    city = started(tmp_path)
    camera = city.control.cameras()[0]
    try:
        until("the dry look is kept", lambda: city.control.views.dry_of(camera))
    finally:
        city.stop()

    paint(tmp_path / "stills", 70)
    city = started(tmp_path)
    try:
        until("a level is told", lambda: (now := shown(city)) is not None and now.level_cm is not None)
        now = shown(city)
        assert now is not None
        assert now.level_cm == pytest.approx(70, abs=4)

        assert city.control.views.forget("kali.tepi")
        until(
            "it begins anew",
            lambda: (now := shown(city)) is not None and now.reason is not None and now.reason.code == "moving",
        )
        assert city.control.views.dry_of(camera) == {}
        now = shown(city)
        assert now is not None
        assert now.reason == Reason("moving", {"part": "1", "parts": "4"})
    finally:
        city.stop()
