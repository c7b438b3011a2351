"""Which rows count when runs watched the same minute: the longest of those that overlap, and all that do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.store.series import TIERS, SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

T = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Stretch:
    """A run that watched some seconds of one minute and counted in each of them."""

    first: int
    length: int
    revision: int


stretches = st.lists(st.builds(Stretch, st.integers(0, 40), st.integers(1, 20), st.integers(1, 2)), max_size=5)


def watch(store: Store, number: int, stretch: Stretch) -> None:
    key = Key("traffic", "c.line", stretch.revision, "forward")
    run = Run(
        id=f"run-{number}", camera="c", kind="live", started=T + timedelta(seconds=number), keys=(key,),
        method={"traffic": f"method of {number}"}, cadence_s={"traffic": 1.0},
    )  # fmt: skip
    times = tuple(T + timedelta(seconds=stretch.first + i) for i in range(stretch.length))
    store.begin(run)
    seen = tuple(Observation("c.line", "traffic.car", "forward", time, 0.0, 10.0**number) for time in times)
    store.write(Batch(run.id, 1, {"traffic": times}, seen))


def truth(stretches: list[Stretch]) -> tuple[float | None, float]:
    """What counts, worked out one after the other."""
    kept: list[tuple[int, Stretch]] = []
    for number, s in sorted(enumerate(stretches), key=lambda n: (-n[1].length, -n[0])):
        if all(s.first >= k.first + k.length or k.first >= s.first + s.length for _, k in kept):
            kept.append((number, s))
    if not kept:
        return None, 0.0
    return sum(s.length * 10.0**n for n, s in kept), min(1.0, sum(s.length for _, s in kept) / 60)


def ask(store: Store, tier: Tier) -> tuple[float | None, float]:
    query = SeriesQuery(place="c.line", indicators=("traffic.car",), tier=tier, start=T, end=T + timedelta(minutes=1))
    series = store.series(query)
    width = {"minute": 1, "quarter_hour": 15, "hour": 60, "day": 1440, "month": 43_200}[tier]
    return series.columns["traffic.car"][0], series.coverage[0] * width


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T + timedelta(days=40))
    yield opened
    opened.close()


@settings(max_examples=15)
@given(stretches=stretches)
def test_every_tier_counts_the_longest_of_overlapping_runs(stretches: list[Stretch]) -> None:
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder), timezone="Asia/Jakarta", clock=lambda: T + timedelta(days=40))
        for number, stretch in enumerate(stretches):
            watch(store, number, stretch)
        for tier in TIERS:
            value, coverage = ask(store, tier)
            assert value == truth(stretches)[0]
            assert coverage == pytest.approx(truth(stretches)[1])
        store.close()


def test_a_row_that_overlaps_only_a_dropped_one_still_counts(store: Store) -> None:
    chain = [Stretch(0, 20, 1), Stretch(15, 15, 1), Stretch(28, 10, 1)]
    for number, stretch in enumerate(chain):
        watch(store, number, stretch)
    assert ask(store, "minute")[0] == 20 + 10 * 100


def test_of_two_as_long_the_newer_counts_and_its_revision_is_told(store: Store) -> None:
    watch(store, 0, Stretch(0, 30, 1))
    watch(store, 1, Stretch(0, 30, 2))
    for tier in TIERS:
        assert ask(store, tier)[0] == 300.0
    query = SeriesQuery(place="c.line", indicators=("traffic.car",), tier="hour", start=T, end=T + timedelta(hours=1))
    series = store.series(query)
    assert (series.revision, series.method) == ((2,), ("method of 1",))
