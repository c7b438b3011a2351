"""The city publishes people when they are due: everything, in turns, and what it has told it tells again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from pantau.places import Site, Zone
from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers, MemoryRegister, MemoryReleases, memory_services
from pantau.serve.open.publisher import Publisher
from pantau.serve.release.publication import AT_ONCE, NOBODY, Asked
from pantau.serve.series.figure import UNPUBLISHED_S
from pantau.serve.services import Services
from pantau.store.groups import Membership
from pantau.store.releases import Decision, Month
from pantau.store.series import Series, SeriesQuery
from pantau.vocabulary import indicator

NOW = datetime(2026, 3, 4, 12, 20, tzinfo=UTC)
FIRST = datetime(2026, 1, 30, tzinfo=UTC)
SITES = tuple(Site(id=f"s.{i}", name=f"{i}", timezone="UTC", source="made") for i in range(3))


@pytest.fixture
def numbers() -> MemoryNumbers:
    hours = [FIRST + timedelta(hours=h) for h in range(int((NOW - FIRST) / timedelta(hours=1)))]
    return MemoryNumbers({(site.id, "visitors.person"): dict.fromkeys(hours, 40.0) for site in SITES})


@pytest.fixture
def services(numbers: MemoryNumbers) -> Services:
    return replace(memory_services(NOW), numbers=numbers, register=MemoryRegister((), SITES))


def months(services: Services) -> dict[tuple[str, str], int]:
    assert isinstance(services.releases, MemoryReleases)
    return {(m.place, m.month): len(m.cells[""]) for m in services.releases.published.values()}


def test_it_publishes_everything_that_is_due_the_present_month_first(services: Services) -> None:
    publisher = Publisher(services)
    while not months(services):
        assert publisher.turn(NOW, 1e-9)
    assert {month for _, month in months(services)} == {"2026-03"}
    while publisher.turn(NOW, 60.0):
        pass
    due = 3 * 24 + 12  # the hour that ended at 12:00 is public at 12:15
    assert months(services) == {
        (site.id, month): n for site in SITES for month, n in (("2026-01", 744), ("2026-02", 672), ("2026-03", due))
    }
    assert publisher.turn(NOW + timedelta(minutes=10), 60.0) == 0
    assert publisher.turn(NOW + timedelta(hours=1), 60.0) == len(SITES)
    assert {n for (_, month), n in months(services).items() if month == "2026-03"} == {due + 1}


def test_it_publishes_nothing_that_is_closed(services: Services) -> None:
    closed = replace(services, releases=MemoryReleases([]))
    assert Publisher(closed).turn(NOW, 60.0) == 0
    only = Decision(family="visitors", place="s.1", open=True, by="Sri", time=NOW)
    opened = replace(services, releases=MemoryReleases([only]))
    while Publisher(opened).turn(NOW, 60.0) and not months(opened):
        pass
    assert {place for place, _ in months(opened)} == {"s.1"}


def test_what_was_told_is_told_again_until_the_first_of_the_month(services: Services, numbers: MemoryNumbers) -> None:
    publisher = Publisher(services)
    while publisher.turn(NOW, 60.0):
        pass
    assert isinstance(services.releases, MemoryReleases)
    before = dict(services.releases.published)
    numbers.values = {key: dict.fromkeys(column, 90.0) for key, column in numbers.values.items()}
    again = Publisher(services)  # a restarted city
    while again.turn(NOW, 60.0):
        pass
    assert services.releases.published == before
    later = datetime(2026, 4, 1, 0, 20, tzinfo=UTC)
    while again.turn(later, 60.0):
        pass
    corrected = services.releases.published["s.0", "visitors.person", "2026-02"]
    assert set(corrected.cells[""]) == {90}


@pytest.mark.parametrize("inside", [0.4, 3.0])
def test_few_people_in_a_zone_are_never_all_nobody_and_never_promised_at_a_wider_tier(
    services: Services, numbers: MemoryNumbers, inside: float
) -> None:
    zone = Zone(id="a.alun", camera="a", name="Alun-alun", polygon=((0.2, 0.2), (0.8, 0.2), (0.8, 0.8)))
    hours = numbers.values["s.0", "visitors.person"]
    numbers.values = {("a.alun", "visitors.inside"): dict.fromkeys(hours, inside)}
    asked, start, end = Asked(zone, indicator("visitors.inside"), "UTC", NOW), NOW.replace(day=1, hour=0, minute=0), NOW
    for tier in ("hour", "day"):
        query = SeriesQuery(place="a.alun", indicators=("visitors.inside",), tier=tier, start=start, end=end)
        series = numbers.series(query)
        ends = [*series.starts[1:], series.starts[-1] + timedelta(hours=1 if tier == "hour" else 24)]
        states = services.cells.column([asked], series, ends, "both").states
        assert set(states) <= {"released", "suppressed", "held"}
        assert "suppressed" in states, "somebody was there"


def test_of_months_without_figures_nothing_is_asked_and_nothing_kept(
    services: Services, numbers: MemoryNumbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[SeriesQuery] = []
    real = numbers.series

    def series(query: SeriesQuery) -> Series:
        asked.append(query)
        return real(query)

    monkeypatch.setattr(numbers, "series", series)
    who = Asked(SITES[0], indicator("visitors.person"), "UTC", NOW)
    told = services.publication.told(who, ("2025-11", "2025-12"))
    assert {name: (month.through, set(month.cells[""])) for name, month in told.items()} == {
        "2025-11": (720, {NOBODY}), "2025-12": (744, {NOBODY}),
    }  # fmt: skip
    assert not asked
    assert not months(services)
    services.publication.told(who, ("2025-12", "2026-01", "2026-03"))
    assert [(query.start, query.end) for query in asked] == [
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 4, 12, tzinfo=UTC))  # no hour that is not due
    ]
    assert {month for _, month in months(services)} == {"2026-01", "2026-03"}


def test_while_a_group_is_not_all_published_answers_say_so_and_are_kept_for_a_moment_only(
    services: Services, numbers: MemoryNumbers
) -> None:
    sites = tuple(Site(id=f"s.{i:03}", name=f"{i}", timezone="UTC", source="made") for i in range(4 * AT_ONCE))
    column = numbers.values["s.0", "visitors.person"]  # of five weeks, which is three local months
    numbers.values = {(name, "visitors.person"): column for name in ("city", *(site.id for site in sites))}
    numbers.grouped = {"city": tuple(Membership(site.id, "forward", FIRST) for site in sites)}
    numbers.coverage = 1.0
    now = [NOW]
    services = replace(services, register=MemoryRegister((), sites), clock=lambda: now[0])
    client = TestClient(create_app(services), base_url="http://localhost")

    def ask(what: str, **more: str) -> Response:
        return client.get(f"/api/v1/{what}", params={"place": "city", "indicator": "visitors.person"} | more)

    days = {"tier": "day", "from": FIRST.isoformat(), "to": NOW.replace(hour=0, minute=0).isoformat()}
    first = ask("series", **days)
    (column_told,) = first.json()["columns"]
    assert set(column_told["states"]) == {"held"}
    assert not any(first.json()["held"]), "these days are long over"
    assert first.headers["cache-control"] == "public, no-cache"
    for what, more in {"week": {}, "outlook": {}, "usual": {"from": "2026-03-03", "to": "2026-03-03"}}.items():
        assert ask(what, **more).json()["unpublished"] is True
    assert Publisher(services).turn(NOW, 60.0)
    now[0] += timedelta(seconds=6)  # longer than any answer is given again
    assert ask("week").json()["unpublished"], "it is remembered for a moment"
    now[0] += timedelta(seconds=UNPUBLISHED_S)
    week = ask("week").json()
    assert not week["unpublished"]
    assert week["sentence"] is not None
    last = ask("series", **days)
    assert set(last.json()["columns"][0]["states"]) == {"released"}
    assert last.headers["cache-control"] == "public, max-age=300"


def test_a_question_about_a_large_group_publishes_a_part_and_reads_the_book_once(
    services: Services, numbers: MemoryNumbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question to the store and a commit for each of a thousand places took 19 s, of somebody who only looked."""
    sites = tuple(Site(id=f"s.{i:03}", name=f"{i}", timezone="UTC", source="made") for i in range(2 * AT_ONCE + 6))
    column = numbers.values["s.0", "visitors.person"]
    numbers.values = {(site.id, "visitors.person"): column for site in sites}
    services = replace(services, register=MemoryRegister((), sites))
    reads: list[int] = []
    book = services.releases
    real = book.months

    def read(places: Collection[str], of: str, first: str, last: str) -> Sequence[Month]:
        reads.append(len(places))
        return real(places, of, first, last)

    monkeypatch.setattr(book, "months", read)
    group = [Asked(site, indicator("visitors.person"), "UTC", NOW) for site in sites]
    day = numbers.series(
        SeriesQuery(
            place="s.000", indicators=("visitors.person",), tier="day", start=NOW - timedelta(days=2), end=NOW - timedelta(days=1)
        )
    )  # fmt: skip
    told = []
    for published in (AT_ONCE, 2 * AT_ONCE, len(sites)):
        numbers.asked.clear()
        reads.clear()
        told.append(
            services.cells.column(
                group, day, [day.starts[0] + timedelta(days=1), day.starts[1] + timedelta(days=1)], "both"
            )
        )
        assert len(numbers.asked) <= AT_ONCE
        assert len(months(services)) == published
        assert max(reads) == len(sites) - (published - AT_ONCE if published < len(sites) else 2 * AT_ONCE)
    assert [set(one.states) for one in told] == [{"held"}, {"held"}, {"released"}]
    assert told[-1].values == (len(sites) * 24 * 40.0,) * 2
    reads.clear()
    assert services.cells.column(group, day, [end + timedelta(days=1) for end in day.starts], "both") == told[-1]
    assert not reads
