"""Groups add what may be added, at every tier, whatever the order in which things came; against a plain loop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.errors import DataError
from pantau.places import Camera, Cordon, Direction, Entry, Line
from pantau.store.groups import Member, members_of
from pantau.store.series import TIERS, Series, SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

T = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # an hour before November begins in Jakarta
LATER = T + timedelta(days=40)
MEMBERS = (
    Member("city", "a.gate", "forward"),
    Member("city", "b.gate", "backward"),
    Member("city", "a.inner"),
    Member("city", "a.square"),
    Member("city", "b.square"),
)
Seen = tuple[str, int, float]
"""Camera, minute after T, how many."""


def run_of(camera: str) -> Run:
    places: tuple[tuple[str, Direction], ...] = (
        ("gate", "forward"), ("gate", "backward"), ("inner", "forward"), ("inner", "backward"), ("square", ""),
    )  # fmt: skip
    keys = tuple(Key("traffic", f"{camera}.{place}", 1, way) for place, way in places)
    return Run(
        id=camera,
        camera=camera,
        kind="live",
        started=T,
        keys=keys,
        method={"traffic": "m"},
        cadence_s={"traffic": 60.0},
    )


def said(camera: str, seq: int, minute: int, many: float) -> Batch:
    at = T + timedelta(minutes=minute)
    observations = [
        Observation(f"{camera}.{place}", "traffic.car", "forward", at, 0.0, many) for place in ("gate", "inner")
    ]
    inside = Observation(f"{camera}.square", "traffic.inside", "", at, 0.0, many)
    return Batch(camera, seq, {"traffic": (at,)}, (*observations, inside))


def ask(store: Store, tier: Tier, direction: str = "both") -> Series:
    query = SeriesQuery(
        place="city", indicators=("traffic.car", "traffic.inside", "traffic.dwell"), tier=tier, start=T,
        end=T + timedelta(minutes=180), direction=direction,  # type: ignore[arg-type]  # one of the three
    )  # fmt: skip
    return store.series(query)


sightings = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 170), st.integers(0, 9).map(float)), min_size=1, max_size=12
)


@settings(max_examples=10, deadline=None)
@given(seen=sightings, roll=st.integers(0, 12), join=st.integers(0, 12))
def test_a_group_is_the_sum_of_its_places_at_every_tier(seen: list[Seen], roll: int, join: int) -> None:
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder), timezone="Asia/Jakarta", clock=lambda: LATER)
        for camera in ("a", "b"):
            store.begin(run_of(camera))
        for seq, (camera, minute, many) in enumerate(seen, start=1):
            if seq == join:
                store.regroup(MEMBERS, LATER)
            if seq == roll:
                store.rollup(LATER)
            store.write(said(camera, seq, minute, many))
        store.regroup(MEMBERS, LATER)
        store.rollup(LATER)
        for tier in TIERS[1:]:
            check(ask(store, tier), seen)
            entering = ask(store, tier, "forward").columns["traffic.car"]
            assert sum(v or 0.0 for v in entering) == sum(many for camera, _, many in seen if camera == "a")
        assert store.rollup(LATER) == 0
        store.close()


def check(series: Series, seen: list[Seen]) -> None:
    """Lines that are no cordon do not count, squares add their means, and there is no mean of stays."""
    for start, end, car, inside, places in zip(
        series.starts, (*series.starts[1:], LATER), series.columns["traffic.car"], series.columns["traffic.inside"],
        series.places, strict=True,
    ):  # fmt: skip
        within = [s for s in seen if start <= T + timedelta(minutes=s[1]) < end]
        cameras = {camera for camera, _, _ in within}
        if not within:
            assert (car, inside, places) == (None, None, None)
            continue
        assert car == sum(many for _, _, many in within)
        means = [[many for who, _, many in within if who == camera] for camera in sorted(cameras)]
        assert inside == pytest.approx(sum(sum(m) / len(m) for m in means))
        assert places == len(cameras)
    assert set(series.columns["traffic.dwell"]) == {None}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: LATER)


def test_coverage_counts_a_place_that_is_dark_and_not_one_that_has_not_joined(store: Store) -> None:
    store.begin(run_of("a"))
    store.begin(run_of("b"))
    for minute in range(120):
        store.write(said("a", minute + 1, minute, 1.0))
    store.write(said("b", 1, 60, 1.0))
    store.rollup(LATER)
    store.regroup(MEMBERS, LATER)
    store.rollup(LATER)
    hours = ask(store, "hour").coverage
    assert list(hours) == pytest.approx([1.0, 61 / 120, 0.0])
    store.regroup([m for m in MEMBERS if not m.place.startswith("b.")], T + timedelta(minutes=120))
    store.rollup(LATER)
    assert ask(store, "hour").coverage[:2] == hours[:2]  # it was a member then
    store.close()


def test_two_periods_are_compared_over_the_places_that_both_have(store: Store) -> None:
    store.begin(run_of("a"))
    store.begin(run_of("b"))
    for minute in range(120):
        store.write(said("a", minute + 1, minute, 1.0 if minute < 60 else 2.0))
    for minute in range(60, 120):
        store.write(said("b", minute, minute, 50.0))
    store.regroup(MEMBERS, LATER)
    store.rollup(LATER)
    found = store.matched("city", "traffic.car", "hour", T, T + timedelta(hours=1))
    assert (found.before, found.after, found.places, found.of) == (60.0, 120.0, 1, 2)
    with pytest.raises(DataError, match="no sum over places"):
        store.matched("city", "traffic.dwell", "hour", T, T + timedelta(hours=1))
    store.close()


def test_a_cordon_that_changes_is_a_break_and_leaves_what_was_told(store: Store) -> None:
    for camera in ("a", "b"):
        store.begin(run_of(camera))
        for minute in range(180):
            store.write(said(camera, minute + 1, minute, 1.0 if camera == "a" else 10.0))
    whole = [Member("city", "a.gate", "forward"), Member("city", "b.gate", "forward"), Member("city", "a.square")]
    store.regroup(whole, T + timedelta(minutes=60))
    store.rollup(LATER)
    before = ask(store, "hour", "forward")
    assert before.columns["traffic.car"] == (660.0, 660.0, 660.0)  # declared late, and known since the first figure
    assert len(set(before.method)) == 1
    store.regroup([whole[0], whole[2]], T + timedelta(minutes=90))
    store.rollup(LATER)
    after = ask(store, "hour", "forward")
    assert after.columns["traffic.car"] == (660.0, 60.0, 60.0)  # a bucket is the cordon's that was in force at its end
    assert after.method[0] == before.method[0] != after.method[1] == after.method[2]
    assert ask(store, "hour", "backward").columns["traffic.car"] == (0.0, 0.0, 0.0)
    store.regroup([Member("city", "a.gate", "backward"), whole[2]], T + timedelta(minutes=150))
    store.rollup(LATER)
    assert ask(store, "hour", "backward").columns["traffic.car"] == (0.0, 0.0, 60.0)  # turned round
    store.regroup([whole[2]], LATER)
    store.rollup(LATER)
    assert ask(store, "hour", "forward").columns["traffic.car"][:2] == (660.0, 60.0)  # taken back: what it told stays
    store.close()


def test_a_declared_line_that_never_gave_anything_lowers_the_coverage(store: Store) -> None:
    store.begin(run_of("a"))
    for minute in range(60):
        store.write(said("a", minute + 1, minute, 1.0))
    members = [Member("city", "a.gate", "forward"), Member("city", "c.dark", "forward"), Member("city", "a.square")]
    store.regroup(members, T)
    store.rollup(LATER)
    query = SeriesQuery(place="city", indicators=("traffic.car",), tier="hour", start=T, end=T + timedelta(hours=1))
    crossings = store.series(query)
    assert (crossings.columns["traffic.car"], crossings.coverage, crossings.places) == ((60.0,), (0.5,), (1,))
    store.close()


def test_the_declared_lines_are_members_whatever_their_area_and_while_switched_off() -> None:
    line = Line(id="a.gate", camera="a", name="gate", start=(0.1, 0.1), end=(0.1, 0.9))
    cameras = [Camera(id="a", name="a", source="", lines=(line,), area="33.74", enabled=False)]
    border = Cordon(of="road:pemuda", name="Jalan Pemuda", lines=(Entry(line="a.gate", into="backward"),))
    assert members_of(cameras, [border]) == [Member("road:pemuda", "a.gate", "backward")]


def test_a_place_that_leaves_and_comes_back_within_a_bucket_is_counted_once(store: Store) -> None:
    """A sum of it (how often somebody stayed too long), and its watched time; in every bucket that holds both stays."""
    keys, cadence = (Key("dwell", "a.square", 1, ""),), {"dwell": 120.0}
    store.begin(Run(id="a", camera="a", kind="live", started=T, keys=keys, method={"dwell": "m"}, cadence_s=cadence))
    for minute in range(0, 120, 2):
        at = T + timedelta(minutes=minute)
        store.write(
            Batch("a", minute + 1, {"dwell": (at,)}, (Observation("a.square", "dwell.over", "", at, 0.0, 1.0),))
        )
    square = Member("city", "a.square")
    for members, minute in (([square], 0), ([], 20), ([square], 25)):
        store.regroup(members, T + timedelta(minutes=minute))
    store.rollup(LATER)
    for tier, many in (("hour", (30.0, 30.0)), ("day", (30.0, 30.0))):
        query = SeriesQuery(place="city", indicators=("dwell.over",), tier=tier, start=T, end=T + timedelta(hours=2))  # type: ignore[arg-type]  # the two
        found = store.series(query)
        assert found.columns["dwell.over"][:2] == many
        assert found.coverage[0] == store.series(replace(query, place="a.square")).coverage[0]
    matched = store.matched("city", "dwell.over", "hour", T, T + timedelta(hours=1))
    assert (matched.before, matched.after, matched.places, matched.of) == (30.0, 30.0, 1, 1)
    store.close()
