"""What there is to tell of published figures: whole days, odd hours, water alarms, the steward's answers. Feeds are made of it.

**Only what is public.** A day is told when it is whole and released; an alarm of water only where the steward lets the family be public, and
`DELAY_S` after it fired, as every figure: a feed is no siren. An alarm that people judged wrong says so. **Bounded:** the last `DAYS` days of a
place; of a city or an area one entry a day with at most `MOST_PLACES` numbers, told once all of them are known, and today's odd hours as the
keeper found them (`pantau.serve.kept.standings`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from pantau.alarm import Alarm
from pantau.serve.kept.standings import Standing
from pantau.serve.now.digest import DayDigest, Digests, Subject
from pantau.serve.now.digest_words import UNITS, said, summary
from pantau.serve.open.atom import Entry
from pantau.serve.open.complaints import answers_of
from pantau.serve.release.policy import policy_of
from pantau.serve.release.publication import DELAY_S
from pantau.serve.services import Services
from pantau.serve.usual.outlook_words import Language, day_words, figure
from pantau.store.alarms import AlarmQuery
from pantau.store.complaints import ComplaintQuery, Outcome
from pantau.vocabulary import Text, indicator

DAYS: Final = 14
CITY_DAYS: Final = 3
MOST_PLACES: Final = 40
BUDGET_S: Final = 0.5
"""Seconds that one request may spend on days that nobody asked for yet; the next one goes on."""
DELAY: Final = timedelta(seconds=DELAY_S)
OUTCOMES: Final[dict[Outcome, Text]] = {
    "explained": Text("angkanya benar", "the number is right"),
    "corrected": Text("angkanya keliru dan sudah dibetulkan", "the number was wrong and is corrected"),
    "known-gap": Text("memang ada yang tidak teramati", "something is known to be missing"),
    "unclear": Text("belum dapat dipastikan", "it could not be told"),
}
ANSWERED: Final = Text("Jawaban walidata", "The steward's answer")
ODD: Final = Text("Di luar kebiasaan", "Out of the ordinary")
OVER: Final = Text("Selesai.", "Over.")
LASTS: Final = Text("Masih berlangsung.", "Still going on.")
WRONG: Final = Text("Kemudian dinilai keliru.", "Later judged wrong.")
PEAK: Final = Text("Tertinggi", "Highest")
LIMIT: Final = Text("batas", "limit")
NUMBERS: Final = Text("angka", "numbers")


def place_link(base: str, place: str, **query: str) -> str:
    """Address of a place's page."""
    return f"{base}/portal/place/{quote(place)}" + (f"?{urlencode(query)}" if query else "")


def days(subject: Subject, found: Sequence[DayDigest], base: str, language: Language) -> Iterator[Entry]:
    """Each whole day, and what was out of the ordinary on it."""
    place, name = subject.place, "+".join(subject.indicators)
    for one in found:
        link = place_link(base, place.id, show=_shown(subject), range="day", to=one.day.isoformat())
        line = summary(subject, one, language)
        yield Entry(
            about=("day", place.id, name, one.day.isoformat()),
            title=f"{place.name}, {day_words(one.day, language)}: {line.removesuffix(line[line.rfind(', ') :])}",
            text=f"{line}.",
            link=link,
            published=one.public,
            updated=one.public,
            kind="day",
        )
        for spell in one.spells:
            yield Entry(
                about=("odd", place.id, name, spell.from_.isoformat()),
                title=f"{said(ODD, language)}: {place.name}, {day_words(one.day, language)}",
                text=spell.sentence.en if language == "en" else spell.sentence.id,
                link=link,
                published=one.public,
                updated=one.public,
                kind="odd",
            )


def odd_now(found: Sequence[Standing], base: str, language: Language) -> Iterator[Entry]:
    """Today's odd hours, as the keeper found them."""
    for one in found:
        place, theme = one.watched.place, one.watched.theme
        for spell in one.spells:
            public = spell.to + DELAY
            yield Entry(
                about=("odd", place.id, "+".join(theme.indicators), spell.from_.isoformat()),
                title=f"{said(ODD, language)}: {place.name}",
                text=spell.sentence.en if language == "en" else spell.sentence.id,
                link=place_link(base, place.id, show=_shown(Subject(place, theme.indicators))),
                published=public,
                updated=public,
                kind="odd",
            )


