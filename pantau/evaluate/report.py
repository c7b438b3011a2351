"""The result as one HTML file that needs nothing else: the table of accuracies, and a strip for every disagreement.

Indonesian first, English beside it. The pictures come redacted (`pantau.see.thumbnail`); the line, its direction and the
ground paths are drawn over them as SVG, so that a person sees who is right: the counter or the truth. At most `STRIPS` strips
are shown, spread over the clip, and the page says how many are left out.

Rejected: a template engine (a dependency for one page), and pictures beside the file (a report gets mailed).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from pantau.evaluate.accuracy import ALL, Disagreement, Row, Score, threshold
from pantau.evaluate.tracking import TrackScore
from pantau.evaluate.truth import FOUR_WHEELER
from pantau.evaluate.witness import Path
from pantau.places import Camera, Line, local_id

STRIPS: Final = 60
FEW: Final = 30
"""Crossings below which an accuracy, and more so its interval, says little."""
Window = tuple[float, float, float, float]

WORDS: Final = {
    "person": ("orang", "person"),
    "bicycle": ("sepeda", "bicycle"),
    "car": ("mobil", "car"),
    "motorcycle": ("sepeda motor", "motorcycle"),
    "bus": ("bus", "bus"),
    "truck": ("truk", "lorry"),
    FOUR_WHEELER: ("kendaraan roda empat", "four-wheeler"),
    "forward": ("maju", "forward"),
    "backward": ("mundur", "backward"),
    "missed": ("terlewat", "missed"),
    "over": ("berlebih", "over"),
    ALL: ("semua", "all"),
}

STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.15rem;margin-top:2rem}[lang=en]{color:#555;font-size:.92em}
table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.3rem 0}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:left}.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}th [lang=en]{display:block;font-weight:400}
td:last-child{min-width:8rem}
tr.flag td{background:#fdecea}.mark{font-weight:600;color:#8c1d18}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
dt{color:#555}dd{margin:0;overflow-wrap:anywhere}figure{margin:1rem 0;padding:.6rem;border:1px solid #ddd}figcaption{margin-bottom:.4rem}
.strip{display:flex;gap:.4rem;overflow-x:auto}.strip svg{flex:0 0 auto;width:13rem;height:auto;background:#222}
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One thumbnail: a JPEG of a window of the frame, and the moment it shows."""

    jpeg: bytes
    size: tuple[int, int]
    window: Window
    t_s: float


