"""A plan says where each number of it comes from, or is refused as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from pantau.errors import ConfigError
from pantau.potential.plan import load_plan

GOOD = """
[[potential]]
id = "parkir"
kind = "parking"
name = "Parkir Pandanaran"
places = ["a.l"]
indicator = "traffic.car"
tariff = { amount = 2000, currency = "IDR", per = "parkir", legal = "Perda 10/2023", since = 2024-01-01 }
"""
TAX = GOOD.replace('"parking"', '"vehicle_tax"')
OFTEN = '\ncrossings_per_vehicle = { what = "per hari", low = 2, high = 4, source = "survei" }\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "potensi.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_plan_is_read(tmp_path: Path) -> None:
    [entry] = load_plan(written(tmp_path, GOOD)).potential
    assert (entry.tariff.currency, entry.tariff.legal, entry.direction) == ("IDR", "Perda 10/2023", "both")
    border = GOOD.replace('places = ["a.l"]', 'cordon = "city"')
    assert load_plan(written(tmp_path, border)).potential[0].cordon == "city"
    assert load_plan(written(tmp_path, TAX + OFTEN)).potential[0].crossings_per_vehicle is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('currency = "IDR", ', ""), "currency"),
        (GOOD.replace('"IDR"', '"Rp"'), "currency"),
        (GOOD.replace(', legal = "Perda 10/2023"', ""), "legal"),
        (GOOD.replace("traffic.car", "traffic.inside"), "does not add up"),
        (GOOD.replace("traffic.car", "traffic.cars"), "traffic.cars"),
        (GOOD.replace('["a.l"]', '["a.l", "a.l"]'), "doubled"),
        (GOOD.replace('["a.l"]', '["a.l", "a.m"]'), "declare the border in a cordon file"),
        (GOOD.replace('["a.l"]', '["a.l", "a.m"]\ncordon = true'), "'true' is of older files: declare the border"),
        (GOOD.replace('["a.l"]', '["a.l"]\ncordon = "city"'), "either places or a cordon"),
        (GOOD.replace('places = ["a.l"]', ""), "either places or a cordon"),
        (GOOD.replace('places = ["a.l"]', 'cordon = "city"').replace("traffic.car", "parking.car_in"), "name places"),
        (GOOD.replace('["a.l"]', '["a.l>m", "a.m>l"]').replace("traffic.car", "flow.car"), "never added up"),
        (GOOD + GOOD, "two entries have the id 'parkir'"),
        (TAX, "crossings are no vehicles"),
        (TAX + OFTEN.replace("low = 2", "low = 0"), "above 0"),
        (GOOD + OFTEN, "belong to kind vehicle_tax"),
        (GOOD + '\n[[potential.assumption]]\nwhat = "bagian"\nlow = 0.9\nhigh = 0.5\nsource = "survei"', "low <= high"),
        (GOOD + '\n[[potential.assumption]]\nwhat = "bagian"\nlow = 0.5\nhigh = 0.9', "source"),
        (GOOD.replace("since = 2024-01-01", "since = 2024-01-01, until = 2023-01-01"), "before it begins"),
    ],
)
def test_what_does_not_say_its_source_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load_plan(written(tmp_path, text))
    assert "nothing was changed" in str(caught.value)
