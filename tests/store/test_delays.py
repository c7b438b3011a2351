"""How late samples are kept: all of them, and those of the last hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pantau.store.delays import BINS, EDGES_S, RECENT, Delays
from pantau.types import Batch

NOW = datetime(2026, 3, 4, 12, 40, tzinfo=UTC)


def note(delays: Delays, kept: datetime, late_s: float) -> None:
    delays.note(Batch("r", 1, {"visitors": (kept - timedelta(seconds=late_s),)}), kept)


def late(counts: tuple[int, ...]) -> dict[float, int]:
    return {edge: n for edge, n in zip((*EDGES_S, float("inf")), counts, strict=True) if n}


def test_before_a_sample_there_is_nothing() -> None:
    assert Delays().recent(NOW) == (0,) * BINS


def test_an_hour_forgets_what_all_time_keeps() -> None:
    delays = Delays()
    note(delays, NOW - RECENT, 0.2)
    note(delays, NOW - RECENT / 2, 9.0)
    note(delays, NOW, 100.0)
    assert late(delays.recent(NOW)) == {10.0: 1, float("inf"): 1}
    assert late(delays.counted()[0]) == {0.25: 1, 10.0: 1, float("inf"): 1}
    assert late(delays.recent(NOW + RECENT)) == {}, "silence is not freshness"


def test_days_of_samples_stay_an_hour_of_memory() -> None:
    delays = Delays()
    for minute in range(3000):
        note(delays, NOW + timedelta(minutes=minute), 0.2)
    assert late(delays.recent(NOW + timedelta(minutes=2999))) == {0.25: 60}


def test_a_clock_that_was_set_back_loses_no_sample() -> None:
    delays = Delays()
    note(delays, NOW, 0.2)
    note(delays, NOW - timedelta(minutes=5), 0.2)
    assert late(delays.recent(NOW)) == {0.25: 2}
