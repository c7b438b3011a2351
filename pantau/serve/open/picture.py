"""A share picture: one day of a place on 1200 x 630 pixels, for WhatsApp and whoever shows a page by its `og:image`.

Sentence, number, change against usual, the day's hours against a usual day's, coverage, date, whose numbers these are. A gap is
hatched, never a zero. Drawn at twice the size and made smaller, so that lines are smooth; the same day gives the same bytes.
Colours are those of the pages (web/src/app.css). Rejected: a browser that takes a screenshot (300 MB for a picture), SVG (no
messenger shows it), ECharts on a server (Node beside Python).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from pantau.errors import DataError
from pantau.serve.kept.standings import HourNow
from pantau.serve.now.digest import DayDigest, Subject
from pantau.serve.now.digest_words import PART, change_words, coverage_words, said, value_words
from pantau.serve.usual.outlook_words import Language, day_words, figure
from pantau.vocabulary import Text

SIZE: Final = (1200, 630)
SCALE: Final = 2
EDGE: Final = 56
GRAPH: Final = (EDGE, 344, SIZE[0] - EDGE, 512)
"""Left, top, right, bottom."""
GROUND, INK, QUIET, BRAND, LINE, HATCH = "#ffffff", "#14191f", "#525d69", "#1d5fbf", "#d5dbe1", "#9aa5b1"
THAT_DAY: Final = Text("hari itu", "that day")
USUAL: Final = Text("biasanya", "usual")
UNKNOWN: Final = Text("tidak diketahui", "not known")
SOURCE: Final = Text("Sumber", "Source")


@dataclass(frozen=True, slots=True)
class Credit:
    """Whose numbers these are: city, source (may be the city) and licence."""

    city: str
    source: str
    licence: str


def draw(subject: Subject, digest: DayDigest, credit: Credit, language: Language) -> bytes:
    """The picture as PNG."""
    image = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), GROUND)
    pen = Pen(ImageDraw.Draw(image))
    width = SIZE[0] - 2 * EDGE
    pen.box((0, 0, SIZE[0], 10), BRAND)
    pen.text((EDGE, 40), credit.city, 28, QUIET, width - 140)
    pen.text((SIZE[0] - EDGE - pen.length("Pantau", 28, bold=True), 40), "Pantau", 28, BRAND, 140, bold=True)
    pen.text((EDGE, 82), subject.place.name, 52, INK, width, bold=True)
    what = f"{said(subject.label, language)} · {day_words(digest.day, language)}"
    what += f" · {said(PART, language)}" if digest.partly and digest.value is not None else ""
    pen.text((EDGE, 146), what, 34, QUIET, width)
    value = value_words(subject, digest, language)
    size = 116 if digest.value is not None else 48
    long = pen.text((EDGE, 186 if digest.value is not None else 230), value, size, INK, width * 0.62, bold=True)
    changed = change_words(subject, digest, language)
    pen.text((EDGE + long + 32, 256), changed, 40, BRAND, width - long - 32, bold=True)
    _graph(pen, digest.hours, language)
    _legend(pen, digest.hours, language)
    foot = f"{coverage_words(digest, language)} · {credit.licence} · {said(SOURCE, language)}: {credit.source}"
    pen.text((EDGE, 582), foot[0].upper() + foot[1:], 24, QUIET, width)
    small = image.reduce(SCALE)
    file = io.BytesIO()
    small.save(file, "PNG")
    return file.getvalue()


class Pen:
    """Draws in the picture's own pixels on the larger sheet."""

    def __init__(self, sheet: ImageDraw.ImageDraw) -> None:
        self._sheet = sheet

    def text(  # a place, words and how they look
        self, at: tuple[float, float], words: str, size: int, colour: str, width: float, *, bold: bool = False
    ) -> float:
        """Write words, smaller or cut where they are wider than `width`; how wide they became."""
        while size > 24 and self.length(words, size, bold=bold) > width:
            size -= 2
        while words and self.length(words, size, bold=bold) > width:
            words = words.rstrip("…")[:-1].rstrip() + "…" if len(words) > 1 else ""
        self._sheet.text((at[0] * SCALE, at[1] * SCALE), words, font=font(size * SCALE, bold=bold), fill=colour)
        return self.length(words, size, bold=bold)

    def length(self, words: str, size: int, *, bold: bool = False) -> float:
        """How wide words are."""
        return font(size * SCALE, bold=bold).getlength(words) / SCALE

    def box(self, corners: Sequence[float], colour: str) -> None:
        """A filled box: left, top, right, bottom."""
        self._sheet.rectangle([c * SCALE for c in corners], fill=colour)

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        """A line through points."""
        flat = [(x * SCALE, y * SCALE) for x, y in points]
        self._sheet.line(flat, fill=colour, width=round(width * SCALE), joint="curve")


