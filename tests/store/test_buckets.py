"""Buckets tile moment, whatever the clocks on the wall do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.errors import ConfigError, DataError
from pantau.store.buckets import MAX_BUCKETS, bucket, starts, zone
from pantau.store.series import TIERS, Tier

ZONES = (
    "Asia/Jakarta", "Pacific/Auckland", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana",
    "Asia/Beirut", "Pacific/Apia", "Pacific/Chatham", "UTC",
)  # fmt: skip
NOON = time(12)
times = st.datetimes(datetime(1975, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # Hypothesis adds it
zones = st.sampled_from(ZONES)
tiers = st.sampled_from(TIERS)


@given(tier=tiers, timezone=zones, moment=times)
def test_a_bucket_holds_its_moment_and_the_next_begins_where_it_ends(
    tier: Tier, timezone: str, moment: datetime
) -> None:
    start, end = bucket(tier, timezone, moment)
    assert start <= moment < end
    assert bucket(tier, timezone, start) == (start, end)
    assert bucket(tier, timezone, end)[0] == end
    assert bucket(tier, timezone, end - timedelta(microseconds=1)) == (start, end)


@given(timezone=zones, moment=times)
def test_days_are_made_of_whole_hours_and_hours_of_whole_minutes(timezone: str, moment: datetime) -> None:
    start, end = bucket("day", timezone, moment)
    hours = starts("hour", timezone, start, end)
    assert hours[0] == start
    assert bucket("hour", timezone, hours[-1])[1] == end
    assert starts("minute", timezone, start, end)[:: 60 * 24 * 2][0] == start
    assert start.second == end.second == 0


@given(tier=tiers, timezone=zones, moment=times, length=st.integers(1, 400_000))
def test_starts_are_the_buckets_one_after_the_other(tier: Tier, timezone: str, moment: datetime, length: int) -> None:
    end = moment + timedelta(seconds=length)
    edges = starts(tier, timezone, moment, end)
    assert edges[0] == bucket(tier, timezone, moment)[0]
    assert edges[-1] < end <= bucket(tier, timezone, edges[-1])[1]
    assert all(bucket(tier, timezone, a) == (a, b) for a, b in list(pairwise(edges))[:200])


@pytest.mark.parametrize(
    ("timezone", "day", "hours"),
    [
        ("Asia/Jakarta", date(2026, 4, 5), 24),
        ("Pacific/Auckland", date(2026, 4, 5), 25),
        ("Pacific/Auckland", date(2026, 9, 27), 23),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 25),  # half an hour longer: one bucket of 30 minutes
    ],
)
def test_a_day_has_as_many_hours_as_it_has(timezone: str, day: date, hours: int) -> None:
    start, end = bucket("day", timezone, datetime.combine(day, NOON, ZoneInfo(timezone)).astimezone(UTC))
    assert len(starts("hour", timezone, start, end)) == hours


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="Asia/Atlantis"):
        zone("Asia/Atlantis")


@pytest.mark.parametrize("length", [timedelta(0), timedelta(minutes=-1), timedelta(minutes=MAX_BUCKETS + 1)])
def test_an_empty_or_absurd_range_is_refused(length: timedelta) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(DataError):
        starts("minute", "UTC", start, start + length)
