"""A day of a place in words of both languages: "Orang lewat: 1.284 (+12 % dari biasanya), cakupan 97 %". Feeds, pictures and heads say the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from pantau.serve.digest import DayDigest, Subject, change
from pantau.serve.outlook_words import Language, figure
from pantau.vocabulary import Text, indicator

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"cm": " cm", "%": " %", "km/h": " km/h", "s": " s", "m2": " m²", "m": " m"}
)
"""UCUM to what a neighbour reads; annotations in braces are in the label already."""
MONTHS: Final[Mapping[Language, tuple[str, ...]]] = MappingProxyType(
    {
        "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
        "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    }
)
USUAL: Final = Text("dari biasanya", "from usual")
AS_USUAL: Final = Text("seperti biasanya", "as usual")
COVERAGE: Final = Text("cakupan", "coverage")
FEW: Final = Text("terlalu sedikit orang untuk diterbitkan", "too few people to be published")


def said(text: Text, language: Language) -> str:
    """One side of a wording."""
    return text.en if language == "en" else text.id


def day_words(day: date, language: Language) -> str:
    """25 Nov 2026."""
    return f"{day.day} {MONTHS[language][day.month - 1]} {day.year}"


def value_words(subject: Subject, digest: DayDigest, language: Language) -> str:
    """The figure with its unit, or why there is none."""
    if digest.value is None:
        return said(FEW, language)
    return figure(digest.value, language) + UNITS.get(indicator(subject.indicators[0]).unit, "")


def change_words(subject: Subject, digest: DayDigest, language: Language) -> str:
    """``+12 % dari biasanya``; empty where it is not known."""
    found = change(subject, digest)
    if found is None or digest.value is None:
        return ""
    unit = UNITS.get(indicator(subject.indicators[0]).unit, "")
    size = f"{abs(found):.0%}"[:-1] + " %" if subject.told == "share" else figure(abs(round(found, 1)), language) + unit
    if size.split()[0] in {"0", "0.0", "0,0"}:
        return said(AS_USUAL, language)
    return f"{'+' if found > 0 else chr(0x2212)}{size} {said(USUAL, language)}"


def coverage_words(digest: DayDigest, language: Language) -> str:
    """``cakupan 97 %``; just under the whole never reads as the whole."""
    share = min(digest.coverage, 0.99) if digest.coverage < 1 else 1.0
    return f"{said(COVERAGE, language)} {share:.0%}".replace("%", " %")


def summary(subject: Subject, digest: DayDigest, language: Language) -> str:
    """One line of all of it, without the place."""
    changed = change_words(subject, digest, language)
    more = f" ({changed})" if changed else ""
    return f"{said(subject.label, language)}: {value_words(subject, digest, language)}{more}, {coverage_words(digest, language)}"
