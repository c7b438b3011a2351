"""Weeks and trends in one sentence and both languages; pages, feeds and pictures say the same."""

from __future__ import annotations

from datetime import date
from typing import Final

from pantau.forecast.step import Step
from pantau.forecast.trend import Trend
from pantau.forecast.week import DAY_FROM, DAY_TO, Week
from pantau.serve.schema.answer import Words
from pantau.serve.usual.outlook_words import Language, day_words, figure

LANGUAGES: Final[tuple[Language, Language]] = ("id", "en")
WEEKDAYS: Final = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_WEEK: Final = Words(
    id="Paling sepi (pukul {first}\N{EN DASH}{last}): {quiet}, biasanya {low}. Paling ramai: {busy}, biasanya {high}.",
    en="Quietest (between {first} and {last}): {quiet}, usually {low}. Busiest: {busy}, usually {high}.",
)
_TREND: Final = {
    "up": Words(
        id="Naik {change} dari tahun lalu (antara {low} dan {high}), dihitung dari {days} hari yang ada di kedua tahun.",
        en="Up {change} on a year ago (between {low} and {high}), by {days} days known in both years.",
    ),
    "down": Words(
        id="Turun {change} dari tahun lalu (antara {low} dan {high}), dihitung dari {days} hari yang ada di kedua tahun.",
        en="Down {change} on a year ago (between {low} and {high}), by {days} days known in both years.",
    ),
    "same": Words(
        id="Kira-kira sama dengan tahun lalu (antara {low} dan {high}), dihitung dari {days} hari yang ada di kedua tahun.",
        en="About the same as a year ago (between {low} and {high}), by {days} days known in both years.",
    ),
    "unclear": Words(
        id="Belum jelas naik atau turun dari tahun lalu (antara {low} dan {high}), dihitung dari {days} hari yang ada di kedua tahun.",
        en="Not clear whether up or down on a year ago (between {low} and {high}), by {days} days known in both years.",
    ),
    "short": Words(
        id="Belum bisa dibandingkan dengan tahun lalu: angkanya belum cukup lama.",
        en="Can't be compared with a year ago yet: the figures do not go back far enough.",
    ),
    "method": Words(
        id="Belum bisa dibandingkan dengan tahun lalu: cara mengukurnya berubah pada {since}.",
        en="Can't be compared with a year ago yet: the way of measuring changed on {since}.",
    ),
    "border": Words(
        id="Belum bisa dibandingkan dengan tahun lalu: garis batasnya berubah pada {since}.",
        en="Can't be compared with a year ago yet: the declared border changed on {since}.",
    ),
    "methods": Words(
        id="Belum bisa dibandingkan dengan tahun lalu: cara mengukurnya sudah berubah.",
        en="Can't be compared with a year ago yet: the way of measuring has changed.",
    ),
    "gaps": Words(
        id="Tidak bisa dibandingkan dengan tahun lalu: hanya {days} hari yang utuh di kedua tahun.",
        en="Can't be compared with a year ago: only {days} days are whole in both years.",
    ),
    "unpublished": Words(
        id="Belum bisa dibandingkan dengan tahun lalu: angka orang di sini belum semua diterbitkan. Coba lagi nanti.",
        en="Can't be compared with a year ago yet: the counts of people here are not all published. Try again later.",
    ),
    "nothing": Words(
        id="Tidak bisa dibandingkan dengan tahun lalu: tahun lalu tidak ada yang tercatat.",
        en="Can't be compared with a year ago: nothing was counted then.",
    ),
}
_SAME_PLACES: Final = Words(
    id="{sentence} Tempat yang sama di kedua tahun: {n} dari {of}.",
    en="{sentence} The same places in both years: {n} of {of}.",
)
_JUMP: Final = Words(
    id="Angkanya {change} dibanding tahun lalu, tetapi belum tentu ada perubahan nyata: sejak sekitar {day} tingkatnya mendadak {step} terhadap "
    "tempat-tempat di sekitarnya. Mungkin alat atau letaknya berubah.",
    en="The figures are {change} on a year ago, but that may be no real change: from about {day} their level is suddenly {step} against the places "
    "nearby. Perhaps the sensor or its position was changed.",
)


def week_words(found: Week) -> Words | None:
    """The quietest and the busiest hour; None where nothing is known by day."""
    quiet, busy = found.quietest, found.busiest
    if quiet is None or busy is None:
        return None

    def filled(template: str, language: Language) -> str:
        return template.format(
            first=f"{DAY_FROM:02}",
            last=f"{DAY_TO:02}",
            quiet=_hour(quiet, language),
            low=figure(float(found.median[quiet]), language),
            busy=_hour(busy, language),
            high=figure(float(found.median[busy]), language),
        )

    return Words(id=filled(_WEEK.id, "id"), en=filled(_WEEK.en, "en"))


def trend_words(found: Trend, since: date | None) -> Words:
    """A trend, or why there is none."""
    return _trend_words(found, since, _TREND[found.reason or found.verdict])


def group_words(found: Trend, since: date | None, places: tuple[int, int]) -> Words:
    """The trend of a group, with how many of its places it is of; `since` is when its border changed."""
    if found.reason == "method":
        return _trend_words(found, since, _TREND["border" if since else "methods"])
    said = _trend_words(found, since, _TREND[found.reason or found.verdict])
    if found.verdict == "unknown":
        return said
    counts = {name: tuple(figure(n, name) for n in places) for name in LANGUAGES}
    told = {
        name: getattr(_SAME_PLACES, name).format(sentence=getattr(said, name), n=counts[name][0], of=counts[name][1])
        for name in LANGUAGES
    }
    return Words(**told)


def _trend_words(found: Trend, since: date | None, said: Words) -> Words:

    def filled(template: str, language: Language) -> str:
        change = found.change or 0.0
        plain = found.verdict in {"up", "down"}
        return template.format(
            change=_share(abs(change), language),
            low=_share(found.low or 0.0, language, signed=not plain or found.verdict == "down"),
            high=_share(found.high or 0.0, language, signed=not plain or found.verdict == "down"),
            days=figure(found.days, language),
            since=day_words(since, language) if since else "",
        )

    return Words(id=filled(said.id, "id"), en=filled(said.en, "en"))


def jump_words(found: Trend, jump: Step) -> Words:
    """A change on a year ago that is doubted, and why."""

    def filled(template: str, language: Language) -> str:
        return template.format(
            change=_share(found.change or 0.0, language, signed=True),
            step=_share(jump.change, language, signed=True),
            day=day_words(jump.day, language),
        )

    return Words(id=filled(_JUMP.id, "id"), en=filled(_JUMP.en, "en"))


def _hour(at: tuple[int, int], language: Language) -> str:
    day, hour = at
    return f"{WEEKDAYS[language][day]} {hour:02}\N{EN DASH}{(hour + 1) % 24:02}"


def _share(value: float, language: Language, *, signed: bool = False) -> str:
    """A share as per cent, with one decimal below 10: 4 %, +0,6 %."""
    per_cent = value * 100
    digits = 0 if abs(per_cent) >= 10 else 1
    shown = f"{abs(per_cent):.{digits}f}".removesuffix(".0")
    sign = "" if not signed or shown == "0" else "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{shown if language == 'en' else shown.replace('.', ',')}\N{NO-BREAK SPACE}%"
