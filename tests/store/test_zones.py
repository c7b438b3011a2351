"""Hours and days follow the zone of the installation when it is changed; imported places keep theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pantau.store.series import Series, SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

T = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def opened(folder: Path, timezone: str) -> Store:
    return Store.open(folder, timezone=timezone, clock=lambda: T + timedelta(days=9))


def ask(store: Store, tier: Tier, place: str = "c.line", indicator: str = "traffic.car") -> Series:
    end = T + timedelta(days=2)
    return store.series(SeriesQuery(place=place, indicators=(indicator,), tier=tier, start=T, end=end))


def by_start(series: Series) -> dict[datetime, float]:
    (values,) = series.columns.values()
    return {start: value for start, value in zip(series.starts, values, strict=True) if value is not None}


def test_a_new_zone_of_the_installation_cuts_its_hours_and_days_anew(tmp_path: Path) -> None:
    store = opened(tmp_path, "Asia/Jakarta")
    key = Key("traffic", "c.line", 1, "forward")
    store.begin(
        Run(
            id="r", camera="c", kind="live", started=T, keys=(key,), method={"traffic": "m"}, cadence_s={"traffic": 1.0}
        )
    )
    times = [T + timedelta(hours=13, minutes=m) for m in range(0, 240, 20)]  # 16:00 to 19:40 UTC
    seen = tuple(Observation("c.line", "traffic.car", "forward", time, 0.0, 1.0) for time in times)
    store.write(Batch("r", 1, {"traffic": tuple(times)}, seen))
    site = Key("visitors", "akl.a", 1, "")
    imported = Run(
        id="i",
        camera="akl",
        kind="import",
        started=T,
        keys=(site,),
        method={"visitors": "s"},
        cadence_s={"visitors": 3600.0},
    )
    store.backfill(
        imported, "hour", [("akl.a", T + timedelta(hours=h), {"visitors.person": 1.0}) for h in range(48)], {}
    )
    days = by_start(ask(store, "day"))
    site_days = by_start(ask(store, "day", "akl.a", "visitors.person"))
    assert list(days.values()) == [3.0, 9.0]  # midnight in Jakarta is 17:00 UTC
    store.close()

    moved = opened(tmp_path, "Asia/Kolkata")  # midnight is 18:30 UTC, hours begin at half past
    assert ask(moved, "day").timezone == "Asia/Kolkata"
    assert list(by_start(ask(moved, "day")).values()) == [8.0, 4.0]
    half_past = by_start(ask(moved, "hour"))
    assert all(start.minute == 30 for start in half_past)
    assert sum(half_past.values()) == 12.0
    assert by_start(ask(moved, "day", "akl.a", "visitors.person")) == site_days
    moved.close()

    back = opened(tmp_path, "Asia/Jakarta")
    assert by_start(ask(back, "day")) == days
    back.close()
