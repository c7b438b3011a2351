"""A self-check in one sentence, in both languages: what was compared, what came out, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pantau.store.self_checks import CheckKind, Reason, SelfCheck, Verdict
from pantau.vocabulary import Text

NAMES: Final[Mapping[CheckKind, Text]] = MappingProxyType(
    {
        "balance": Text("Masuk dikurangi keluar", "In minus out"),
        "stream": Text("Garis bertetangga", "Neighbouring lines"),
        "confidence": Text("Keyakinan pendeteksi", "Detector confidence"),
    }
)
VERDICTS: Final[Mapping[Verdict, Text]] = MappingProxyType(
    {
        "consistent": Text("cocok", "consistent"),
        "inconsistent": Text("tidak cocok", "inconsistent"),
        "unknown": Text("belum dapat dinilai", "can't tell"),
    }
)
DOUBT: Final = Text(
    "Pemeriksaan diri menemukan angka di sini tidak cocok dengan angka sekitarnya; angkanya tidak diubah.",
    "A self-check found that the figures here do not agree with those around them; they were not changed.",
)
_WHY: Final[Mapping[Reason, Text]] = MappingProxyType(
    {
        "few": Text("terlalu sedikit yang lewat", "too little passed"),
        "gaps": Text("tidak ada sepuluh menit berturut-turut yang terpantau", "no ten minutes in a row were watched"),
        "unseen": Text("belum ada yang terukur", "nothing was measured"),
        "young": Text(
            "belum ada dua pekan dengan cara ukur yang sama", "there are not yet two weeks of the same method"
        ),
        "missing": Text("garis pembandingnya tidak terdaftar", "the line to compare with is not in the register"),
    }
)
_COMPARED: Final[Mapping[CheckKind, Text]] = MappingProxyType(
    {
        "balance": Text(
            "{place}: masuk dikurangi keluar {found}, perubahan isi {expected}, selisih yang wajar {tolerance} ({n} lewat)",
            "{place}: in minus out {found}, change of who is inside {expected}, allowed difference {tolerance} ({n} passed)",
        ),
        "stream": Text(
            "{place}: {found}, sedangkan {other}: {expected}, selisih yang wajar {tolerance}",
            "{place}: {found}, while {other}: {expected}, allowed difference {tolerance}",
        ),
        "confidence": Text(
            "{place}: keyakinan {found}, biasanya {expected} pada jam yang sama, selisih yang wajar {tolerance} ({n} hari)",
            "{place}: confidence {found}, usually {expected} at the same hours, allowed difference {tolerance} ({n} days)",
        ),
    }
)
_ACTS: Final[Mapping[CheckKind, Text]] = MappingProxyType(
    {
        "balance": Text("periksa garis-garis di tepinya", "look at the lines of its border"),
        "stream": Text("salah satu garis melewatkan atau menambah", "one of the lines misses or adds"),
        "confidence": Text("periksa lensa, fokus, dan arah kamera", "look at the lens, its focus and its aim"),
    }
)


def sentence(check: SelfCheck, names: Mapping[str, str]) -> Text:
    """What a check says; `names` are those of the places by their ids."""
    return Text(_sentence(check, names, 0), _sentence(check, names, 1))


def _sentence(check: SelfCheck, names: Mapping[str, str], language: int) -> str:
    def pick(text: Text) -> str:
        return (text.id, text.en)[language]

    place = names.get(check.place, check.place)
    way = {"": "", "forward": " →", "backward": " ←"}[check.direction]
    if check.expected is None or check.found is None or check.tolerance is None:
        return f"{place}{way}: {pick(VERDICTS[check.verdict])}, {pick(_WHY[check.reason])}."
    digits = 2 if check.kind == "confidence" else 0
    figures = {
        name: _number(value, digits, language)
        for name, value in (("found", check.found), ("expected", check.expected), ("tolerance", check.tolerance))
    }
    said = pick(_COMPARED[check.kind]).format(
        place=f"{place}{way}", other=names.get(check.other, check.other), n=_number(check.n, 0, language), **figures
    )
    why = {"consistent": "", "inconsistent": f"; {pick(_ACTS[check.kind])}"}.get(
        check.verdict, f", {pick(_WHY[check.reason])}" if check.reason else ""
    )
    return f"{said}: {pick(VERDICTS[check.verdict])}{why}."


def _number(value: float, digits: int, language: int) -> str:
    text = f"{value:,.{digits}f}"
    if text.strip("-0.,") == "":
        text = text.removeprefix("-")
    return text if language else text.translate(str.maketrans(",.", ".,"))
