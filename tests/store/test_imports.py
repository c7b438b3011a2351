"""What somebody else measured: kept with its source, or refused row by row with nothing half-written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.commands.imports import import_file
from pantau.commands.register import apply_file
from pantau.config import Settings
from pantau.errors import ConfigError, DataError
from pantau.places import Site
from pantau.store.imports import Reading, bring_in, refused
from pantau.store.series import SeriesQuery
from pantau.store.store import Store

NOW = datetime(2026, 2, 1, tzinfo=UTC)
SITE = Site(
    id="bbws.garang", name="Kali Garang", timezone="Asia/Jakarta", source="BBWS Pemali Juana", licence="CC BY 4.0"
)
HOURS = [NOW - timedelta(hours=n) for n in range(30, 0, -1)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: NOW)
    yield opened
    opened.close()


def level(time: datetime, value: float = 200.0, unit: str = "cm", indicator: str = "sensor.level") -> Reading:
    return Reading(time, indicator, value, unit)


def levels(store: Store) -> list[float | None]:
    query = SeriesQuery(
        place=SITE.id, indicators=("sensor.level",), tier="hour", start=HOURS[0], end=NOW, direction="both"
    )
    return list(store.series(query).columns["sensor.level"])


def test_levels_are_kept_and_given_again_they_replace(store: Store) -> None:
    kept = bring_in(store, SITE, "hour", [level(t, 100 + n) for n, t in enumerate(HOURS)], NOW)
    assert (kept.rows, kept.values) == (30, 30)
    assert levels(store) == [100.0 + n for n in range(30)]
    bring_in(store, SITE, "hour", [level(HOURS[3], 555)], NOW)
    assert levels(store)[2:5] == [102.0, 555.0, 104.0]
    method = store.series(
        SeriesQuery(place=SITE.id, indicators=("sensor.level",), tier="hour", start=HOURS[0], end=NOW, direction="both")
    ).method
    assert set(method) == {"imported: BBWS Pemali Juana"}


def test_a_day_is_made_of_imported_hours_and_rain_adds_up(store: Store) -> None:
    rows = [Reading(NOW - timedelta(hours=n), "sensor.rain", 2.0, "mm") for n in range(31, 0, -1)]
    bring_in(store, SITE, "hour", rows, NOW)
    query = SeriesQuery(
        place=SITE.id, indicators=("sensor.rain",), tier="day", start=NOW - timedelta(days=1, hours=7), end=NOW
    )
    assert store.series(query).columns["sensor.rain"][0] == 48.0


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (level(HOURS[5], unit="m"), "'cm', got 'm'"),
        (level(HOURS[5], indicator="sensor.depth"), "has no 'sensor.depth'"),
        (level(HOURS[5], indicator="speed.car", unit="km/h"), "has no 'speed.car'"),
        (level(HOURS[5] + timedelta(minutes=30)), "not the start of a hour"),
        (level(HOURS[1]), "there twice"),
        (level(HOURS[0]), "earlier than the row before"),
        (level(NOW + timedelta(hours=1)), "has not come yet"),
        (level(HOURS[5].replace(tzinfo=None)), "does not say its offset"),
        (level(HOURS[5], value=float("nan")), "expected a number"),
        (Reading(HOURS[5], "sensor.rain", -1.0, "mm"), "0 or more"),
    ],
)
def test_a_wrong_row_is_named_and_refuses_all(store: Store, row: Reading, why: str) -> None:
    given = [level(HOURS[0]), level(HOURS[1]), row]
    with pytest.raises(DataError, match="row 3: .*" + why.replace("(", "\\(")):
        bring_in(store, SITE, "hour", given, NOW)
    assert levels(store) == [None] * 30


def test_every_wrong_row_is_counted() -> None:
    assert len(refused(SITE, "hour", [level(t, unit="m") for t in HOURS], NOW)) == 30
    assert not refused(SITE, "hour", [level(t) for t in HOURS], NOW)


SENSOR = """
[[sensor]]
id = "bbws.garang"
name = "Kali Garang"
timezone = "Asia/Jakarta"
lon = 110.4
lat = -7.0
source = "BBWS Pemali Juana"
"""
HEAD = "time,place,indicator,value,unit\n"


def installation(folder: Path) -> Settings:
    return Settings.model_validate({"city": {"name": "K", "region": "33.74"}, "data": {"folder": "data"}})


def test_a_declared_sensor_is_filled_from_a_csv(tmp_path: Path) -> None:
    settings = installation(tmp_path)
    (tmp_path / "sungai.toml").write_text(SENSOR)
    assert list(apply_file(tmp_path / "sungai.toml", settings, tmp_path)) == [
        "declared: bbws.garang (BBWS Pemali Juana)"
    ]
    (tmp_path / "a.csv").write_text(HEAD + "2026-01-31T07:00:00+07:00,bbws.garang,sensor.level,212,cm\n")
    assert list(import_file(tmp_path / "a.csv", "hour", settings, tmp_path)) == ["bbws.garang: 1 values of 1 hours"]
    (tmp_path / "b.csv").write_text(
        HEAD
        + "2026-01-31T08:00:00+07:00,bbws.garang,sensor.level,212,cm\n"
        + "2026-01-31T09:00:00+07:00,bbws.lain,sensor.level,212,cm\n2026-01-31T09:00:00,bbws.garang,sensor.level,x,cm\n"
    )
    with pytest.raises(DataError, match=r"(?s)2 rows are refused.*line 3: unknown place 'bbws.lain'.*line 4"):
        list(import_file(tmp_path / "b.csv", "hour", settings, tmp_path))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (SENSOR.replace("Asia/Jakarta", "WIB"), "IANA zone"),
        (SENSOR + SENSOR, "two sensors have the id"),
        (SENSOR + '[[camera]]\nid = "c"\n', "a file of their own"),
        (SENSOR.replace('source = "BBWS Pemali Juana"', ""), "source"),
    ],
)
def test_a_wrong_sensor_file_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "sungai.toml").write_text(text)
    with pytest.raises(ConfigError, match=why):
        list(apply_file(tmp_path / "sungai.toml", installation(tmp_path), tmp_path))
