"""Where buckets of time begin and end: minutes in UTC; quarters of an hour, hours, days and months in a place's own time zone.

Buckets tile time: each begins where the one before it ends, whatever the clocks on the wall do. A day on which they go
forward has 23 hours and its 23 buckets; where they go back, the hour that comes twice is two buckets. In a zone that
shifts by half an hour (Lord Howe), the shift itself is an edge.

Source: IANA time zone database through `zoneinfo`. Limits: offsets with seconds (local mean time before about 1920) cut
inside a UTC minute, and two shifts within one day are not told apart. Rejected: DuckDB's ``date_trunc`` with zones (needs
the ICU extension, and gives one bucket for an hour that comes twice).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pantau.errors import ConfigError, DataError
from pantau.store.series import Tier
from pantau.types import require_utc

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WIDTHS: Final[Mapping[Tier, timedelta]] = {
    "minute": MINUTE,
    "quarter_hour": timedelta(minutes=15),
    "hour": HOUR,
    "day": DAY,
    "month": timedelta(days=30),
}
"""How long a bucket of each tier is, about."""
MAX_BUCKETS = 1_000_000
"""Most buckets one question may ask for: two years of minutes, a century of hours."""


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name.

    Raises:
        ConfigError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"{name!r} is no IANA time zone; expected a name such as Asia/Jakarta") from error


@lru_cache(maxsize=65_536)
def bucket(tier: Tier, timezone: str, time: datetime) -> tuple[datetime, datetime]:
    """Start and end (UTC, end exclusive) of the bucket of `tier` that holds `time`."""
    require_utc(time)
    if tier == "minute":
        start = time.replace(second=0, microsecond=0)
        return start, start + MINUTE
    if tier == "day":
        return _day(zone(timezone), time)
    if tier == "month":
        return _month(zone(timezone), time)
    return _part_of_hour(zone(timezone), time, WIDTHS[tier])


def starts(tier: Tier, timezone: str, start: datetime, end: datetime) -> tuple[datetime, ...]:
    """Starts of every bucket that touches [start, end), rising.

    Raises:
        DataError: the range is empty or asks for more than `MAX_BUCKETS`.
    """
    if end <= start:
        raise DataError(f"expected a range whose end is later than its start, got {start} to {end}")
    if (end - start) / WIDTHS[tier] > MAX_BUCKETS:
        raise DataError(f"{start} to {end} has more than {MAX_BUCKETS} buckets of a {tier}; ask for a wider tier")
    if tier == "minute":
        return tuple(_walk(tier, timezone, start, end))
    first = bucket(tier, timezone, start)[0]
    years = [_year(tier, timezone, year) for year in range(first.year, end.astimezone(UTC).year + 1)]
    return tuple(at for year in years for at in year[bisect_left(year, first) : bisect_left(year, end)])


@lru_cache(maxsize=24)
def _year(tier: Tier, timezone: str, year: int) -> tuple[datetime, ...]:
    """Starts of the buckets that begin in a year of UTC: walked once, because pages ask for the same years all day."""
    begin = datetime(year, 1, 1, tzinfo=UTC)
    return tuple(at for at in _walk(tier, timezone, begin, datetime(year + 1, 1, 1, tzinfo=UTC)) if at >= begin)


def _walk(tier: Tier, timezone: str, start: datetime, end: datetime) -> Iterator[datetime]:
    tz = zone(timezone)
    at, after = bucket(tier, timezone, start)
    while at < end:
        # A day without a shift of the clocks is stepped through by plain addition: 5 years of hours in 30 ms.
        run = {"minute": 1440, "quarter_hour": 96, "hour": 24}.get(tier, 1)
        step = after - at
        steady = tier == "minute" or (step == WIDTHS[tier] and _offset(tz, at) == _offset(tz, at + DAY))
        for _ in range(run if steady else 1):
            if at >= end:
                return
            yield at
            at += step
        if at < end:
            at, after = bucket(tier, timezone, at)


def _offset(tz: ZoneInfo, time: datetime) -> timedelta:
    return time.astimezone(tz).utcoffset() or timedelta(0)


def _part_of_hour(tz: ZoneInfo, time: datetime, width: timedelta) -> tuple[datetime, datetime]:
    local = time.astimezone(tz)
    start = time - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond) % width
    end = start + width
    offset = _offset(tz, time)
    if _offset(tz, start) != offset:
        start = _shift(tz, start, time)
    if _offset(tz, end - timedelta(microseconds=1)) != offset:
        end = _shift(tz, time, end)
    return start, end


def _shift(tz: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The moment in (before, after] from which the offset is that of `after`'s side."""
    old = _offset(tz, before)
    low, high = 0, int((after - before) / timedelta(seconds=1)) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(tz, before + timedelta(seconds=middle)) == old else (low, middle)
    return (before + timedelta(seconds=high)).replace(microsecond=0)


def _day(tz: ZoneInfo, time: datetime) -> tuple[datetime, datetime]:
    date = time.astimezone(tz).date()
    start = _midnight(tz, date.year, date.month, date.day)
    after = date
    end = start
    while end <= time:  # a date may be skipped altogether (Samoa, 30 December 2011)
        after += DAY
        end = _midnight(tz, after.year, after.month, after.day)
    return start, end


def _month(tz: ZoneInfo, time: datetime) -> tuple[datetime, datetime]:
    date = time.astimezone(tz).date()
    following = (date.replace(day=1) + timedelta(days=31)).replace(day=1)
    return _midnight(tz, date.year, date.month, 1), _midnight(tz, following.year, following.month, 1)


def _midnight(tz: ZoneInfo, year: int, month: int, day: int) -> datetime:
    """The first moment of a local date; where midnight is skipped, the moment of the shift."""
    return datetime(year, month, day, tzinfo=tz).astimezone(UTC)
