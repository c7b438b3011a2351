"""A gauge on a wall of which a part is bare: what it can't tell, it doesn't tell."""

from datetime import timedelta

import numpy as np
import pytest

from pantau.findings import WaterView
from pantau.measure.telling import between, refusal, spans
from pantau.measure.water import WaterAnalyser
from pantau.types import EPOCH, Camera, Detections, Frame, Image, Mark, Tracks, View, Zone

W, H, FOOT, TOP = 160, 200, 180, 20
HEIGHTS = np.arange(161, dtype=np.float64)


def picture(number: int, bare: tuple[int, int], level: float = 0.0) -> Image:
    """A rough wall, one pixel a cm, bare and dark between two heights, under moving water up to a level."""
    rough = np.random.default_rng(5).normal(120, 40, (H // 4, W // 4)).repeat(4, 0).repeat(4, 1)
    rough[FOOT - bare[1] : FOOT - bare[0]] = 30
    rng = np.random.default_rng(100 + number)
    waves = rng.normal(95, 25, (H // 2, W // 2)).repeat(2, 0).repeat(2, 1)
    below = np.arange(H)[:, None] > FOOT - level
    wall = np.where(below & (level > 0), waves, rough)
    return np.clip(np.repeat(wall[..., None], 3, axis=2) + rng.normal(0, 3, (H, W, 3)), 0, 255).astype(np.uint8)


def watch(bare: tuple[int, int], limit_cm: float, levels: list[float]) -> list[WaterView]:
    """What is said of each still, one a minute."""
    marks = (Mark((0.5, FOOT / H), 0.0), Mark((0.5, TOP / H), 160.0))
    zone = Zone(
        id="air",
        camera="kali",
        name="air",
        polygon=((0.1, 0.92), (0.9, 0.92), (0.9, 0.99), (0.1, 0.99)),
        kind="water",
        gauge=marks,
        limit_cm=limit_cm,
    )
    analyser = WaterAnalyser(Camera(id="kali", name="kali", source="", zones=(zone,)), 60.0)
    said: list[WaterView] = []
    for number, level in enumerate(levels):
        time = EPOCH + timedelta(minutes=number)
        frame = Frame("kali", time, picture(number, bare, level), number, 60.0 * number)
        said += analyser.step(View(frame, Detections.empty(), Tracks.empty())).water
    return said


def test_a_gauge_bare_at_its_alarm_level_is_refused_with_the_heights_and_what_to_do() -> None:
    said = watch((50, 90), 70.0, [0.0] * 8)
    assert all(one.level_cm is None for one in said)
    assert "untelling" in said[-1].reason
    assert "alarm level 70 cm" in said[-1].reason
    assert "move the gauge" in said[-1].reason


def test_the_same_gauge_is_good_where_its_alarm_level_tells() -> None:
    assert watch((50, 90), 30.0, [0.0] * 8)[-1].level_cm == pytest.approx(0, abs=1)


def test_water_in_a_bare_stretch_is_a_gap_and_is_told_again_above_it() -> None:
    said = watch((50, 90), 30.0, [0.0] * 6 + [float(cm) for cm in range(4, 120, 4)] + [116.0] * 8)
    truth = [0.0] * 6 + [float(cm) for cm in range(4, 120, 4)] + [116.0] * 8
    inside = [one for one, cm in zip(said, truth, strict=True) if 56 <= cm <= 72]
    assert all(one.level_cm is None for one in inside)
    assert any("untelling" in one.reason for one in inside)
    told = [(one.level_cm, cm) for one, cm in zip(said, truth, strict=True) if one.level_cm is not None]
    assert max(abs(level - cm) for level, cm in told) < 7  # windows reach over the edge of the bare stretch
    assert said[-1].level_cm == pytest.approx(116, abs=3)


def test_a_level_needs_telling_rows_on_both_sides() -> None:
    tells = np.ones(160)
    tells[50:90] = 0.0
    assert [between(tells, HEIGHTS, row) for row in (0, 40, 50, 70, 90, 120, 160)] == [
        True,
        True,
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_gauge_of_which_too_much_is_bare_is_refused_without_a_limit() -> None:
    tells = np.ones(160)
    tells[:40] = 0.0
    assert refusal(tells, HEIGHTS, 0.0) == ""
    tells[100:140] = 0.0
    assert "0-40 cm, 100-140 cm" in refusal(tells, HEIGHTS, 0.0)
    assert spans(tells < 0.5, HEIGHTS) == ["0-40 cm", "100-140 cm"]
