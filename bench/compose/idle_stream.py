"""Streams of places where nearly nothing happens, as a camera sends them, and what is true of them.

A *bed* is five minutes of an empty place as H.264: real packets, with key frames every two or four seconds, the quality or the
rate held, no B-frames, no look-ahead. A *turn* is the same five minutes with somebody in it four times, a minute and more apart:
only the groups of pictures in which somebody is are encoded again, and put into the bed in the place of its own (each group
stands on its key frame alone). So hundreds of comings cost little, and between them the camera sends what it would send.

    bed.mp4  turn-0.mp4 …  truth.csv    a row for each coming

Two places are for tuning, three are only reported on.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from bench.compose.idle import DISTURBANCES, FPS, LIGHTS, Idle, Setting
from bench.compose.passer import HEIGHT, LEVELS, STAY_S, Passer, Wish, passer
from bench.compose.scene import Recipe

TUNED: Final = ("jalan", "foto-37")
REPORTED: Final = ("pelataran", "jalur", "foto-11")
SECONDS: Final = 300
FIRST_S: Final = 64.0
"""Before it nobody comes: the gate learns, and falls asleep."""
IDLE_S: Final = 61.0
"""At least so long nobody is there."""
LONGEST: Final = 90 + 2 * 40
"""Pictures that somebody needs at most, with the groups begun."""
WISHES: Final = tuple(Wish(*one) for one in product(HEIGHT, LEVELS, STAY_S))
KBPS_PER_MPIXEL: Final = 1500


@dataclass(frozen=True, slots=True)
class Bed:
    """One camera for five minutes: where, how it encodes, and how many turns there are."""

    setting: Setting
    group_s: int
    held: bool
    turns: int

    @property
    def name(self) -> str:
        """What it is, in a word."""
        s = self.setting
        return f"{s.place}-{s.light}-{s.disturbance}-{self.group_s}s-{'rate' if self.held else 'quality'}"

    @property
    def group(self) -> int:
        """Pictures from key frame to key frame."""
        return self.group_s * FPS


def beds(places: Sequence[str], each: int, turns: int) -> list[Bed]:
    """`each` beds a place: all disturbances in turn, with lights, groups and encoders mixed."""
    found = []
    for place in places:
        shift = (TUNED + REPORTED).index(place)
        for k in range(each):
            light, upset = LIGHTS[(k + shift) % 3], DISTURBANCES[k % 5]
            setting = Setting(place, light, upset, seed=1000 * (shift + 1) + k)
            found.append(Bed(setting, (2, 4)[k % 2], (k // 5 + shift) % 2 == 1, turns))
    return found


@dataclass(frozen=True, slots=True)
class Coming:
    """A row of truth: pictures [first, last) somebody is in sight, [middle, after) on the middle half of the way."""

    turn: int
    first: int
    last: int
    middle: int
    after: int
    size: str
    contrast: str
    speed: str
    kind: str
    height: float
    level: float


def made(bed: Bed) -> Path:
    """The bed's folder, made if it isn't there."""
    recipe = Recipe(maker=__name__, name=f"bed-{bed.name}", camera={}, every_s=1 / FPS, facts=(bed, SECONDS))
    folder, partial = recipe.folder, recipe.folder.with_suffix(".partial")
    if folder.is_dir():
        return folder
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    idle = Idle(bed.setting, SECONDS)
    every = range(SECONDS * FPS)
    _encode(bed, idle, partial / "bed.mp4", every, every, ())
    rows: list[Coming] = []
    for turn in range(bed.turns):
        people = list(_people(bed, idle, turn))
        again = [n for n in every if any(_group(p, bed).start <= n < _group(p, bed).stop for p, _ in people)]
        warm = range(again[0] - bed.group, again[0])  # the encoder's rate settles
        _encode(bed, idle, partial / f"turn-{turn}.mp4", [*warm, *again], again, [p for p, _ in people])
        rows += [_row(turn, p, level) for p, level in people]
    with (partial / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Coming.__slots__)
        writer.writerows([getattr(row, name) for name in Coming.__slots__] for row in rows)
    partial.replace(folder)
    return folder


def truth(folder: Path) -> list[Coming]:
    """Who comes in the turns of a bed."""
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as file:
        return [_coming(row) for row in csv.DictReader(file)]


def _coming(row: dict[str, str]) -> Coming:
    turn, first, last, middle, after = (int(row[name]) for name in Coming.__slots__[:5])
    size, contrast, speed, kind = (row[name] for name in Coming.__slots__[5:9])
    return Coming(
        turn, first, last, middle, after, size, contrast, speed, kind, float(row["height"]), float(row["level"])
    )


def packets(folder: Path, turn: int | None, bed: InputContainer) -> Iterator[Packet[VideoStream]]:
    """A turn's packets in order: the bed's (the open file), and the turn's own groups in the place of theirs."""
    own: dict[int, Packet[VideoStream]] = {}
    stream = bed.streams.video[0]
    if turn is not None:
        with av.open(str(folder / f"turn-{turn}.mp4")) as file:
            other = file.streams.video[0]
            if other.codec_context.extradata != stream.codec_context.extradata:
                raise ValueError(f"{folder}, turn {turn}: encoded otherwise than its bed")
            own = {number_of(packet): packet for packet in file.demux(other) if packet.size}
    for packet in bed.demux(stream):
        if packet.size:
            yield own.get(number_of(packet), packet)


