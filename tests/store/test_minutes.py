"""The fold is a commutative monoid, and a store fed in any order and twice over says the same."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.errors import DataError
from pantau.store.buckets import bucket
from pantau.store.minutes import MinuteRow, Slot, empty, found, merge
from pantau.store.series import TIERS, Series, SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run, Unseen

T = datetime(2026, 11, 23, 16, 58, tzinfo=UTC)  # two minutes before midnight in Jakarta
KEYS = (
    Key("traffic", "c.line", 1, "forward"),
    Key("traffic", "c.line", 1, "backward"),
    Key("traffic", "c.zone", 1, ""),
)
RUN = Run(id="r", camera="c", kind="live", started=T, keys=KEYS, method={"traffic": "m"}, cadence_s={"traffic": 1.0})

seconds = st.integers(0, 299).map(lambda s: T + timedelta(seconds=s))
observations = st.one_of(
    st.builds(
        Observation, st.just("c.line"), st.sampled_from(["traffic.car", "traffic.bus"]),
        st.sampled_from(["forward", "backward"]), seconds, st.just(0.0), st.just(1.0),
    ),
    st.builds(
        Observation, st.just("c.zone"), st.just("traffic.inside"), st.just(""), seconds, st.just(1.0),
        st.integers(0, 40).map(lambda n: n / 4),
    ),
)  # fmt: skip
batches = st.lists(
    st.builds(
        lambda times, said: Batch("r", 1, {"traffic": tuple(times)}, tuple(said)),
        st.lists(seconds, max_size=8),
        st.lists(observations, max_size=8),
    ),
    min_size=1,
    max_size=6,
)


def fold(parts: list[dict[Slot, MinuteRow]]) -> dict[Slot, MinuteRow]:
    rows: dict[Slot, MinuteRow] = {}
    for part in parts:
        for slot, row in part.items():
            rows[slot] = merge(rows.get(slot) or empty(RUN, slot), row)
    return rows


@given(batches=batches, seed=st.randoms(use_true_random=False))
def test_the_order_of_batches_and_how_they_are_cut_do_not_matter(batches: list[Batch], seed: random.Random) -> None:
    parts = [found(RUN, batch) for batch in batches]
    shuffled = seed.sample(parts, len(parts))
    whole = Batch(
        "r", 1, {"traffic": tuple(t for b in batches for t in b.samples["traffic"])},
        tuple(o for b in batches for o in b.observations),
    )  # fmt: skip
    assert fold(parts) == fold(shuffled) == fold([found(RUN, whole)])


@given(batches=batches)
def test_merging_is_associative_and_an_empty_row_changes_nothing(batches: list[Batch]) -> None:
    rows = [row for batch in batches for slot, row in found(RUN, batch).items() if slot == (KEYS[0], T)]
    if not rows:
        return
    nothing = empty(RUN, (KEYS[0], T))
    left = reduce(merge, rows)
    right = reduce(lambda late, early: merge(early, late), reversed(rows))
    assert left == right
    assert merge(nothing, rows[0]) == merge(rows[0], nothing) == rows[0]


def test_rows_of_different_minutes_are_not_merged() -> None:
    with pytest.raises(DataError, match="one minute"):
        merge(empty(RUN, (KEYS[0], T)), empty(RUN, (KEYS[0], T + timedelta(minutes=1))))


def test_a_sample_gives_every_series_of_its_family_a_row_of_zeros() -> None:
    rows = found(RUN, Batch("r", 1, {"traffic": (T, T + timedelta(seconds=1))}))
    assert {key for key, _ in rows} == set(KEYS)
    line = rows[KEYS[0], T]
    assert (line.observed_s, line.samples) == (2.0, 2)
    assert set(line.values) == {"car", "motorcycle", "bus", "truck", "bicycle"}
    assert all(value.sum == 0 for value in line.values.values())


def test_what_a_sample_could_not_see_of_a_place_lowers_its_coverage_only() -> None:
    lost = (Unseen("traffic", "c.zone", T, 0.25), Unseen("traffic", "c.zone", T + timedelta(seconds=1), 1.0))
    times = (T, T + timedelta(seconds=1))
    rows = found(RUN, Batch("r", 1, {"traffic": times}, unseen=lost))
    assert {key.place: row.observed_s for (key, _), row in rows.items()} == {"c.zone": 0.75, "c.line": 2.0}
    with pytest.raises(DataError, match="no share"):
        found(RUN, Batch("r", 1, {"traffic": times}, unseen=(Unseen("traffic", "c.zone", T, 1.5),)))


def ask(store: Store, place: str, tier: Tier) -> Series:
    names = ("traffic.car", "traffic.bus", "traffic.inside")
    return store.series(SeriesQuery(place=place, indicators=names, tier=tier, start=T, end=T + timedelta(minutes=5)))


@settings(max_examples=12)
@given(batches=batches, twice=st.lists(st.integers(0, 5), max_size=4), roll=st.integers(0, 5))
def test_the_store_says_what_the_fold_says_at_every_tier(batches: list[Batch], twice: list[int], roll: int) -> None:
    truth = fold([found(RUN, batch) for batch in batches])
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder), timezone="Asia/Jakarta", clock=lambda: T + timedelta(days=2))
        store.begin(RUN)
        sent = [Batch("r", i + 1, b.samples, b.observations) for i, b in enumerate(batches)]
        for i, batch in enumerate(sent):
            store.write(batch)
            if i == roll:
                store.rollup(T + timedelta(days=2))
            for again in (j for j in twice if j <= i):
                store.write(sent[again])
        for tier in TIERS:
            for place in ("c.line", "c.zone"):
                check(ask(store, place, tier), place, truth)
        store.rollup(T + timedelta(days=2))
        before = ask(store, "c.line", "day")
        assert store.rollup(T + timedelta(days=2)) == 0
        assert ask(store, "c.line", "day") == before
        store.close()


def check(series: Series, place: str, truth: dict[Slot, MinuteRow]) -> None:
    for i, start in enumerate(series.starts):
        end = bucket(series.tier, series.timezone, start)[1]
        width_s = (min(end, T + timedelta(days=2)) - start).total_seconds()
        rows = [row for (key, minute), row in truth.items() if key.place == place and start <= minute < end]
        forward = [row for row in rows if row.key.direction in {"forward", ""}]
        assert series.coverage[i] == pytest.approx(min(1.0, sum(r.observed_s for r in forward) / width_s))
        for name in ("car", "bus"):
            sums = [row.values[name].sum for row in rows if name in row.values]
            assert series.columns[f"traffic.{name}"][i] == (sum(sums) if sums else None)
        inside = [row.values["inside"] for row in rows if "inside" in row.values and row.values["inside"].n]
        mean = sum(v.sum for v in inside) / sum(v.n for v in inside) if inside else None
        assert series.columns["traffic.inside"][i] == (None if mean is None else pytest.approx(mean))
