"""Feeds are valid Atom, tell only what is published, and are the same bytes while nothing changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from typing_extensions import override

from pantau.alarm import Alarm
from pantau.alert.rules import Rule
from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers
from pantau.serve.memory_room import MemoryAlarms
from pantau.serve.now.digest import Digests, Subject, change
from pantau.serve.now.digest_words import summary
from pantau.serve.open import news
from pantau.store.complaints import Answer, Complaint
from pantau.store.releases import Decision
from pantau.store.series import Series, SeriesQuery
from tests.serve.test_city_now import LAST, NOW, WEST, Hours, Town, cars, usual_hours

NS = {"a": "http://www.w3.org/2005/Atom"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PLACE = "/api/v1/open/feed/place/barat.A.atom"
CITY = "/api/v1/open/feed/city.atom"


class WholeDays(MemoryNumbers):
    """Numbers whose days are made of their hours."""

    @override
    def series(self, query: SeriesQuery) -> Series:
        found = super().series(query)
        if query.tier != "day":
            return found
        columns = {name: tuple(self._day(query.place, name, at) for at in found.starts) for name in query.indicators}
        seen = tuple(any(c[i] is not None for c in columns.values()) for i in range(len(found.starts)))
        return replace(found, columns=columns, coverage=tuple(self.coverage if one else 0.0 for one in seen))

    def _day(self, place: str, name: str, at: datetime) -> float | None:
        hours = self.values.get((place, name), {})
        day = [hours[t] for i in range(24) if (t := at + timedelta(hours=i)) in hours]
        return sum(day) / (len(day) if name == "parking.occupied" else 1) if day else None


def crowd(at: datetime) -> float:
    """People of an hour, differing a little by the day; on the 3rd a fair in the morning."""
    return (
        (300 if 0 <= at.hour < 14 else 40)
        + 5 * (at.day % 3)
        + (400 if (at.day, at.month) == (3, 3) and 5 <= at.hour < 9 else 0)
    )


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(news, "BUDGET_S", 60.0)  # a busy machine is no part of what is tested
    values: Mapping[tuple[str, str], Hours] = {
        ("barat.A", "visitors.person"): usual_hours(LAST, crowd),
        ("barat.P", "parking.occupied"): usual_hours(LAST, cars),
        ("timur.P", "parking.occupied"): usual_hours(LAST, cars),
        ("akl.1", "visitors.person"): usual_hours(LAST - timedelta(days=40), crowd),
    }
    made = Town(values, tmp_path)
    made.numbers = WholeDays(values)
    made.numbers.now, made.numbers.coverage = NOW, 0.97
    return rebuilt(made)


def rebuilt(town: Town, decisions: Sequence[Decision] | None = None) -> Town:
    town.services = replace(town.services, numbers=town.numbers)
    if decisions is not None:
        town.releases.taken = list(decisions)
    town.keeper._services = town.services
    town.keeper.turn(NOW)
    town.client = TestClient(create_app(town.services), base_url="http://localhost")
    return town


def feed(town: Town, path: str, **query: str) -> ET.Element:
    got = town.client.get(path, params=query)
    assert got.status_code == 200, got.text
    assert got.headers["content-type"].startswith("application/atom+xml")
    root = ET.fromstring(got.content)
    check(root, str(got.request.url))
    return root


def check(root: ET.Element, address: str) -> None:
    """The rules of RFC 4287 §4 that a reader relies on."""
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    for name in ("id", "title", "updated"):
        assert len(root.findall(f"a:{name}", NS)) == 1, name
    assert root.findall("a:author/a:name", NS)
    links = {link.get("rel"): link.get("href") for link in root.findall("a:link", NS)}
    assert links["self"] == address
    ids, times = [root.findtext("a:id", "", NS)], []
    for entry in root.findall("a:entry", NS):
        for name in ("id", "title", "updated", "published", "content"):
            assert len(entry.findall(f"a:{name}", NS)) == 1, name
        assert entry.findtext("a:title", "", NS).strip()
        assert entry.find("a:link[@rel='alternate']", NS) is not None
        ids.append(entry.findtext("a:id", "", NS))
        times.append(entry.findtext("a:updated", "", NS))
        assert TIME.fullmatch(entry.findtext("a:published", "", NS))
        assert entry.findtext("a:published", "", NS) <= times[-1] <= f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("urn:uuid:") for one in ids)
    assert times == sorted(times, reverse=True)
    assert root.findtext("a:updated", "", NS) == (times[0] if times else "2026-03-04T00:00:00Z")


def titles(root: ET.Element, kind: str) -> list[str]:
    return [
        entry.findtext("a:title", "", NS)
        for entry in root.findall("a:entry", NS)
        if entry.find(f"a:category[@term='{kind}']", NS) is not None
    ]


def test_a_place_tells_each_whole_day_against_usual_and_what_was_odd(town: Town) -> None:
    root = feed(town, PLACE, indicator="visitors.person")
    told = titles(root, "day")
    assert len(told) == news.DAYS
    assert told[0].startswith("Gerbang barat, 3 Mar 2026: Orang lewat: 12.4")
    assert re.search(r"\(\+3\d % dari biasanya\)$", told[0])
    assert "seperti biasanya" in told[1]
    assert titles(root, "odd") == ["Di luar kebiasaan: Gerbang barat, 3 Mar 2026"]
    english = feed(town, PLACE, indicator="visitors.person", lang="en")
    assert titles(english, "day")[0].startswith("Gerbang barat, 3 Mar 2026: People passing: 12,4")
    assert english.findtext("a:id", "", NS) != root.findtext("a:id", "", NS)


def test_the_figure_is_the_released_one_of_the_day(town: Town) -> None:
    query = {
        "place": "barat.A",
        "indicator": "visitors.person",
        "tier": "day",
        "from": "2026-03-03T00:00:00Z",
        "to": "2026-03-04T00:00:00Z",
    }
    (value,) = town.client.get("/api/v1/series", params=query).json()["columns"][0]["values"]
    assert titles(feed(town, PLACE), "day")[0].split(": ")[2].split()[0] == f"{value:,.0f}".replace(",", ".")


def test_today_is_not_told_before_it_is_whole(town: Town) -> None:
    assert not [title for title in titles(feed(town, PLACE), "day") if "4 Mar" in title]
    town.now = datetime(2026, 3, 5, 0, 14, tzinfo=UTC)
    assert not [title for title in titles_at(town) if "4 Mar" in title]
    town.now = datetime(2026, 3, 5, 0, 15, tzinfo=UTC)
    assert [title for title in titles_at(town) if "4 Mar" in title]


def titles_at(town: Town) -> list[str]:
    return titles(ET.fromstring(town.client.get(PLACE).content), "day")


def test_ids_and_bytes_stay_while_nothing_changes(town: Town) -> None:
    first = town.client.get(PLACE)
    town.now += timedelta(minutes=9)
    again = town.client.get(PLACE, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    other = TestClient(create_app(town.services), base_url="http://127.0.0.1:8133").get(PLACE)
    names = [[one.text for one in ET.fromstring(got.content).iter(f"{{{NS['a']}}}id")] for got in (first, other)]
    assert names[0] == names[1]


def test_of_what_is_closed_nothing_is_told(town: Town) -> None:
    closed = Decision(family="", place="barat.A", open=False, by="walidata", time=NOW)
    rebuilt(town, [*town.releases.taken, closed])
    assert feed(town, PLACE).findall("a:entry", NS) == []
    assert "Gerbang barat" not in ET.tostring(feed(town, CITY), encoding="unicode")


def test_few_people_are_told_in_words_and_a_hole_is_no_zero(town: Town) -> None:
    hours = dict(town.numbers.values[("barat.A", "visitors.person")])
    few = {at: (2.0 if at.hour == 9 else 0.0) if at.day == 2 and at.month == 3 else v for at, v in hours.items()}
    gone = {at: v for at, v in few.items() if (at.month, at.day) != (3, 1)}
    town.numbers.values = {**town.numbers.values, ("barat.A", "visitors.person"): gone}
    town.releases.published.clear()  # as if this were the first time that anybody asks
    told = titles(feed(rebuilt(town), PLACE), "day")
    assert not [title for title in told if "1 Mar" in title]
    (second,) = [title for title in told if ", 2 Mar" in title]
    assert second.endswith(("terlalu sedikit orang untuk diterbitkan", ": Orang lewat: 0"))


def test_an_answer_is_told_as_text_whatever_it_holds(town: Town) -> None:
    said = Complaint(
        id="a" * 12, place="barat.A", indicator="visitors.person", direction="both", start=NOW - timedelta(days=2),
        end=NOW - timedelta(days=1), reason="high", text="rahasia", received=NOW,
    )  # fmt: skip
    town.services.complaints.put(said)
    assert titles(feed(town, PLACE), "answer") == []
    words = {"id": "<b>Ada</b> pasar\x0b & bazar", "en": ""}
    told = Answer(outcome="corrected", words=words, quote=False, by="Ibu Sri", time=NOW)
    town.services.complaints.answer(said.id, told)
    for path in (PLACE, CITY, "/api/v1/open/feed/area/33.74.01.atom"):
        root = feed(town, path)
        assert len(titles(root, "correction")) == 1
        (content,) = [e.text for e in root.iter(f"{{{NS['a']}}}content") if e.text and "pasar" in e.text]
        assert content == "<b>Ada</b> pasar & bazar\n(Ibu Sri)"
        assert "rahasia" not in town.client.get(path).text
    assert titles(feed(town, "/api/v1/open/feed/area/33.74.02.atom"), "correction") == []


def answered(town: Town, number: int, place: str, when: datetime) -> None:
    """A complaint about a place, and its answer."""
    said = Complaint(
        id=f"{number:012x}", place=place, indicator="visitors.person", direction="both", start=NOW - timedelta(days=2),
        end=NOW - timedelta(days=1), reason="high", text=str(number), received=NOW,
    )  # fmt: skip
    town.services.complaints.put(said)
    told = Answer(outcome="explained", words={"id": "Ada pasar.", "en": ""}, quote=False, by="Ibu Sri", time=when)
    town.services.complaints.answer(said.id, told)


def test_answers_are_of_two_weeks_and_of_what_is_public(town: Town) -> None:
    answered(town, 0, "barat.A", NOW - timedelta(days=13))
    answered(town, 1, "barat.A", NOW - timedelta(days=15))
    for number in range(2, 150):
        answered(town, number, "akl.1", NOW - timedelta(minutes=number))
    area = "/api/v1/open/feed/area/33.74.01.atom"
    for path in (PLACE, area):
        assert len(titles(feed(town, path), "answer")) == 1, "others' newer answers take no place"
    assert len(titles(feed(town, CITY), "answer")) == 100
    town.releases.decide(Decision(family="visitors", place="barat", open=False, by="walidata", time=NOW))
    town.releases.decide(Decision(family="visitors", place="akl.1", open=False, by="walidata", time=NOW))
    for path in (PLACE, area, CITY):
        assert titles(feed(town, path), "answer") == []


def test_the_city_and_an_area_have_one_entry_a_day(town: Town) -> None:
    city = feed(town, CITY)
    assert [title.split(": ")[0] for title in titles(city, "day")] == [f"Kota, {day} Mar 2026" for day in (3, 2, 1)]
    text = city.findall("a:entry/a:content", NS)
    assert len([line for one in text for line in (one.text or "").splitlines() if line.startswith("Parkir")]) == 6
    area = feed(town, "/api/v1/open/feed/area/33.74.02.atom")
    assert titles(area, "day")[0].startswith("Timur, 3 Mar 2026: 1 / 2")
    assert "Queen" not in ET.tostring(city, encoding="unicode")
    assert town.client.get("/api/v1/open/feed/area/99.atom").status_code == 404


def test_a_day_of_the_city_is_told_once_all_of_it_is_known(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "BUDGET_S", -1.0)
    assert titles(feed(town, CITY), "day") == []
    monkeypatch.setattr(news, "BUDGET_S", 60.0)
    assert len(titles(feed(town, CITY), "day")) == 3


def flood(**change: object) -> Alarm:
    fired = NOW - timedelta(hours=2)
    made = Alarm(
        id="genangan.1", rule="genangan", revision=1, place="barat.P", camera="barat", subject="", severity="critical",
        state="firing", since=fired, fired=fired, seen=NOW, value=30.0, peak=42.0, limit=20.0, unit="cm",
    )  # fmt: skip
    return replace(made, **change)  # type: ignore[arg-type]  # a test's own words


def test_a_flood_is_told_after_the_delay_of_all_figures(town: Town) -> None:
    desk = town.services.alarms
    assert isinstance(desk, MemoryAlarms)
    desk.in_force["genangan"] = Rule(
        id="genangan", name="Genangan", kind="threshold", places=("*",), indicator="water.level", above=20.0
    )
    desk.in_force["ramai"] = Rule(
        id="ramai", name="Ramai", kind="threshold", places=("*",), indicator="visitors.person", above=20.0
    )
    desk.kept["1"] = flood()
    desk.kept["2"] = flood(id="genangan.2", fired=NOW - timedelta(minutes=14))
    desk.kept["3"] = flood(id="ramai.1", rule="ramai")
    city = feed(town, CITY)
    assert titles(city, "alarm") == ["Genangan: Parkir barat"]
    assert "Masih berlangsung. Tertinggi 42 cm, batas 20 cm." in ET.tostring(city, encoding="unicode")
    desk.kept["1"] = flood(state="resolved", resolved=NOW - timedelta(hours=1), verdict="wrong", judged=NOW)
    told = ET.tostring(feed(town, "/api/v1/open/feed/place/barat.P.atom"), encoding="unicode")
    assert "Selesai. Kemudian dinilai keliru. Tertinggi 42 cm" in told
    rebuilt(town, [Decision(family="water", place="", open=False, by="walidata", time=NOW)])
    assert titles(feed(town, CITY), "alarm") == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("place/none.atom", 404), ("place/barat.A.atom?indicator=traffic.tank", 422), ("city.atom?lang=fr", 422),
        ("city.atom?x=1", 422), ("place/barat.A.atom?indicator=visitors.person&indicator=traffic.car", 422),
    ],
)  # fmt: skip
def test_wrong_questions_are_problems(town: Town, path: str, status: int) -> None:
    got = town.client.get(f"/api/v1/open/feed/{path}")
    assert (got.status_code, got.headers["content-type"]) == (status, "application/problem+json")


def test_a_difference_is_told_in_its_unit_and_little_gets_no_share(town: Town) -> None:
    parking = Subject(WEST.zones[0], ("parking.occupied",))
    (day,) = Digests().of(town.services, parking, 1, odd=False)
    assert day.value == pytest.approx(9.0, abs=0.5)
    assert change(parking, day) == pytest.approx(0.0, abs=0.3)
    assert change(parking, replace(day, known=1.0, usual=0.5)) is None
    level = Subject(WEST.zones[0], ("water.level",))
    assert "(+12 cm dari biasanya), cakupan 97 %" in summary(
        level, replace(day, value=42.0, known=42.0, usual=30.0), "id"
    )
    assert "(\N{MINUS SIGN}12 cm from usual)" in summary(level, replace(day, value=18.0, known=18.0, usual=30.0), "en")