@cache
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Source Sans Pro of `size` pixels.

    Raises:
        DataError: the package with its files is missing.
    """
    found = find_spec("font_source_sans_pro")
    if found is None or found.origin is None:
        raise DataError("the package font-source-sans-pro is missing; run `make setup`")
    name = "SourceSansPro-Semibold.ttf" if bold else "SourceSansPro-Regular.ttf"
    return ImageFont.truetype(Path(found.origin).with_name("files") / name, size)


def _graph(pen: Pen, hours: Sequence[HourNow], language: Language) -> None:
    """Bars of the day's hours, the usual as a step over them; hours that are not known are hatched."""
    left, top, right, bottom = GRAPH
    known = [v for hour in hours for v in (hour.value, hour.usual) if v is not None]
    most, n = max(known, default=0.0) or 1.0, max(len(hours), 1)
    step = (right - left) / n
    for i, hour in enumerate(hours):
        x = left + i * step
        if hour.value is None:
            for k in range(0, int(step) + 1, 8):  # hatched: nothing is known of it
                pen.line([(min(x + k, x + step - 4), bottom), (min(x + k + 12, x + step - 4), bottom - 12)], HATCH, 1.5)
        else:
            pen.box((x + 2, bottom - (bottom - top) * hour.value / most, x + step - 2, bottom), BRAND)
        if i % 6 == 0:
            pen.text((x + 2, bottom + 6), f"{i:02}{'.' if language == 'id' else ':'}00", 22, QUIET, 80)
    pen.line([(left, bottom), (right, bottom)], INK, 1.5)
    stretch: list[tuple[float, float]] = []
    for i, hour in enumerate((*hours, HourNow(hours[-1].start, None, None)) if hours else ()):
        if hour.usual is None:
            if stretch:
                pen.line(stretch, GROUND, 7)
                pen.line(stretch, INK, 3)
            stretch = []
            continue
        y = bottom - (bottom - top) * hour.usual / most
        stretch += [(left + i * step, y), (left + (i + 1) * step, y)]
    pen.line([(left, top), (right, top)], LINE, 1)
    if known:
        pen.text((left, top - 30), figure(most, language), 22, QUIET, 200)


def _legend(pen: Pen, hours: Sequence[HourNow], language: Language) -> None:
    """What bars, line and hatch are; at the right, above the graph."""
    x, y = float(SIZE[0] - EDGE), GRAPH[1] - 30
    if any(hour.value is None for hour in hours):
        x -= pen.length(said(UNKNOWN, language), 22)
        pen.text((x, y), said(UNKNOWN, language), 22, QUIET, 300)
        for k in (0, 8, 16):
            pen.line([(x - 36 + k, y + 22), (x - 26 + k, y + 10)], HATCH, 1.5)
        x -= 60
    for words, colour, high in ((said(USUAL, language), INK, 3), (said(THAT_DAY, language), BRAND, 16)):
        x -= pen.length(words, 22)
        pen.text((x, y), words, 22, QUIET, 300)
        pen.box((x - 36, y + 18 - high / 2, x - 10, y + 18 + high / 2), colour)
        x -= 60
