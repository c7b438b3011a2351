"""Imported years are base rows: exact, in their own zone, replaced when given again, refused as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pantau.errors import ConfigError, DataError, StoreError
from pantau.store.series import Series, SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Key, Run

AUCKLAND = ZoneInfo("Pacific/Auckland")
ZONES = {"akl.a": "Pacific/Auckland", "akl.b": "Pacific/Auckland"}
PERSON = "visitors.person"
Given = tuple[str, datetime, Mapping[str, float]]


def local(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2024, month, day, hour, tzinfo=AUCKLAND).astimezone(UTC)


def hours(place: str, first: datetime, last: datetime, value: float = 1.0) -> list[Given]:
    count = int((last - first) / timedelta(hours=1))
    return [(place, first + timedelta(hours=i), {PERSON: value}) for i in range(count)]


def an_import(id_: str = "hash") -> Run:
    keys = tuple(Key("visitors", place, 1, "") for place in ZONES)
    return Run(
        id=id_, camera="akl", kind="import", started=datetime(2026, 1, 1, tzinfo=UTC), keys=keys,
        method={"visitors": "sensor"}, cadence_s={"visitors": 3600.0},
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    yield opened
    opened.close()


def ask(store: Store, tier: Tier, start: datetime, end: datetime, place: str = "akl.a") -> Series:
    return store.series(SeriesQuery(place=place, indicators=(PERSON,), tier=tier, start=start, end=end))


def test_days_are_those_of_the_place_and_have_23_and_25_hours_when_the_clocks_change(store: Store) -> None:
    rows = hours("akl.a", local(4, 6), local(4, 9)) + hours("akl.a", local(9, 28), local(10, 1))
    report = store.backfill(an_import(), "hour", rows, ZONES)
    assert report.values == len(rows) == 73 + 71
    autumn = ask(store, "day", local(4, 6), local(4, 9))
    assert autumn.timezone == "Pacific/Auckland"
    assert autumn.columns[PERSON] == (24.0, 25.0, 24.0)
    assert autumn.coverage == (1.0, 1.0, 1.0)
    assert autumn.method == ("sensor",) * 3
    assert ask(store, "day", local(9, 28), local(10, 1)).columns[PERSON] == (24.0, 23.0, 24.0)
    assert store.bounds("akl.a") == (local(4, 6), local(10, 1))
    assert store.bounds("akl.b") is None


def test_a_missing_hour_is_a_gap_in_the_hours_and_missing_coverage_in_the_day(store: Store) -> None:
    rows = hours("akl.a", local(5, 1), local(5, 2))
    del rows[6:12]
    store.backfill(an_import(), "hour", rows, ZONES)
    by_hour = ask(store, "hour", local(5, 1), local(5, 2))
    assert by_hour.columns[PERSON] == (1.0,) * 6 + (None,) * 6 + (1.0,) * 12
    by_day = ask(store, "day", local(5, 1), local(5, 2))
    assert by_day.columns[PERSON] == (18.0,)
    assert by_day.coverage == (0.75,)


def test_given_again_it_replaces_what_it_wrote_and_so_does_a_newer_import(store: Store) -> None:
    store.backfill(an_import(), "hour", hours("akl.a", local(5, 1), local(5, 4)), ZONES)
    store.backfill(an_import(), "hour", hours("akl.a", local(5, 1), local(5, 3)), ZONES)
    assert ask(store, "day", local(5, 1), local(5, 4)).columns[PERSON] == (24.0, 24.0, None)
    store.backfill(an_import("newer"), "hour", hours("akl.a", local(5, 2), local(5, 3), 2.0), ZONES)
    assert ask(store, "day", local(5, 1), local(5, 4)).columns[PERSON] == (24.0, 48.0, None)


def test_imported_days_are_never_computed_from_hours(store: Store) -> None:
    store.backfill(an_import("days"), "day", [("akl.a", local(5, 1), {PERSON: 1000.0})], ZONES)
    store.backfill(an_import(), "hour", hours("akl.a", local(5, 1), local(5, 3)), ZONES)
    assert ask(store, "day", local(5, 1), local(5, 3)).columns[PERSON] == (1000.0, 24.0)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("akl.a", local(5, 2) + timedelta(minutes=30), {PERSON: 1.0}), "not the start of a hour"),
        (("akl.a", local(5, 1), {PERSON: 1.0}), "is there 2 times"),
        (("akl.z", local(5, 2), {PERSON: 1.0}), "unknown place"),
        (("akl.a", local(5, 2), {"visitors.cats": 1.0}), "has no 'visitors.cats'"),
        (("akl.a", local(5, 2), {"visitors.inside": 1.0}), "has no 'visitors.inside'"),
        (("akl.a", local(5, 2), {PERSON: -1.0}), "is -1.0"),
        (("akl.a", local(5, 2), {PERSON: float("nan")}), "is nan"),
    ],
)
def test_one_wrong_row_refuses_the_import_and_nothing_is_kept(store: Store, row: Given, reason: str) -> None:
    rows = [*hours("akl.a", local(5, 1), local(5, 2)), row]
    with pytest.raises(DataError, match=f"1 rows are refused, nothing was kept\n.*{reason}"):
        store.backfill(an_import(), "hour", rows, ZONES)
    assert store.bounds("akl.a") is None
    store.backfill(an_import(), "hour", rows[:-1], ZONES)
    assert ask(store, "day", local(5, 1), local(5, 2)).columns[PERSON] == (24.0,)


def test_a_zone_that_is_none_or_another_than_before_is_refused(store: Store) -> None:
    with pytest.raises(ConfigError, match="no IANA time zone"):
        store.backfill(an_import(), "hour", [], {"akl.a": "Pacific/Atlantis"})
    store.backfill(an_import(), "hour", hours("akl.a", local(5, 1), local(5, 2)), ZONES)
    with pytest.raises(StoreError, match="can't become Asia/Jakarta"):
        store.backfill(an_import("other"), "hour", [], {"akl.a": "Asia/Jakarta"})


def test_an_import_has_no_batches(store: Store) -> None:
    with pytest.raises(DataError, match="backfill"):
        store.begin(an_import())
