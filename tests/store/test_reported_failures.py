"""What users of other systems reported about counts after counting: bins, restarts, running numbers.

The table of all reports and their tests is in tests/measure/test_reported_failures.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.places import Zone
from pantau.store.series import Series, SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Key, Run
from tests.made_scenes import FPS, Scene, Watched, camera, together, walk, watch

T = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
YARD = Zone(id="c.yard", camera="c", name="yard", polygon=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
KEYS = (
    Key("visitors", "c.gate", 1, "forward"),
    Key("visitors", "c.gate", 1, "backward"),
    Key("visitors", YARD.id, 1, ""),
)


class Clock:
    now = T + timedelta(hours=3)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path, timezone="Asia/Jakarta", clock=clock)
    yield opened
    opened.close()


def keep(store: Store, run: str, found: Watched, start: datetime, samples: int) -> None:
    """What was watched, as one run writes it."""
    method = {"visitors": "m"}
    store.begin(
        Run(id=run, camera="c", kind="live", started=start, keys=KEYS, method=method, cadence_s={"visitors": 1 / FPS})
    )
    times = tuple(start + timedelta(seconds=i / FPS) for i in range(samples))
    said = tuple(o for o in found.observations if o.indicator.startswith("visitors."))
    store.write(Batch(run, 1, {"visitors": times}, said, tuple(found.events)))
    store.end(run)


def ask(store: Store, place: str, name: str, tier: Tier, hours: float = 1) -> Series:
    query = SeriesQuery(place=place, indicators=(name,), tier=tier, start=T, end=T + timedelta(hours=hours))
    return store.series(query)


def passing(seconds: list[float], length_s: float) -> Scene:
    """Somebody passes the gate to the right at each of these moments."""
    empty: Scene = [[]] * int(length_s * FPS)
    people = [
        [*[[]] * int((s - 4) * FPS), *walk([800 + 15.0 * (i - 20) for i in range(41)], 400 + 150.0 * (n % 3))]
        for n, s in enumerate(seconds)
    ]
    return together(*people, empty)


def test_opendatacam_79_otanalytics_8_counts_are_stored_in_bins_with_their_zeros(store: Store) -> None:
    """Ten minutes, people in minutes 1 and 7: eight zeros that are no gaps, and an hour that knows it saw ten minutes."""
    found = watch(passing([75.0, 90.0, 100.0, 435.0], 600), start=T)
    keep(store, "r", found, T, int(600 * FPS))
    minutes = ask(store, "c.gate", "visitors.person", "minute")
    assert minutes.columns["visitors.person"][:11] == (0, 3, 0, 0, 0, 0, 0, 1, 0, 0, None)
    assert minutes.coverage[9:11] == (1.0, 0.0)
    hour = ask(store, "c.gate", "visitors.person", "hour")
    assert hour.columns["visitors.person"] == (4.0,)
    assert hour.coverage[0] == pytest.approx(1 / 6)


def test_frigate_7885_a_year_of_a_place_is_asked_as_days_not_as_objects(store: Store, clock: Clock) -> None:
    clock.now = T + timedelta(days=366)
    found = watch(passing([20.0], 60), start=T)
    keep(store, "r", found, T, int(60 * FPS))
    year = ask(store, "c.gate", "visitors.person", "day", hours=24 * 365)
    assert len(year.starts) == 366
    assert [value for value in year.columns["visitors.person"] if value is not None] == [1.0]


def test_frigate_hass_integration_662_occupancy_after_a_restart_is_what_is_seen_then(store: Store) -> None:
    """Two stand in the yard, the process is away for two minutes, one of them has left: no old state, and a gap between."""
    place = camera(zones=[YARD])
    before = watch(together(walk([1200.0] * 300, 400.0), walk([1300.0] * 300, 650.0)), place, start=T)
    later = T + timedelta(minutes=3)
    after = watch(walk([1300.0] * 300, 650.0), place, start=later)
    keep(store, "a", before, T, 300)
    keep(store, "b", after, later, 300)
    inside = ask(store, "c.yard", "visitors.inside", "minute").columns["visitors.inside"][:4]
    assert inside[:1] + inside[3:] == pytest.approx((2.0, 1.0), abs=0.02)
    assert inside[1:3] == (None, None)
    assert before.count() == after.count() == 0


def test_frigate_3738_counts_go_on_after_a_restart_and_nobody_counts_twice(store: Store) -> None:
    """One has crossed, one stands beyond the line when the process comes back and one crosses after."""
    first = watch(passing([20.0], 40), start=T)
    second = T + timedelta(seconds=45)
    rest = together(walk([1000.0] * 200, 850.0), passing([20.0], 40))
    keep(store, "a", first, T, int(40 * FPS))
    keep(store, "b", watch(rest, start=second), second, 200)
    counted = ask(store, "c.gate", "visitors.person", "minute").columns["visitors.person"][:2]
    assert sum(value or 0.0 for value in counted) == 2.0


def test_scenescape_63_the_number_of_today_runs(store: Store, clock: Clock) -> None:
    """The running hour and day hold what has happened so far, and say that they may change."""
    seen = []
    for n in range(3):
        start = T + timedelta(minutes=5 * n)
        clock.now = start + timedelta(seconds=50)
        keep(store, f"r{n}", watch(passing([20.0, 25.0], 40), start=start), start, int(40 * FPS))
        tiers: tuple[Tier, ...] = ("hour", "day")
        for tier in tiers:
            series = ask(store, "c.gate", "visitors.person", tier)
            assert series.provisional[0]
            seen.append(series.columns["visitors.person"][0])
    assert seen == [2.0, 2.0, 4.0, 4.0, 6.0, 6.0]
