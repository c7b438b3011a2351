"""A day of a place in words of both languages: "Orang lewat: 1.284 (+12 % dari biasanya), cakupan 97 %". Feeds, pictures and heads say the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pantau.serve.now.digest import DayDigest, Subject, change
from pantau.serve.usual.outlook_words import Language, figure
from pantau.vocabulary import Text, indicator

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"cm": " cm", "%": " %", "km/h": " km/h", "s": " s", "m2": " m²", "m": " m"}
)
"""UCUM to what a neighbour reads; annotations in braces are in the label already."""
USUAL: Final = Text("dari biasanya", "from usual")
AS_USUAL: Final = Text("seperti biasanya", "as usual")
COVERAGE: Final = Text("cakupan", "coverage")
PART: Final = Text("selama terpantau", "while it was watched")
FEW: Final = Text("terlalu sedikit orang untuk diterbitkan", "too few people to be published")


def said(text: Text, language: Language) -> str:
    """One side of a wording."""
    return text.en if language == "en" else text.id


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
    """One line of all of it, without the place; of a day that was watched in part, what the figure is of."""
    value, changed = value_words(subject, digest, language), change_words(subject, digest, language)
    part = f" {said(PART, language)}" if digest.partly and digest.value is not None else ""
    more = f" ({changed})" if changed else ""
    return f"{said(subject.label, language)}: {value}{part}{more}, {coverage_words(digest, language)}"
