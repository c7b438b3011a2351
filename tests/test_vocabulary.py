"""The vocabulary is complete, and refuses what it does not know."""

from __future__ import annotations

import pytest

from pantau.errors import ConfigError
from pantau.types import CLASSES
from pantau.vocabulary import families, family, indicator, indicators


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
