"""Decreed days off: what is refused, and where they are holidays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pantau.errors import ConfigError
from pantau.leave_file import load_leave
from pantau.serve.services import CityFacts

GOOD = 'source = "SKB 1/2025"\n[[leave]]\nday = 2026-03-20\nname = "Cuti bersama"\nname_en = "Leave"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "cuti.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_decreed_day_is_a_holiday_in_the_city_s_country_alone(tmp_path: Path) -> None:
    leave = load_leave(written(tmp_path, GOOD))
    city = CityFacts(name="Kota", region="33.74", timezone="Asia/Jakarta", leave=leave)
    day = date(2026, 3, 20)
    assert city.days_off("Asia/Jakarta", 2026)[day].en == "Leave (SKB 1/2025)"
    assert day in city.days_off("Asia/Makassar", 2026)
    assert day not in city.days_off("Pacific/Auckland", 2026)
    assert day not in city.days_off("Asia/Jakarta", 2025)
    assert date(2026, 1, 1) in city.days_off("Asia/Jakarta", 2026)
    assert list(city.days_off("Asia/Jakarta", 2026)) == sorted(city.days_off("Asia/Jakarta", 2026))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace('source = "SKB 1/2025"\n', ""), "has no source"),
        (GOOD + GOOD.split("\n", 1)[1], "is there twice"),
        (GOOD.replace("2026-03-20", '"Lebaran"'), "day"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_leave(written(tmp_path, text))
