"""Since when and until when each place has figures of each family: asked by every page, so it is known and not looked for.

Loaded once (0.2 s for 60 places, some seconds for a city) and then kept by whoever writes: a flush says which minutes it wrote. What takes
figures away (a repeated replay, retention) or brings years at once (an import) lets it go, and the next question loads it again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime

from pantau.store import queries
from pantau.store.buckets import MINUTE
from pantau.store.database import Database
from pantau.store.minutes import Slot
from pantau.store.packs import Packs
from pantau.store.tables import from_micros
from pantau.vocabulary import families

Span = tuple[datetime, datetime]
"""Start of the first and end of the last stored bucket."""


class Extents:
    """The span of each family at each place. Safe from any thread."""

    def __init__(self, database: Database, packs: Packs) -> None:
        self._database, self._packs = database, packs
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Span]] | None = None

    def all(self) -> Mapping[str, Mapping[str, Span]]:
        """By place and family, of every place that has anything.

        Raises:
            StoreError: the store could not be read.
        """
        return dict(self._loaded())

    def of(self, place: str) -> Mapping[str, Span]:
        """The same of one place; empty where it has nothing.

        Raises:
            StoreError: the store could not be read.
        """
        return self._loaded().get(place, {})

    def wrote(self, slots: Iterable[Slot]) -> None:
        """These minutes are committed."""
        spans: dict[tuple[str, str], Span] = {}
        for key, minute in slots:
            first, last = spans.get((key.place, key.family), (minute, minute))
            spans[key.place, key.family] = min(first, minute), max(last, minute)
        with self._lock:
            if self._known is None:
                return
            for (place, name), (first, last) in spans.items():
                before = self._known.get(place, {})
                since, until = before.get(name, (first, last + MINUTE))
                self._known[place] = {**before, name: (min(since, first), max(until, last + MINUTE))}

    def forget(self) -> None:
        """Something else than new minutes was committed."""
        with self._lock:
            self._known = None

    def _loaded(self) -> dict[str, dict[str, Span]]:
        with self._lock:  # held while it loads: what is written meanwhile is noted afterwards
            if self._known is None:
                self._packs.settle()
                found: dict[str, dict[str, Span]] = {}
                with self._database.read() as connection:
                    for name in families():
                        for place, first, last in connection.execute(queries.extents(name)).fetchall():
                            found.setdefault(place, {})[name] = from_micros(first), from_micros(last)
                self._known = found
            return self._known
