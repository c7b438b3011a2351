"""What counts could be worth: every range holds the truth it was made from, and nothing is guessed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.errors import DataError
from pantau.potential.estimate import Accuracy, Day, estimate
from pantau.potential.plan import Source
from pantau.potential.span import Span

FIRST = date(2026, 11, 2)
TARIFF: dict[str, Any] = {
    "amount": 2000, "currency": "IDR", "per": "parkir", "legal": "Perda 10/2023", "since": "2024-01-01",
}  # fmt: skip
KNOWN = Accuracy(0.9, "validated", "0.950 [0.900, 1.000] n=120 2026-11-01")
numbers = st.floats(0, 1e6)


def source(**changes: object) -> Source:
    entry = {
        "id": "a",
        "kind": "parking",
        "name": "Parkir",
        "places": ["a.l"],
        "indicator": "traffic.car",
        "tariff": TARIFF,
    }
    return Source.model_validate(entry | changes)


def days(counts: list[float | None], coverage: float = 1.0) -> list[Day]:
    return [Day(FIRST + timedelta(days=i), n, coverage if n is not None else 0.0) for i, n in enumerate(counts)]


def test_events_times_tariff_times_assumptions() -> None:
    share = {"what": "wajib bayar", "low": 0.5, "high": 0.8, "source": "survei"}
    found = estimate(source(assumption=[share]), days([100.0, 100.0]), Accuracy(1.0, "validated", ""))
    assert found.events == Span(200, 200)
    assert found.worth == Span(200 * 2000 * 0.5, 200 * 2000 * 0.8)


@given(truth=st.integers(1, 1000), missed=st.floats(0, 0.4), over=st.floats(0, 0.4), coverage=st.floats(0.8, 1))
def test_the_range_holds_the_truth_it_was_counted_from(truth: int, missed: float, over: float, coverage: float) -> None:
    """Counted with some missed and some over, and evenly over the part of the day that was watched."""
    counted = truth * (1 - missed + over) * coverage
    found = estimate(source(), days([counted], coverage), Accuracy(1 - missed - over, "validated", ""))
    assert found.events is not None
    assert found.events.low * (1 - 1e-9) <= truth <= found.events.high * (1 + 1e-9)


def test_a_day_that_was_hardly_watched_is_left_out_and_named() -> None:
    found = estimate(source(), [*days([100.0, None]), Day(FIRST, 50.0, 0.7)], KNOWN)
    assert (found.days, found.days_left_out, found.counted) == (1, 2, 100.0)


def test_no_day_at_all_is_no_figure_and_not_zero() -> None:
    found = estimate(source(), days([None, None]), KNOWN)
    assert (found.worth, found.reason) == (None, "no day that is over was watched for 80% of its time")


def test_counts_whose_error_nobody_knows_get_no_figure() -> None:
    found = estimate(source(), days([100.0]), Accuracy(None, "unknown", ""))
    assert found.worth is None
    assert "not validated" in found.reason


def test_days_before_the_tariff_count_nothing() -> None:
    later = source(tariff=TARIFF | {"since": str(FIRST + timedelta(days=1))})
    assert estimate(later, days([100.0, 10.0]), KNOWN).counted == 10.0
    never = source(tariff=TARIFF | {"since": "2030-01-01"})
    assert estimate(never, days([100.0]), KNOWN).reason == "the tariff was not in force"


def test_vehicle_tax_is_of_vehicles_in_use_and_compared_with_registered_ones() -> None:
    often = {"what": "melintas per hari", "low": 2, "high": 4, "source": "survei asal-tujuan 2025"}
    tax = source(
        kind="vehicle_tax", crossings_per_vehicle=often, registered={"n": 1000, "source": "Samsat", "year": 2025},
        tariff=TARIFF | {"amount": 500_000, "per": "tahun"},
    )  # fmt: skip
    found = estimate(tax, days([800.0, 1200.0]), Accuracy(1.0, "validated", ""))
    assert found.events == Span(250, 500)
    assert found.registered_share == Span(0.25, 0.5)
    assert found.worth == Span(250 * 500_000, 500 * 500_000)


@given(a=st.tuples(numbers, numbers), b=st.tuples(numbers, numbers), x=st.floats(0, 1), y=st.floats(0, 1))
def test_a_range_holds_every_combination(a: tuple[float, float], b: tuple[float, float], x: float, y: float) -> None:
    one, two = Span(min(a), max(a)), Span(min(b) + 1, max(b) + 1)
    p, q = one.low + x * (one.high - one.low), two.low + y * (two.high - two.low)
    for found, value in ((one + two, p + q), (one * two, p * q), (one / two, p / q)):
        assert found.low * (1 - 1e-9) - 1e-9 <= value <= found.high * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("wrong", [(2.0, 1.0), (-1.0, 1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_what_is_no_range_is_refused(wrong: tuple[float, float]) -> None:
    with pytest.raises(DataError, match="expected a range"):
        Span(*wrong)
    with pytest.raises(DataError, match="divisor above 0"):
        _ = Span(1, 2) / Span(0, 2)
