"""Cordons between a file and the register: what is refused, what is kept, and what may not go while a border needs it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pantau.commands.register import apply_file, export_file
from pantau.commands.release import decide, decision
from pantau.config import Settings
from pantau.cordon_file import load_cordon_file
from pantau.errors import ConfigError
from pantau.places import Cordon, Entry
from pantau.store.control import Control

CAMERA = """[[camera]]
id = "kota"
name = "Kota"
source = "rtsp://10.0.0.1/x"
line = [
  {id = "W", start = [0.1, 0.1], end = [0.1, 0.9]},
  {id = "E", start = [0.9, 0.1], end = [0.9, 0.9]},
  {id = "W2", start = [0.2, 0.1], end = [0.2, 0.9], follows = {line = "W"}},
]
zone = [{id = "z", polygon = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7]]}]
"""
GOOD = """[[cordon]]
of = "city"
name = "Batas kota"
lines = [{line = "kota.W", into = "forward"}, {line = "kota.E", into = "backward"}]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings.model_validate({"city": {"name": "Kota", "region": "33.74"}})
    (tmp_path / "kota.toml").write_text(CAMERA, "utf-8")
    list(apply_file(tmp_path / "kota.toml", settings, tmp_path))
    return settings


def put(home: Path, text: str, settings: Settings) -> list[str]:
    (home / "batas.toml").write_text(text, "utf-8")
    return list(apply_file(home / "batas.toml", settings, home))


def cordons(home: Path, settings: Settings) -> tuple[Cordon, ...]:
    control = Control.open(settings.data.store_at(home), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    try:
        return control.cordons()
    finally:
        control.close()


def test_a_cordon_is_kept_exported_changed_and_taken_back(tmp_path: Path, settings: Settings) -> None:
    assert put(tmp_path, GOOD, settings) == ["cordon of city: 2 lines"]
    assert put(tmp_path, GOOD, settings) == ["nothing to change"]
    lines = (Entry(line="kota.W", into="forward"), Entry(line="kota.E", into="backward"))
    assert cordons(tmp_path, settings) == (Cordon(of="city", name="Batas kota", lines=lines),)
    assert "1 cordons" in export_file(tmp_path / "out.toml", settings, tmp_path)
    assert load_cordon_file(tmp_path / "out.cordons.toml") == cordons(tmp_path, settings)
    assert put(tmp_path, GOOD.replace("backward", "forward"), settings) == ["cordon of city: changed, drawn as a break"]
    assert put(tmp_path, "cordon = []\n", settings) == ["cordon of city: taken back; what it counted stays"]
    assert cordons(tmp_path, settings) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("kota.E", "kota.X"), "there is no line 'kota.X'; known: kota.E, kota.W, kota.W2"),
        (GOOD.replace("kota.E", "kota.W"), "line 'kota.W' is there twice"),
        (GOOD.replace("kota.E", "kota.z"), "'kota.z' is a zone"),
        (GOOD.replace("kota.E", "kota.W2"), "'kota.W2' follows 'kota.W'"),
        (GOOD.replace("backward", "masuk"), "into"),
        (GOOD.replace('"city"', '"kelurahan"'), "of"),
        (GOOD + GOOD, "'city' has two cordons"),
        (GOOD + CAMERA, "file of their own"),
        (GOOD.replace(", into", ", lag_s = 3, into"), "lag_s"),
    ],
)
def test_a_wrong_cordon_is_refused_and_nothing_is_changed(
    tmp_path: Path, settings: Settings, text: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words.replace("(", "\\(")):
        put(tmp_path, text, settings)
    assert cordons(tmp_path, settings) == ()


@pytest.mark.parametrize("where", ["kota.E", "kota"])
def test_a_line_that_the_steward_closed_is_no_border(tmp_path: Path, settings: Settings, where: str) -> None:
    decide(decision("traffic", where, "Sri", "ibadah", allow=False), settings, tmp_path)
    with pytest.raises(ConfigError, match=r"is not published \(traffic: closed by Sri"):
        put(tmp_path, GOOD, settings)
    decide(decision("traffic", where, "Sri", "", allow=True), settings, tmp_path)
    put(tmp_path, GOOD, settings)
    assert "border of city" in decide(decision("traffic", where, "Sri", "", allow=False), settings, tmp_path)


def test_the_sample_border_is_one() -> None:
    sample = load_cordon_file(Path(__file__).parents[1] / "examples" / "cordons.toml")
    assert [(one.of, len(one.lines)) for one in sample] == [("city", 4), ("area:contoh-barat", 4)]


def test_a_line_of_a_border_is_not_taken_out(tmp_path: Path, settings: Settings) -> None:
    put(tmp_path, GOOD, settings)
    (tmp_path / "kota.toml").write_text(CAMERA.replace('id = "E"', 'id = "F"'), "utf-8")
    with pytest.raises(ConfigError, match=r"line 'kota.E' is on the declared border of 'city' \(Batas kota\)"):
        list(apply_file(tmp_path / "kota.toml", settings, tmp_path))
    put(tmp_path, "cordon = []\n", settings)
    assert any("kota.E" in line for line in apply_file(tmp_path / "kota.toml", settings, tmp_path))
