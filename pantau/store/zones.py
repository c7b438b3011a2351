"""Which time zone a place's hours and days are local to: its own, or the installation's.

Imported places keep the zone that they were imported in. The others follow the installation: when its zone is changed,
their hours and days are computed again from their minutes (`follow`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import duckdb

from pantau.errors import StoreError
from pantau.store import queries
from pantau.store.buckets import HOUR, MINUTE, bucket, zone
from pantau.store.sealed import files_of, frozen_before
from pantau.store.series import TIERS, Tier
from pantau.store.tables import from_micros, naive, staged, table
from pantau.types import EPOCH
from pantau.vocabulary import families

_FAR = datetime(9999, 1, 1, tzinfo=EPOCH.tzinfo)


class Zones:
    """Time zones by place; places of an import may have their own."""

    def __init__(self, default: str, own: Mapping[str, str]) -> None:
        zone(default)
        self.default = default
        self._own = dict(own)

    @classmethod
    def load(cls, connection: duckdb.DuckDBPyConnection, default: str) -> Zones:
        """What the store knows."""
        return cls(default, dict(connection.execute("SELECT place, timezone FROM zones").fetchall()))

    def follow(self, connection: duckdb.DuckDBPyConnection, before: str) -> None:
        """Make the tiers those of the present zone, if they were computed in another, within the caller's transaction."""
        meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        if before == self.default and "regrid" not in meta:
            return
        frozen = naive(frozen_before(connection))
        for name in families():
            for tier in TIERS[1:]:
                connection.execute(queries.forget_tier(name, tier), {"frozen": frozen})
            files = files_of(connection, name, EPOCH, _FAR)
            statement = queries.hours_of_minutes(name, sealed=bool(files))
            hours = connection.execute(statement, {"files": files} if files else {}).fetchall()
            parts = [*(n * timedelta(minutes=15) for n in range(4)), HOUR - MINUTE]
            moments = ((place, from_micros(at) + part) for place, at in hours for part in parts)
            self._mark(connection, "quarter_hour", name, moments)
            days = connection.execute(queries.days_of_imports(name)).fetchall()
            self._mark(connection, "month", name, ((place, from_micros(at)) for place, at in days))
        connection.execute("DELETE FROM meta WHERE key = 'regrid'")
        connection.execute("UPDATE meta SET value = ? WHERE key = 'timezone'", [self.default])

    def _mark(
        self, connection: duckdb.DuckDBPyConnection, tier: Tier, name: str, moments: Iterable[tuple[str, datetime]]
    ) -> None:
        dirty = {(place, *bucket(tier, self.of(place), moment)) for place, moment in moments}
        if not dirty:
            return
        content: dict[str, Sequence[object]] = {
            "tier": [tier] * len(dirty),
            "family": [name] * len(dirty),
            "place": [d[0] for d in dirty],
            "bucket": [d[1] for d in dirty],
            "finish": [d[2] for d in dirty],
        }
        with staged(connection, table(content)):
            connection.execute(queries.MARK_DIRTY)

    def of(self, place: str) -> str:
        """IANA name of the zone of a place."""
        return self._own.get(place, self.default)

    def put(self, connection: duckdb.DuckDBPyConnection, zones: Mapping[str, str]) -> None:
        """Give places zones of their own, within the caller's transaction; `kept` afterwards makes them known.

        Raises:
            ConfigError: a zone does not exist.
            StoreError: a place already has another one.
        """
        for place, name in zones.items():
            zone(name)
            if self._own.get(place, name) != name:
                raise StoreError(f"place {place!r} has the time zone {self._own[place]}, it can't become {name}")
            if place not in self._own:
                connection.execute("INSERT INTO zones VALUES (?, ?)", [place, name])

    def remember(self, zones: Mapping[str, str]) -> None:
        """Take over what a committed `put` wrote."""
        self._own |= zones
