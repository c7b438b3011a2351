"""The vocabulary is complete, and refuses what it does not know."""

from __future__ import annotations

import re

import pytest

from pantau.errors import ConfigError
from pantau.types import CLASSES
from pantau.vocabulary import Indicator, Level, families, family, indicator, indicators, levels


def test_every_road_user_is_counted_by_exactly_one_indicator_of_lines() -> None:
    counted = [i.road_user for i in indicators().values() if i.counted and "line" in i.places]
    assert sorted(counted) == sorted(CLASSES)


@pytest.mark.parametrize("entry", list(indicators().values()), ids=lambda i: i.id)
def test_an_indicator_says_everything_in_both_languages(entry: object) -> None:
    found = indicators()[entry.id]  # type: ignore[attr-defined]  # parametrize hands out objects
    assert found.unit
    assert found.source
    assert found.since
    assert found.places
    for text in (found.label, found.definition):
        assert text.id
        assert text.en


def test_ids_are_family_and_name() -> None:
    for name, entry in families().items():
        assert all(i.family == name and i.id == f"{name}.{i.name}" for i in entry.indicators)


def test_a_line_has_no_value_for_what_only_zones_have() -> None:
    assert {i.name for i in family("visitors").of_kind("line")} == {"person"}
    assert {i.name for i in family("visitors").of_kind("zone")} == {"inside", "dwell"}


@pytest.mark.parametrize("ask", [lambda: indicator("visitors.ghosts"), lambda: family("ghosts")])
def test_an_unknown_name_is_refused_with_the_known_ones(ask: object) -> None:
    with pytest.raises(ConfigError, match=r"ghosts.*visitors"):
        ask()  # type: ignore[operator]  # parametrize hands out objects


# Units of UCUM 2.1 that the vocabulary uses, and powers and quotients of them; braces are annotations.
ATOMS = {"1", "%", "s", "min", "h", "m", "cm", "mm", "km"}
TERM = re.compile(r"(?P<atom>%|[a-z]+|1)?(?P<power>\d)?(?P<note>\{[!-z|~]+\})?")


def is_ucum(unit: str) -> bool:
    for part in unit.split("/"):
        term = TERM.fullmatch(part)
        if not term or not part or (term["atom"] and term["atom"] not in ATOMS):
            return False
        if term["power"] and term["atom"] in {None, "1", "%"}:
            return False
    return True


@pytest.mark.parametrize("one", indicators().values(), ids=lambda one: one.id)
def test_every_unit_is_ucum(one: Indicator) -> None:
    assert is_ucum(one.unit)


@pytest.mark.parametrize("unit", ["persons", "km/hr", "{orang lewat}", "", "m/", "Cel2", "1/", "m**2", "SMP"])
def test_what_is_no_unit_is_found(unit: str) -> None:
    assert not is_ucum(unit)


@pytest.mark.parametrize("one", indicators().values(), ids=lambda one: one.id)
def test_every_indicator_has_what_satu_data_asks(one: Indicator) -> None:
    told = family(one.family)
    for text in (told.concept, told.label, one.label, one.definition):
        assert text.id.strip()
        assert text.en.strip()
    assert one.classification.strip()
    assert one.version.isdecimal()
    assert told.theme in {"TRAN", "ENVI", "SOCI", "GOVE"}


def test_people_are_never_told_as_counted() -> None:
    """Whoever adds an indicator about people must say how it is published."""
    about = {
        i.id for i in indicators().values() if i.road_user == "person" or "person" in i.unit or i.family == "visitors"
    }
    assert about == {"visitors.person", "visitors.inside", "visitors.dwell", "dwell.staying", "flow.person"}
    assert all(indicators()[name].publish in {"cells", "closed"} for name in about)


def test_only_what_can_be_about_nobody_is_public_unasked() -> None:
    """A family that is added here is looked at first: what a function is taught may be that somebody sits there."""
    unasked = {i.family for i in indicators().values() if i.publish == "counted"}
    things = {"traffic", "parking", "litter", "water", "sensor", "speed", "volume", "road", "flow"}
    assert unasked == things | {"quality", "health"}
    assert {i.publish for i in indicators().values() if "scene" in i.zones} == {"approved"}


@pytest.mark.parametrize("one", levels().values(), ids=lambda one: one.id)
def test_a_service_level_says_everything_in_both_languages(one: Level) -> None:
    for text in (one.label, one.of, one.definition):
        assert text.id.strip()
        assert text.en.strip()
    assert is_ucum(one.unit)
    assert one.source
    assert one.since
    unit = {"1": "_share", "s": f"_{one.take}_seconds"}[one.unit]
    assert re.fullmatch(rf"pantau_[a-z_]+{unit}", one.metric), "as Prometheus names units"


@pytest.mark.parametrize(("better", "met"), [("higher", (False, True, True)), ("lower", (True, True, False))])
def test_a_target_is_met_at_the_target_and_on_its_better_side(better: str, met: tuple[bool, ...]) -> None:
    one = next(level for level in levels().values() if level.better == better)
    assert tuple(one.met(one.target + step) for step in (-0.001, 0.0, 0.001)) == met
    assert one.met(None) is None, "what is not known is neither met nor missed"
