"""The service levels of the vocabulary: what they are now, for the room and for ``/metrics``.

A level that nothing is known of (no whole day yet, no sample in the last hour, no alarm since the start) has no value: it is not
met and not missed, and ``/metrics`` leaves it out.
What is aimed for is the vocabulary's, or the city's own (``[levels]`` of pantau.toml).

Rejected: rows in the store (they would say of themselves how well they were kept, and a city that is down keeps none).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from fastapi import APIRouter, Response

from pantau.distribution import percentile
from pantau.serve.http.audience import ROOM, ServicesOf
from pantau.serve.http.caching import RULES
from pantau.serve.schema.cameras import LevelAnswer, LevelsAnswer
from pantau.serve.series.tables import words
from pantau.serve.services import Services
from pantau.store.delays import EDGES_S
from pantau.vocabulary import Level, levels

router = APIRouter(prefix="/api/v1", tags=["room"])


class Measured(NamedTuple):
    """A value, None where it is not known, and on how many it rests."""

    value: float | None
    n: int


def measured(services: Services) -> Mapping[str, Measured]:
    """Every service level by its id."""
    return {id_: measure(services) for id_, measure in MEASURES.items()}


@router.get("/levels", dependencies=[ROOM], summary="Service levels: how well the city is watched")
def service_levels(services: ServicesOf, response: Response) -> LevelsAnswer:
    """Each with what is aimed for; null where nothing is known."""
    response.headers["Cache-Control"] = RULES["never"]
    found = measured(services)
    aims = services.city.targets
    return LevelsAnswer(
        levels=tuple(
            level_answer(replace(level, target=aims.get(id_, level.target)), found[id_])
            for id_, level in levels().items()
        )
    )


def level_answer(level: Level, now: Measured) -> LevelAnswer:
    """One level as it is now."""
    return LevelAnswer(
        id=level.id,
        label=words(level.label),
        definition=words(level.definition),
        unit=level.unit,
        take=level.take,
        better=level.better,
        target=level.target,
        value=now.value,
        met=level.met(now.value),
        n=now.n,
        of=words(level.of),
        source=level.source,
    )


def _availability(services: Services) -> Measured:
    day = services.availability.newest
    return Measured(day.good / day.minutes, day.minutes) if day is not None and day.minutes else Measured(None, 0)


def _freshness(services: Services) -> Measured:
    counts = services.numbers.delays.recent(services.clock())
    return Measured(percentile(counts, EDGES_S, (0.0, 2 * EDGES_S[-1]), 95), sum(counts))


def _alarm_latency(services: Services) -> Measured:
    taken = sorted(services.alarms.latencies())
    return Measured(taken[min(len(taken) - 1, int(0.95 * len(taken)))] if taken else None, len(taken))


MEASURES: Final[Mapping[str, Callable[[Services], Measured]]] = {
    "availability": _availability,
    "freshness": _freshness,
    "alarm_latency": _alarm_latency,
}