def number_of(packet: Packet[VideoStream]) -> int:
    """Which picture it holds."""
    return round(float((packet.pts or 0) * packet.time_base) * FPS)


def _people(bed: Bed, idle: Idle, turn: int) -> Iterator[tuple[Passer, float]]:
    rng = np.random.default_rng((bed.setting.seed, 4, turn))
    order = np.random.default_rng(bed.setting.seed).permutation(len(WISHES))
    free = round((FIRST_S + float(rng.uniform(0, 6))) * FPS)
    for number in range(turn * 4, turn * 4 + 4):
        if free + LONGEST > SECONDS * FPS:
            return
        wish = WISHES[int(order[number % len(WISHES)])]
        one, level = passer(wish, idle, free, bed.group, rng)
        yield one, level
        free = one.last + round((IDLE_S + float(rng.uniform(0, 3))) * FPS)


def _group(one: Passer, bed: Bed) -> range:
    """Pictures of the groups in which somebody is."""
    return range(one.first // bed.group * bed.group, -(-one.last // bed.group) * bed.group)


def _row(turn: int, one: Passer, level: float) -> Coming:
    wish = one.wish
    kind = one.track.cuts[0].class_name
    times = (turn, one.first, one.last, *one.crossing)
    return Coming(
        *times, wish.size, wish.contrast, wish.speed, "person" if kind == "person" else "vehicle",
        round(one.height, 1), round(level, 1),
    )  # fmt: skip


def _encode(
    bed: Bed, idle: Idle, path: Path, numbers: Iterable[int], kept: Iterable[int], people: Sequence[Passer]
) -> None:
    """Encode the pictures `numbers`, which begin at a key frame, and write those `kept`, at their times."""
    wanted, order = frozenset(kept), list(numbers)
    width, height = idle.size
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.thread_count = 1
        video.options = _options(bed, width * height)
        waiting = iter(order)
        for place, number in enumerate(order):
            frame = av.VideoFrame.from_ndarray(_planes(idle, number, people), "yuv420p")
            frame.pts = place
            _mux(out, video.encode(frame), waiting, wanted)
        _mux(out, video.encode(None), waiting, wanted)


def _mux(
    out: av.container.OutputContainer,
    encoded: Iterable[Packet[VideoStream]],
    waiting: Iterator[int],
    wanted: frozenset[int],
) -> None:
    for packet in encoded:
        number = next(waiting)
        if number in wanted:
            packet.pts = packet.dts = round(number / FPS / packet.time_base)
            out.mux(packet)


def _planes(idle: Idle, number: int, people: Sequence[Passer]) -> npt.NDArray[np.uint8]:
    canvas = idle.picture(number)
    for one in people:
        if one.first <= number < one.last:
            one.draw(canvas, number, idle.bright)
    return idle.seen(canvas, number)


def _options(bed: Bed, pixels: int) -> dict[str, Any]:
    group = str(bed.group)
    kbps = f"{round(KBPS_PER_MPIXEL * pixels / 1e6)}k"
    # not "ultrafast": that sends no deblocking, which cameras do, and so pictures never drift where a decoder leaves it out
    rate = {"b": kbps, "maxrate": kbps, "bufsize": kbps} if bed.held else {"crf": "27"}
    return {
        "preset": "veryfast", "tune": "zerolatency", "g": group, "keyint_min": group, "sc_threshold": "0", "bf": "0", "refs": "1",
        "threads": "1", **rate,
    }  # fmt: skip
