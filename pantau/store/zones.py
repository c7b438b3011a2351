"""Which time zone a place's hours and days are local to: its own, or the installation's."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from pantau.errors import StoreError
from pantau.store.buckets import zone


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
