"""What is out of the ordinary, in one sentence and both languages; pages, feeds and pictures say the same."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pantau.serve.schema.answer import Words
from pantau.serve.schema.outlook import Spell

Language = Literal["id", "en"]
MONTHS: Final = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_SAID: Final = {
    "over": Words(
        id="{place}, pukul {begin} - {end}: {value}, jauh di atas biasanya ({usual}). Di luar rentang yang ditepati 99 dari 100 jam.",
        en="{place}, {begin} - {end}: {value}, far above usual ({usual}). Outside the range that 99 of 100 hours keep.",
    ),
    "under": Words(
        id="{place}, pukul {begin} - {end}: {value}, jauh di bawah biasanya ({usual}). Di luar rentang yang ditepati 99 dari 100 jam.",
        en="{place}, {begin} - {end}: {value}, far below usual ({usual}). Outside the range that 99 of 100 hours keep.",
    ),
}


def sentence(spell: Spell, place: str, timezone: str) -> Words:
    """A spell in words; times are on the place's clock."""
    said = _SAID[spell.side]

    def filled(template: str, language: Language) -> str:
        return template.format(
            place=place,
            begin=_clock(spell.from_, timezone, language),
            end=_clock(spell.to, timezone, language),
            value=figure(spell.value, language),
            usual=figure(spell.usual, language),
        )

    return Words(id=filled(said.id, "id"), en=filled(said.en, "en"))


def figure(value: float, language: Language) -> str:
    """1.284 or 1,284: whole from 100 up, one decimal below where there is one."""
    digits = 0 if value >= 100 or value == round(value) else 1  # three digits say enough
    written = f"{value:,.{digits}f}"
    return written if language == "en" else written.translate(str.maketrans(",.", ".,"))


def day_words(day: date, language: Language) -> str:
    """25 Nov 2026."""
    return f"{day.day} {MONTHS[language][day.month - 1]} {day.year}"


def _clock(time: datetime, timezone: str, language: Language) -> str:
    return f"{time.astimezone(ZoneInfo(timezone)):%H{'.' if language == 'id' else ':'}%M}"
