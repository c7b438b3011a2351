"""The cell rule hides who must be hidden: attacked by differencing, and its promises one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.release import measure
from pantau.errors import DataError
from pantau.serve.release.rule import BASE, LEAST, Cell, CellRule, Released, added, hour_name, hours_of_day, shown

T = datetime(2026, 3, 4, tzinfo=UTC)
KEY = b"k" * 32
CELL = Cell("pets.W", "visitors.person", "forward", T)


@pytest.fixture(scope="module")
def attacked() -> dict[str, object]:
    return measure(places=6, days=4, repeats=5)


@pytest.mark.parametrize("attack", ["tiers", "areas", "borders", "ranges", "repeats", "versions", "twins"])
def test_no_attack_recovers_a_protected_cell(attacked: dict[str, object], attack: str) -> None:
    protected, recovered = attacked["protected"], attacked[f"{attack}_recovered"]
    assert isinstance(protected, int)
    assert protected > 100
    assert recovered == 0


@pytest.mark.parametrize("attack", ["tiers", "areas", "borders", "ranges", "repeats"])
def test_differencing_leaves_at_least_five_counts_possible(attacked: dict[str, object], attack: str) -> None:
    least = attacked[f"{attack}_least_left"]
    assert isinstance(least, int)
    assert least >= BASE


def test_the_attack_works_where_there_is_no_rule_and_its_bounds_hold(attacked: dict[str, object]) -> None:
    naive = attacked["naive_recovered"]
    assert isinstance(naive, int)
    assert naive > 0
    assert attacked["truth_outside_bounds"] == 0


@given(count=st.integers(0, 100_000), hour=st.integers(0, 10_000))
def test_a_cell_is_one_of_the_two_multiples_around_its_count_and_always_the_same(count: int, hour: int) -> None:
    cell = Cell("pets.W", "visitors.person", "forward", T + timedelta(hours=hour))
    told = CellRule(KEY).perturbed(cell, count)
    assert told is not None
    assert told % BASE == 0
    assert abs(told - count) < BASE
    assert told == CellRule(KEY).perturbed(cell, count)
    assert count or told == 0


@pytest.mark.parametrize("count", [0.1, 0.5, 1, 2, 2.5, 3, 4, 7, 9, 23])
def test_it_is_unbiased(count: float) -> None:
    rule = CellRule(KEY)
    cells = [Cell(f"p{i}", "visitors.person", "", T) for i in range(4000)]
    errors = [(rule.perturbed(cell, count) or 0) - count for cell in cells]
    assert abs(np.mean(errors)) < 4 * BASE / 2 / np.sqrt(len(cells))


def test_another_key_and_another_name_give_another_answer() -> None:
    other = [CellRule(bytes([i]) * 32).perturbed(CELL, 2) for i in range(40)]
    assert set(other) == {0, 5}
    hours, rule = [T + timedelta(hours=h) for h in range(40)], CellRule(KEY)
    glued = [[rule.perturbed(Cell(*name, "", hour), 2) for hour in hours] for name in (("a", "bc"), ("ab", "c"))]
    assert glued[0] != glued[1]


@given(counts=st.lists(st.just(-1.0) | st.floats(0, 60) | st.integers(0, 60).map(float), max_size=30))
def test_many_hours_at_once_are_the_same_cells(counts: list[float]) -> None:
    rule, hours = CellRule(KEY), [T + timedelta(hours=h) for h in range(len(counts))]
    found = rule.perturbed_hours(CELL, [hour_name(hour) for hour in hours], np.array(counts))
    one_by_one = [
        rule.perturbed(replace(CELL, start=hour), n) if n >= 0 else -1 for hour, n in zip(hours, counts, strict=True)
    ]
    assert found.tolist() == one_by_one


def test_suppressed_is_not_zero_is_not_missing() -> None:
    assert shown(None) == Released("missing")
    assert shown(0) == Released("released", 0)
    assert shown(5) == Released("suppressed")
    assert shown(LEAST) == Released("released", 10)
    assert added([None, None]) is None
    assert added([None, 5, 0]) == 5


def test_a_day_whose_hours_never_reach_k_is_offered_as_a_day_only() -> None:
    assert {one.state for one in hours_of_day([0, 5, 5, None])} == {"wider", "missing"}
    assert [one.state for one in hours_of_day([0, 5, 10, None])] == ["released", "suppressed", "released", "missing"]
    assert {one.state for one in hours_of_day([0, 0])} == {"released"}


@pytest.mark.parametrize("count", [-1.0, float("nan"), float("inf")])
def test_what_is_no_count_of_people_is_refused(count: float) -> None:
    with pytest.raises(DataError, match="0 people or more"):
        CellRule(KEY).perturbed(CELL, count)


def test_a_key_that_is_no_secret_is_refused() -> None:
    with pytest.raises(DataError, match="32 bytes"):
        CellRule(b"short")
