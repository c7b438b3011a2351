"""Percentiles come out of the store at any tier, whatever the runs and minutes they are added from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pantau.errors import DataError
from pantau.store.series import SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

T = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NOW = T + timedelta(days=2)
ASKED = ("speed.car", "speed.car_p85", "speed.vehicle", "speed.vehicle_p50", "speed.bus", "speed.bus_p85")


def run(name: str) -> Run:
    keys = (Key("speed", "c.line", 1, "forward"), Key("speed", "c.line", 1, "backward"))
    return Run(id=name, camera="c", kind="live", started=T, keys=keys, method={"speed": "m"}, cadence_s={"speed": 1.0})


def batch(name: str, minute: int, cars: list[float], trucks: list[float]) -> Batch:
    at = T + timedelta(minutes=minute)
    said = [Observation("c.line", "speed.car", "forward", at, 0.0, v) for v in cars]
    said += [Observation("c.line", "speed.truck", "backward", at, 0.0, v) for v in trucks]
    return Batch(name, minute + 1, {"speed": tuple(at + timedelta(seconds=s) for s in range(60))}, tuple(said))


def asked(store: Store, tier: Tier) -> dict[str, float | None]:
    found = store.series(
        SeriesQuery(place="c.line", indicators=ASKED, tier=tier, start=T, end=T + timedelta(seconds=1))
    )
    return {name: values[0] for name, values in found.columns.items()}


def test_every_tier_has_the_percentile_of_all_its_values(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    minutes = [(random.normal(40, 9, 12).clip(1).tolist(), random.normal(30, 5, 3).clip(1).tolist()) for _ in range(30)]
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: NOW)
    for name, numbers in (("a", range(15)), ("b", range(15, 30))):
        store.begin(run(name))
        for minute in numbers:
            store.write(batch(name, minute, *minutes[minute]))
        store.end(name)
    store.rollup(NOW)
    cars, trucks = (np.concatenate([m[i] for m in minutes]) for i in (0, 1))
    everyone = np.concatenate([cars, trucks])
    for tier in ("hour", "day"):
        got = asked(store, tier)
        assert got["speed.car"] == pytest.approx(cars.mean())
        assert got["speed.vehicle"] == pytest.approx(everyone.mean())
        assert got["speed.car_p85"] == pytest.approx(np.percentile(cars, 85), abs=5)
        assert got["speed.vehicle_p50"] == pytest.approx(np.percentile(everyone, 50), abs=5)
        assert got["speed.bus"] is got["speed.bus_p85"] is None
    one = asked(store, "minute")
    assert one["speed.car"] == pytest.approx(np.mean(minutes[0][0]))
    store.close()
    again = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: NOW)
    assert asked(again, "hour") == pytest.approx(asked(again, "day"))
    again.close()


def test_what_is_worked_out_can_not_be_observed(tmp_path: Path) -> None:
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: NOW)
    store.begin(run("a"))
    said = Observation("c.line", "speed.car_p85", "forward", T, 0.0, 40.0)
    with pytest.raises(DataError, match=r"has no 'speed\.car_p85'"):
        store.write(Batch("a", 1, {}, (said,)))
    store.close()
