"""A refused gauge is said by the commands that an operator trusts: `pantau doctor`, and `pantau apply` of a rule that waits for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import tomli_w

from pantau.commands.doctor import examine
from pantau.commands.rules import apply_rules
from pantau.config import load_settings
from pantau.measure.dry import Dry
from pantau.measure.kept_looks import text_of
from pantau.places import Camera, Mark, Zone
from pantau.store.control import Control

T0 = datetime(2026, 1, 5, 3, tzinfo=UTC)
POLYGON = ((0.1, 0.8), (0.9, 0.8), (0.9, 0.9))
GAUGE = (Mark((0.5, 0.8), 0.0), Mark((0.5, 0.2), 120.0))
SIAGA = {"id": "siaga-3", "place": "kali.tepi", "indicator": "water.level", "above": 60, "over_s": 180}
LIMIT_CM = 60.0
ROWS = 120


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "pantau.toml").write_text('[city]\nregion = "33.74"\n')
    return tmp_path


def keep(home: Path, tells: float) -> None:
    """A gauge of which every row tells so much is kept."""
    zone = Zone(
        id="kali.tepi", camera="kali", name="Tepi", kind="water", polygon=POLYGON, gauge=GAUGE, limit_cm=LIMIT_CM
    )
    camera = Camera(id="kali", name="Kali", source="rtsp://10.0.0.7/live", zones=(zone,))
    look = Dry(np.zeros((ROWS, 21), np.float32), np.zeros((ROWS, 2), np.float32), np.ones((ROWS, 21), np.bool_), T0)
    control = Control.open(home / "data", clock=lambda: T0)
    try:
        control.apply([camera], {})
        text = text_of((look,), np.full(ROWS, tells), np.linspace(0, 120, ROWS + 1), (320, 240))
        control.views.keep(control.cameras()[0], text, T0, place="kali.tepi")
    finally:
        control.close()


def told(home: Path) -> tuple[list[str], list[str]]:
    """What is wrong, by doctor, and what `apply` says of a rule on the gauge's level."""
    config = home / "pantau.toml"
    (home / "rules.toml").write_text(tomli_w.dumps({"rule": [SIAGA]}))
    bad = [check.said for check in examine(config) if check.what == "Gauge" and not check.good]
    return bad, list(apply_rules(home / "rules.toml", load_settings(config), home, force=False))


def test_a_refused_gauge_is_said_with_its_heights_and_what_to_do(home: Path) -> None:
    keep(home, 0.0)
    bad, applied = told(home)
    assert len(bad) == 1
    assert "0-120 cm" in bad[0]
    assert "pantau reregister kali.tepi" in bad[0]
    assert applied[-1].startswith("rule 'siaga-3' guards nothing at 'kali.tepi'")


def test_a_good_gauge_is_not_spoken_of(home: Path) -> None:
    keep(home, 1.0)
    bad, applied = told(home)
    assert bad == []
    assert not any("guards nothing" in line for line in applied)
