"""What the public is told of groups, asked by somebody who subtracts: sums of what is released and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from bench.release import possible
from pantau.serve.release.rule import BASE, LEAST
from pantau.store.releases import Decision
from tests.made_city import AREA, CLOSED, FIRST, LINES, WAYS, ZONES, Base, City, ask, city

__all__ = ["city"]  # the fixture


def answers(client: TestClient) -> Iterator[tuple[str, str, str, datetime, datetime, str, float | None]]:
    """Everything the public can be told of people: subject, tier, direction, from, to, state, value."""
    asked = [(place, "visitors.person", way) for place in (*LINES, "city", AREA) for way in (*WAYS, "both")]
    asked += [(place, "visitors.inside", "both") for place in (*ZONES, "city", AREA)]
    for place, name, way in asked:
        for tier in ("hour", "day", "month"):
            series = ask(client, place, name, tier, way)
            edges = [datetime.fromisoformat(t) for t in (*series["t"], series["to"])]
            (column,) = series["columns"]
            for start, end, state, value in zip(edges, edges[1:], column["states"], column["values"], strict=False):
                yield f"{place} {name}", tier, way, start, end, state, value


def base_of(city: City, subject: str, way: str, start: datetime, end: datetime) -> dict[str, list[Base]]:
    """By place, the base cells that an answer is made of."""
    place, name = subject.split()
    group = place in {"city", AREA}
    found: dict[str, list[Base]] = {}
    for one, its, hour in city.people:
        if not start <= hour < end or (one in ZONES) != (name == "visitors.inside"):
            continue
        if group and one == CLOSED:
            continue
        if not group and one != place:
            continue
        forward = LINES[one] if group and one in LINES else "forward"
        if its and way != "both" and (its == forward) != (way == "forward"):
            continue
        found.setdefault(one, []).append((one, its, hour))
    return found


def added(released: dict[Base, int], parts: dict[str, list[Base]], *, mean: bool) -> float | None:
    sums = [sum(released[cell] for cell in cells) / (len(cells) if mean else 1) for cells in parts.values() if cells]
    return sum(sums) if sums else None


def test_every_public_figure_is_worked_out_of_released_cells_alone(city: City) -> None:
    """No answer at any tier, of any place or group, knows more of the true counts than these: so no subtraction does."""
    released, seen = city.released(), set()
    for subject, tier, way, start, end, state, value in answers(city.client()):
        if subject.startswith(CLOSED):
            assert (state, value) == ("closed", None)
            continue
        total = added(released, base_of(city, subject, way, start, end), mean=subject.endswith("inside"))
        seen.add((state, tier, subject.split()[0] in {"city", AREA}))
        if state == "released":
            assert value == pytest.approx(total)
        elif state == "suppressed":
            assert total is not None
            assert 0 < total < LEAST
        elif state == "missing":
            assert total is None
        else:
            assert (state, value) in {("wider", None), ("held", None)}
    for tier in ("hour", "day"):
        assert ("released", tier, True) in seen
    assert {("suppressed", "hour", True), ("missing", "hour", True), ("held", "month", True)} <= seen


def test_a_group_minus_its_other_places_recovers_no_protected_cell(city: City) -> None:
    """The attacker subtracts all other places of the group from its hour and from its day, and keeps what is possible."""
    told = {
        (subject, tier, way, start): value
        for subject, tier, way, start, _, state, value in answers(city.client())
        if state == "released"
    }
    left = []
    for (place, way, hour), n in city.people.items():
        if not 0 < n < LEAST:
            continue
        bounds = set(range(200))
        for group in ("city", AREA):
            for start, tier in ((hour, "hour"), (day_of(hour), "day")):
                bounds &= by_subtraction(city, told, (place, way, hour), group, tier, start)
        assert n in bounds
        left.append(len(bounds))
    assert len(left) > 100
    assert min(left) >= BASE


def day_of(hour: datetime) -> datetime:
    return FIRST + timedelta(days=(hour - FIRST).days)


def by_subtraction(
    city: City,
    told: dict[tuple[str, str, str, datetime], float | None],
    cell: Base,
    group: str,
    tier: str,
    start: datetime,
) -> set[int]:
    place = cell[0]
    everything = set(range(200))
    if place in ZONES and tier == "day":
        return everything  # a day of a state is a mean: it can't be undone without all its hours
    name = "visitors.inside" if place in ZONES else "visitors.person"
    total = told.get((f"{group} {name}", tier, "both", start))
    if total is None:
        return everything
    end = start + timedelta(hours=1 if tier == "hour" else 24)
    for others in base_of(city, f"{group} {name}", "both", start, end).values():
        for one in others:
            if one == cell:
                continue
            value = told.get((f"{one[0]} {name}", "hour", one[1] or "both", one[2]))
            if value is None:
                return everything
            total -= value
    return set(possible(int(total))) if place != CLOSED else everything


def test_a_border_with_a_closed_line_is_closed_and_subtraction_gives_nothing(city: City) -> None:
    """The city's crossings minus the open line would be those of the closed one, of people as of vehicles."""
    city.control.releases.decide(Decision(family="visitors", place="kota.E", open=False, by="Sri", time=city.now))
    for tier in ("hour", "day"):
        (column,) = ask(city.client(), "city", "visitors.person", tier)["columns"]
        assert set(column["values"]) == {None}
        assert set(column["states"]) == {"closed"}
    assert "released" in ask(city.client(), "city", "visitors.inside")["columns"][0]["states"]