def together(  # each is a part of the question
    services: Services, kept: Digests, subjects: Sequence[Subject], whole: str, base: str, language: Language
) -> Iterator[Entry]:
    """One entry a day for a city or an area (`whole`: its code, or empty), once every number of it is known."""
    mine, began = subjects[:MOST_PLACES], time.monotonic()
    by_day: dict[date, list[tuple[Subject, DayDigest]]] = {}
    for subject in mine:
        if not kept.has(services, subject, CITY_DAYS, odd=False) and time.monotonic() - began > BUDGET_S:
            return  # not whole yet: the next request goes on
        for one in kept.of(services, subject, CITY_DAYS, odd=False):
            by_day.setdefault(one.day, []).append((subject, one))
    for day, told in sorted(by_day.items()):
        public = max(one.public for _, one in told)
        if public > services.clock():
            continue
        lines = [f"{subject.place.name}: {summary(subject, one, language)}" for subject, one in told]
        name = whole or services.city.name
        of = f"{len(told)} / {len(subjects)} {said(NUMBERS, language)}"
        yield Entry(
            about=("together", whole, day.isoformat()),
            title=f"{name}, {day_words(day, language)}: {of}",
            text="\n".join(lines),
            link=f"{base}/portal",
            published=public,
            updated=public,
            kind="day",
        )


def answers(
    services: Services, places: frozenset[str] | None, names: tuple[str, ...], base: str, language: Language
) -> Iterator[Entry]:
    """What the steward answered in the last `DAYS`, of these places (or all) and indicators (or all)."""
    known = {place.id: place for place in services.register.places()}
    begin = services.clock() - timedelta(days=DAYS)
    for one in answers_of(services, ComplaintQuery(places=places, indicators=names or None, since=begin)):
        told = one.answer.words
        place = known[one.place].name if one.place in known else one.place
        quoted = f"“{one.text}”\n" if one.text else ""
        yield Entry(
            about=("answer", one.id),
            title=f"{said(ANSWERED, language)}: {place}, {said(indicator(one.indicator).label, language)}: {said(OUTCOMES[one.answer.outcome], language)}",
            text=f"{quoted}{(told.en if language == 'en' else told.id) or told.id}\n({one.answer.by})",
            link=place_link(base, one.place, show=one.indicator),
            published=one.answer.time,
            updated=one.answer.time,
            kind="correction" if one.answer.outcome == "corrected" else "answer",
        )


def floods(services: Services, places: frozenset[str] | None, base: str, language: Language) -> Iterator[Entry]:
    """Alarms of water that the public may know of."""
    now, rules, decisions = services.clock(), services.alarms.rules(), services.releases.decisions()
    asked = AlarmQuery(states=("firing", "resolved"), start=now - timedelta(days=DAYS), limit=200)
    for alarm in services.alarms.page(asked):
        rule = rules.get(alarm.rule)
        if rule is None or not rule.indicator.startswith("water.") or alarm.fired is None or alarm.fired + DELAY > now:
            continue
        place = services.register.place(alarm.place)
        if place is None or (places is not None and place.id not in places):
            continue
        if policy_of(place, indicator(rule.indicator), decisions).rule not in {"counted", "none"}:
            continue
        ended = alarm.resolved + DELAY if alarm.resolved and alarm.resolved + DELAY <= now else None
        yield Entry(
            about=("alarm", alarm.id),
            title=f"{rule.name}: {place.name}",
            text=_flood(alarm, language, over=ended is not None),
            link=place_link(base, place.id, show=rule.indicator),
            published=alarm.fired + DELAY,
            updated=max(ended or alarm.fired + DELAY, alarm.judged or alarm.fired),
            kind="alarm",
        )


def _flood(alarm: Alarm, language: Language, *, over: bool) -> str:
    unit = UNITS.get(alarm.unit, "")
    parts = [said(OVER if over else LASTS, language)]
    if alarm.verdict == "wrong":
        parts.append(said(WRONG, language))
    if alarm.peak is not None and alarm.limit is not None:
        most, limit = (figure(value, language) + unit for value in (alarm.peak, alarm.limit))
        parts.append(f"{said(PEAK, language)} {most}, {said(LIMIT, language)} {limit}.")
    return " ".join(parts)


def _shown(subject: Subject) -> str:
    """As the place's page names what it shows."""
    names = subject.indicators
    return names[0] if len(names) == 1 else indicator(names[0]).family


def since(services: Services) -> datetime:
    """When a feed that never told anything was last changed: today's first minute."""
    return services.clock().replace(hour=0, minute=0, second=0, microsecond=0)
