"""Publishes ahead: person counts become public when they are due, not when somebody first asks.

The running city calls `turn` every few seconds and gives it a little time. First every place's present month is brought up to date, then, newest first,
the months before it that were never published or have to be corrected; so an answer to the public is worked out of what is
already told. What a turn has not come to yet is published by who asks for it (`Publication.told`), with the same result.

At 10,000 places an hour's turn is some 50 s of work, which the share of time spreads over minutes; a correction of ten years of all of them takes days.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from pantau.places import Site, Slot
from pantau.serve.open.datasets import of_place
from pantau.serve.release.policy import policy_of
from pantau.serve.release.publication import DELAY_S, Asked, months_of
from pantau.serve.services import Services
from pantau.store.buckets import HOUR
from pantau.types import EPOCH
from pantau.vocabulary import families

TURN_S = 0.5
"""Of the five seconds between two turns."""
AT_ONCE = 12
"""Months of a place that are worked out together."""


class Publisher:
    """Keeps what is published up to date. For one thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._work: Iterator[tuple[Asked, tuple[str, ...]]] | None = None
        self._hour = -1
        self._whole: dict[tuple[str, str], str] = {}
        """By place and indicator, the date of correction of which every month is told."""

    def turn(self, now: datetime, budget_s: float) -> int:
        """Go on publishing for about `budget_s`; how many stretches of months were looked at, 0 when there is nothing to do.

        Raises:
            StoreError: the store or the control database failed; call it again.
        """
        hour = (now - timedelta(seconds=DELAY_S) - EPOCH) // HOUR
        if hour != self._hour:
            self._work, self._hour = self._pending(now), hour
        began, done = time.monotonic(), 0
        while self._work is not None:
            task = next(self._work, None)
            if task is None:
                self._work = None
                break
            self._services.publication.told(*task)
            done += 1
            if time.monotonic() - began >= budget_s:
                break
        return done

    def _pending(self, now: datetime) -> Iterator[tuple[Asked, tuple[str, ...]]]:
        """What has to be looked at: every present month, then the months before."""
        found = list(self._asked(now))
        for asked, names in found:
            yield asked, names[-1:]
        for asked, names in found:
            key = (asked.place.id, asked.indicator.id)
            if self._whole.get(key) == asked.period:
                continue
            for last in range(len(names) - 1, 0, -AT_ONCE):
                yield asked, names[max(0, last - AT_ONCE) : last]
            self._whole[key] = asked.period

    def _asked(self, now: datetime) -> Iterator[tuple[Asked, tuple[str, ...]]]:
        """Every place whose people are published, with the local months it has."""
        services = self._services
        extents, decisions = services.numbers.extents(), services.releases.decisions()
        for place in services.register.places():
            if isinstance(place, Slot):
                continue
            zone = place.timezone if isinstance(place, Site) else services.city.timezone
            for name, span in extents.get(place.id, {}).items():
                names = tuple(months_of(zone, span[0], min(span[1], now)))
                for one in of_place(place, families()[name]):
                    if names and policy_of(place, one, decisions).rule == "cells":
                        yield Asked(place, one, zone, now), names
