"""Tables of months are written again in the order of their series when they are scattered, and answer as before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from pantau.store.order import MOST, order_months
from pantau.store.series import SeriesQuery
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

T = datetime(2024, 12, 31, 17, 0, tzinfo=UTC)  # midnight in Jakarta
PLACES = ("a.line", "b.line", "c.line")
KEYS = tuple(Key("traffic", place, 1, "forward") for place in PLACES)
MONTHS = MOST + 3
END = T + timedelta(days=31 * MONTHS)


def starts_anew(store: Store) -> int:
    with store._database.read() as connection:
        rows = connection.execute("SELECT series FROM month_traffic ORDER BY rowid").fetchall()
    return sum(b < a for (a,), (b,) in pairwise(rows))


def test_scattered_months_are_written_in_the_order_of_their_series(tmp_path: Path) -> None:
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: END)
    store.begin(
        Run(id="r", camera="c", kind="live", started=T, keys=KEYS, method={"traffic": "m"}, cadence_s={"traffic": 60.0})
    )
    for month in range(MONTHS):
        at = T + timedelta(days=31 * month)
        seen = tuple(
            Observation(place, "traffic.car", "forward", at, 0.0, float(month + n)) for n, place in enumerate(PLACES)
        )
        store.write(Batch("r", month + 1, {"traffic": (at,)}, seen, ()))
        store.rollup(at + timedelta(minutes=5))

    def asked() -> list[object]:
        return [
            store.series(
                SeriesQuery(place=place, indicators=("traffic.car",), tier="month", start=T, end=END, fresh=False)
            )
            for place in PLACES
        ]

    before = asked()
    assert starts_anew(store) > MOST
    assert order_months(store._database) == 1
    assert starts_anew(store) == 0
    assert asked() == before
    assert order_months(store._database) == 0, "once is enough"
    at = END - timedelta(days=1)
    store.write(
        Batch("r", MONTHS + 1, {"traffic": (at,)}, (Observation("b.line", "traffic.car", "forward", at, 0.0, 7.0),), ())
    )
    store.rollup(END)
    assert asked()[1] != before[1], "it is written to as ever"
    store.close()
    again = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: END)
    assert starts_anew(again) <= 1
    again.close()


def test_the_months_of_one_rollup_lie_in_order(tmp_path: Path) -> None:
    """Else a city's tables would be written again every night: with 2,000 lines every rollup began anew some 30 times."""
    lines = tuple(f"c{n:04}.line" for n in range(2000))
    keys = tuple(Key("traffic", line, 1, "forward") for line in lines)
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: END)
    store.begin(
        Run(id="r", camera="c", kind="live", started=T, keys=keys, method={"traffic": "m"}, cadence_s={"traffic": 60.0})
    )
    for month in range(3):
        at = T + timedelta(days=31 * month)
        seen = tuple(Observation(line, "traffic.car", "forward", at, 0.0, 1.0) for line in reversed(lines))
        store.write(Batch("r", month + 1, {"traffic": (at,)}, seen, ()))
        store.rollup(at + timedelta(days=1))
        assert starts_anew(store) <= month
    store.close()
