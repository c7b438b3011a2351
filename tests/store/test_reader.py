"""Answers: pages of events, buckets that still run, many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.errors import ConfigError, DataError, PantauError
from pantau.store.series import SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Event, Key, Observation, Run

T = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEYS = (Key("traffic", "c.line", 1, "forward"), Key("traffic", "c.line", 1, "backward"))
WIDTHS: dict[Tier, int] = {"minute": 60, "quarter_hour": 900, "hour": 3600, "day": 86_400, "month": 30 * 86_400}


class Clock:
    def __init__(self) -> None:
        self.now = T

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path, timezone="Asia/Jakarta", clock=clock)
    opened.begin(
        Run(id="r", camera="c", kind="live", started=T, keys=KEYS, method={"traffic": "m"}, cadence_s={"traffic": 1.0})
    )
    yield opened
    opened.close()


def watched(seq: int, first: int, last: int, cars: int = 0) -> Batch:
    times = tuple(T + timedelta(seconds=s) for s in range(first, last))
    return Batch(
        "r", seq, {"traffic": times},
        tuple(Observation("c.line", "traffic.car", "forward", times[0], 0.0, 1.0) for _ in range(cars))
        + tuple(Observation("c.line", "traffic.car", "backward", times[0], 0.0, 1.0) for _ in range(2 * cars)),
    )  # fmt: skip


def query(tier: Tier = "minute", end: float = 120, **changes: str) -> SeriesQuery:
    asked = {"place": "c.line", "indicators": ("traffic.car",), "direction": "both", **changes}
    return SeriesQuery(tier=tier, start=T, end=T + timedelta(seconds=end), **asked)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(("direction", "value"), [("forward", 3.0), ("backward", 6.0), ("both", 9.0)])
def test_a_direction_is_asked_alone_or_both_are_added(store: Store, clock: Clock, direction: str, value: float) -> None:
    clock.now = T + timedelta(days=40)
    store.write(watched(1, 0, 30, cars=3))
    for tier, width_s in WIDTHS.items():
        series = store.series(query(tier, direction=direction))
        assert series.columns["traffic.car"][0] == value
        assert series.coverage[0] == pytest.approx(30 / width_s)


def test_a_running_bucket_is_covered_by_what_has_passed_and_may_change(store: Store, clock: Clock) -> None:
    store.write(watched(1, 0, 30))
    clock.now = T + timedelta(seconds=30)
    assert store.series(query()).coverage == (1.0, 0.0)
    assert store.series(query("hour")).coverage == (1.0,)
    assert store.series(query()).provisional == (True, True)
    clock.now = T + timedelta(seconds=90)
    assert store.series(query()).coverage == (0.5, 0.0)
    assert store.series(query()).provisional == (False, True)


def test_a_day_has_its_hours_coverage(store: Store, clock: Clock) -> None:
    store.write(watched(1, 0, 3600))
    clock.now = T + timedelta(days=1)
    series = store.series(query("day"))
    assert series.starts == (datetime(2026, 11, 22, 17, 0, tzinfo=UTC),)
    assert series.coverage[0] == pytest.approx(1 / 24)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"indicators": ()}, DataError),
        ({"indicators": ("traffic.car", "visitors.person")}, DataError),
        ({"indicators": ("traffic.tank",)}, ConfigError),
    ],
)
def test_what_cannot_be_asked_is_refused(
    store: Store, changes: dict[str, tuple[str, ...]], error: type[PantauError]
) -> None:
    with pytest.raises(error):
        store.series(query(**changes))  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(DataError):
        store.series(query(end=0))


def test_bounds_are_of_what_is_stored(store: Store) -> None:
    assert store.bounds("c.line") is None
    store.write(watched(1, 65, 70))
    assert store.bounds("c.line") == (T + timedelta(minutes=1), T + timedelta(minutes=2))
    assert store.bounds("elsewhere") is None


def test_an_event_written_again_gets_its_end(store: Store) -> None:
    outage = Event("outage:c:1", "outage", "c", T, None, {"reason": "timeout"})
    store.add_events([outage])
    ended = Event("outage:c:1", "outage", "c", T, T + timedelta(minutes=3), {"reason": "timeout"}, "p.jpg")
    store.add_events([ended, Event("other", "crossing", "c.line", T)])
    assert store.events(kind="outage").events == (ended,)
    assert store.events(place="c").events == (ended,)
    assert len(store.events().events) == 2
    with pytest.raises(DataError):
        store.events(limit=0)


@settings(max_examples=10)
@given(seconds=st.lists(st.integers(0, 4), max_size=14), limit=st.integers(1, 5))
def test_paging_shows_each_event_once_newest_first_while_others_are_written(seconds: list[int], limit: int) -> None:
    events = [Event(f"e{i:02}", "crossing", "c.line", T + timedelta(seconds=s)) for i, s in enumerate(seconds)]
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder), timezone="Asia/Jakarta", clock=lambda: T)
        store.add_events(events)
        page = store.events(kind="crossing", limit=limit)
        shown = list(page.events)
        while page.before:
            store.add_events([Event(f"new {len(shown)}", "crossing", "c.line", T + timedelta(minutes=1))])
            page = store.events(kind="crossing", limit=limit, before=page.before)
            shown += page.events
        store.close()
    assert shown == sorted(events, key=lambda e: (e.start, e.id), reverse=True)


def test_threads_read_while_others_write(store: Store) -> None:
    faults: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                series = store.series(query("hour"))
                assert series.columns["traffic.car"][0] in {None, *(3.0 * n for n in range(1, 13))}
                store.events(limit=5)
                store.rollup(T)
        except (PantauError, AssertionError) as error:
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for seq in range(1, 13):
        store.write(watched(seq, seq, seq + 1, cars=1))
    done.set()
    for reader in readers:
        reader.join()
    assert not faults
    assert store.series(query("hour")).columns["traffic.car"] == (36.0,)