@dataclass(frozen=True, slots=True)
class Strip:
    """The pictures around one disagreement and the paths that were tracked there."""

    what: Disagreement
    line: Line
    pictures: tuple[Picture, ...]
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that the page says.

    Args:
        facts: (Indonesian, English, value) of what was compared with what.
        notes: what a reader should know.
    """

    camera: Camera
    clip: str
    time: datetime
    facts: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]
    score: Score
    tracks: TrackScore | None
    strips: tuple[Strip, ...]


def window_of(line: Line) -> Window:
    """The part of the frame that a strip shows: the line, with room around it."""
    (x1, x2), (y1, y2) = (_span(min(v), max(v)) for v in zip(line.start, line.end, strict=True))
    return x1, y1, x2, y2


def chosen(found: Sequence[Disagreement]) -> list[Disagreement]:
    """At most `STRIPS` of them, spread evenly."""
    if len(found) <= STRIPS:
        return list(found)
    return [found[i * len(found) // STRIPS] for i in range(STRIPS)]


def page(report: Report) -> str:
    """The whole HTML file."""
    return "".join(_page(report))


def _span(low: float, high: float) -> tuple[float, float]:
    grow = max(0.15, (0.4 - (high - low)) / 2)
    return max(0.0, low - grow), min(1.0, high + grow)


def _both(indonesian: str, english: str) -> str:
    return f'<span lang="id">{escape(indonesian)}</span> <span lang="en">{escape(english)}</span>'


def _word(name: str) -> str:
    return _both(*WORDS.get(name, (name, "")))


def _page(report: Report) -> Iterator[str]:
    title = f"Laporan ketelitian · {report.camera.name} · {report.clip}"
    yield f'<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
    yield f"<h1>{escape(title)}</h1><p lang=en>How right the counts are, compared with the truth.</p>"
    yield "<dl>"
    for indonesian, english, value in report.facts:
        yield f"<dt>{_both(indonesian, english)}</dt><dd>{escape(value)}</dd>"
    yield "</dl>"
    if report.notes:
        yield f"<h2>{_both('Catatan', 'Notes')}</h2><ul>"
        yield from (f"<li lang=en>{escape(note)}</li>" for note in report.notes)
        yield "</ul>"
    yield from _table(report)
    if report.tracks:
        yield from _tracks(report.tracks)
    yield from _strips(report)
    yield "</body></html>\n"


def _table(report: Report) -> Iterator[str]:
    heads = [
        ("garis", "line"),
        ("arah", "direction"),
        ("golongan", "class"),
        ("n", "true"),
        ("terhitung", "counted"),
        ("terlewat", "missed"),
        ("berlebih", "over"),
        ("ketelitian", "accuracy"),
        ("selang 95 %", "95 % interval"),
        ("galat neto", "net error"),
        ("", ""),
    ]
    yield f"<h2>{_both('Ketelitian', 'Accuracy')}</h2><table><caption>"
    yield _both("(n - terlewat - berlebih) ÷ n", "(n - missed - over) ÷ n")
    yield "</caption><thead><tr>"
    for i, head in enumerate(heads):
        yield f'<th scope="col"{" class=n" if 3 <= i < 10 else ""}>{_both(*head)}</th>'
    yield "</tr></thead><tbody>"
    names = {line.id: line.name for line in report.camera.lines}
    for row in report.score.rows:
        yield _row(row, names)
    yield "</tbody></table>"


def _row(row: Row, names: dict[str, str]) -> str:
    numbers = [str(row.truth), str(row.counted), str(row.missed), str(row.over)]
    if row.accuracy is None:
        numbers += ["-", "-", "-"]
    else:
        low, high = row.interval
        numbers += [f"{row.accuracy:.3f}", f"{low:.3f} - {high:.3f}", f"{row.net_error:.3f}"]
    below = f"< {threshold(row.road_user):.2f}"
    mark = f"<span class=mark>⚑ {_both(f'di bawah {below[2:]}', f'below {below[2:]}')}</span>" if row.flagged else ""
    if row.truth < FEW:
        mark += f" <small>{_both('n terlalu kecil', 'n is too small to say')}</small>"
    line = escape(names.get(row.line, "")) or _word(ALL)
    cells = "".join(f"<td>{cell}</td>" for cell in (line, _word(row.direction), _word(row.road_user)))
    cells += "".join(f"<td class=n>{number}</td>" for number in numbers)
    return f"<tr{' class=flag' if row.flagged else ''}>{cells}<td>{mark}</td></tr>"


def _tracks(tracks: TrackScore) -> Iterator[str]:
    yield f"<h2>{_both('Jejak', 'Tracks')}</h2><dl>"
    values = [
        ("HOTA", f"{tracks.hota:.3f} (DetA {tracks.deta:.3f}, AssA {tracks.assa:.3f})"),
        ("MOTA", f"{tracks.mota:.3f}"),
        ("IDF1", f"{tracks.idf1:.3f}"),
        ("ID switches", str(tracks.switches)),
        ("frames, boxes", f"{tracks.frames}, {tracks.boxes}"),
    ]
    yield from (f"<dt>{name}</dt><dd>{value}</dd>" for name, value in values)
    yield "</dl>"


def _strips(report: Report) -> Iterator[str]:
    total = len(report.score.disagreements)
    yield f"<h2>{_both('Selisih', 'Disagreements')} ({total})</h2>"
    if not total:
        text = ("Tidak ada lintasan yang diperselisihkan.", "No crossing is disputed.")
        yield f"<p>{_both(*text)}</p>"
        return
    shown = len(report.strips)
    if shown < total:
        yield f"<p>{_both(f'{shown} dari {total} ditampilkan.', f'{shown} of {total} are shown.')}</p>"
    yield f"<p>{_both('Kuning: garis hitung; biru: jejak titik tanah.', 'Yellow: counting line; blue: ground path.')}</p>"
    for strip in report.strips:
        yield from _strip(strip)


def _strip(strip: Strip) -> Iterator[str]:
    mark = strip.what.mark
    yield f"<figure><figcaption><b>{_word(strip.what.kind)}</b> · {mark.t_s:.1f} s · {escape(strip.line.name)} "
    yield f"({escape(local_id(strip.line.id))}) · {_word(mark.direction)} · {_word(mark.road_user)}</figcaption>"
    if any(picture.jpeg for picture in strip.pictures):
        yield "<div class=strip>"
        yield from (_picture(picture, strip) for picture in strip.pictures if picture.jpeg)
        yield "</div>"
    else:
        yield f"<p>{_both('Tidak ada gambar.', 'No picture.')}</p>"
    yield "</figure>"


def _picture(picture: Picture, strip: Strip) -> str:
    x1, y1, x2, y2 = picture.window
    width = 320.0
    height = width * (y2 - y1) * picture.size[1] / ((x2 - x1) * picture.size[0])

    def at(x: float, y: float) -> str:
        return f"{(x - x1) / (x2 - x1) * width:.1f},{(y - y1) / (y2 - y1) * height:.1f}"

    start, end = (at(*point).split(",") for point in (strip.line.start, strip.line.end))
    drawn = [f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" stroke="#ffd400" stroke-width="2.5"/>']
    for path in strip.paths:
        points = " ".join(at(x, y) for _, x, y in path)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="#3aa0ff" stroke-width="1.5" opacity=".8"/>')
        here = min(path, key=lambda p: abs(p[0] - picture.t_s))
        if abs(here[0] - picture.t_s) < 0.5:
            x, y = at(here[1], here[2]).split(",")
            drawn.append(f'<circle cx="{x}" cy="{y}" r="5" fill="#3aa0ff" stroke="#fff"/>')
    data = base64.b64encode(picture.jpeg).decode()
    return (
        f'<svg viewBox="0 0 {width:g} {height:.1f}" role="img" aria-label="{picture.t_s:.1f} s">'
        f'<image href="data:image/jpeg;base64,{data}" width="{width:g}" height="{height:.1f}" preserveAspectRatio="none"/>'
        f'{"".join(drawn)}<text x="6" y="16" fill="#fff" font-size="13">{picture.t_s:.1f} s</text></svg>'
    )
