"""How well identities hold, and what it costs: `python -m bench.tracking [--quick]`.

Six MOT15 sequences with their public detections; HOTA, MOTA and IDF1 by the independent package ``trackeval`` on all boxes
pooled, at full rate and at about 5 frames a second. *Fixed* cameras are what Pantau is for (PETS09-S2L1, KITTI-17, Venice-2);
the *moving* ones are shown for honesty. No sequence has settings of its own: they are those of the counts, with thresholds
that follow from the detector's confidences (`pantau.see.mot`). Peers run with their defaults at the true rate.

The fixed sequences were looked at while our settings were chosen, so there is a second figure, `fixed_loo`: for each of the
fixed sequences, everyone's setting is the one of as many trials (`bench.peers`) that is best (HOTA + IDF1) on the *other two*.
`better` is the 95 % interval of ours less the peer's of that, paired, by a bootstrap over stretches of `STRETCH_S` of all three.

`by_sequence` is there so that a pooled figure can't hide one. Time is CPU of one thread of the trackers' own step, on a made scene of 20 and 100 walkers,
turn by turn with the peers.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

import numpy as np
import trackeval

from bench import data
from bench.peers import OURS, PEERS, TRIALS, Peer
from pantau.geometry import box_iou
from pantau.see.mot import clear_confidence, comparable, read_mot, track_mot
from pantau.see.tracker import TwoStageTracker
from pantau.types import EPOCH, Detections, Floats, Ints

RATE: Final = {
    "PETS09-S2L1": (10.0, 2),  # as its clip says; see the measuring data's README
    "KITTI-17": (10.0, 2),
    "Venice-2": (30.0, 6),
    "ADL-Rundle-8": (30.0, 6),
    "ETH-Pedcross2": (14.0, 3),
    "ETH-Sunnyday": (14.0, 3),
}
"""Frames a second, and the step that leaves about five."""

FIXED: Final = ("PETS09-S2L1", "KITTI-17", "Venice-2")
MOVING: Final = ("ADL-Rundle-8", "ETH-Pedcross2", "ETH-Sunnyday")
OBJECTS: Final = (20, 100)
STRETCH_S: Final = 8.0
DRAWS: Final = 500

Result = Mapping[int, tuple[Ints, Floats]]
"""Ids and boxes by frame."""

Track = Callable[[str, int], Result]

Sums = Mapping[str, Any]
"""What trackeval has counted of a sequence, by metric."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A sequence as it is given: detection lines, boxes by frame, truth by frame, number of frames."""

    lines: Sequence[str]
    boxes: Mapping[int, Detections]
    truth: data.Truth
    frames: int


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the fixed cameras at 5 frames a second, short timing")
    quick = parser.parse_args().quick
    figures = standing(ours(), quick=quick)
    times = timing(60 if quick else 200)
    figures["us_per_frame"], figures["trials"] = times.pop("ours"), TRIALS
    figures["peers"] = {name: {**standing(by(name), quick=quick), "us_per_frame": times[name]} for name in PEERS}
    for slow in (True,) if quick else (True, False):
        mine = left_out("ours", [ours(trial) for trial in range(TRIALS)], slow=slow)
        _at(figures, slow=slow)["fixed_loo"] = summed(mine.whole)
        for name in PEERS:
            theirs = left_out(name, [by(name, trial) for trial in range(TRIALS)], slow=slow)
            found = {**summed(theirs.whole), "better": better(mine, theirs)}
            _at(figures["peers"][name], slow=slow)["fixed_loo"] = found
    data.report("tracking", figures, "MOT15 training sequences, public detections", quick=quick)


def _at(figures: dict[str, Any], *, slow: bool) -> dict[str, Any]:
    found: dict[str, Any] = figures["at5fps"] if slow else figures
    return found


def standing(track: Track, *, quick: bool) -> dict[str, Any]:
    """Pooled figures of a tracker, at full rate and at about 5 frames a second."""
    out: dict[str, Any] = {"at5fps": {"fixed": judged(track, FIXED, slow=True)}}
    if not quick:
        out["fixed"], out["moving"] = judged(track, FIXED, slow=False), judged(track, MOVING, slow=False)
        out["at5fps"]["moving"] = judged(track, MOVING, slow=True)
        out["by_sequence"] = {name: judged(track, (name,), slow=False) for name in FIXED}
        out["at5fps"]["by_sequence"] = {name: judged(track, (name,), slow=True) for name in FIXED}
    return out


def ours(trial: int = 0) -> Track:
    """Pantau's tracks, through the text that `pantau track` reads and writes."""

    def track(name: str, step: int) -> Result:
        clear = clear_confidence(comparable(load(name).boxes))
        tracker = TwoStageTracker(OURS[trial].for_detector(clear))
        rows: dict[int, list[list[float]]] = {}
        for line in track_mot(load(name).lines, RATE[name][0], step, tracker):
            frame, number, left, top, width, height = (float(v) for v in line.split(",")[:6])
            rows.setdefault(int(frame), []).append([number, left, top, left + width, top + height])
        tables = {frame: np.array(values) for frame, values in rows.items()}
        return {frame: (t[:, 0].astype(np.int64), t[:, 1:].astype(np.float32)) for frame, t in tables.items()}

    return track


def by(peer: str, trial: int = 0) -> Track:
    """A peer's tracks."""

    def track(name: str, step: int) -> Result:
        tracker, sequence = Peer(peer, RATE[name][0] / step, trial), load(name)
        found = ((f, sequence.boxes.get(f, Detections.empty())) for f in range(1, sequence.frames + 1, step))
        return {frame: tracker.step(boxes)[:2] for frame, boxes in found}

    return track


@cache
def load(name: str) -> Recording:
    """A sequence of the measuring data."""
    lines = (data.data_folder() / "mot15" / name / "det.txt").read_text("utf-8").splitlines()
    boxes, truth = read_mot(lines), data.truth(name)
    return Recording(lines, boxes, truth, max(*boxes, int(truth.frame.max())))


def judged(track: Track, names: Sequence[str], *, slow: bool) -> dict[str, float]:
    """HOTA, MOTA and IDF1 of a tracker over some sequences, by trackeval."""
    return summed([counted(track, name, slow=slow) for name in names])


def counted(track: Track, name: str, *, slow: bool) -> Sums:
    """What trackeval counts of one sequence."""
    step = RATE[name][1] if slow else 1
    return _count(load(name), track(name, step), range(1, load(name).frames + 1, step))


def stretches(track: Track, name: str, *, slow: bool) -> list[Sums]:
    """The same for each stretch of `STRETCH_S` by itself."""
    step = RATE[name][1] if slow else 1
    sequence, result = load(name), track(name, step)
    frames = range(1, sequence.frames + 1, step)
    length = max(1, round(STRETCH_S * RATE[name][0] / step))
    return [_count(sequence, result, frames[i : i + length]) for i in range(0, len(frames), length)]


def _count(sequence: Recording, result: Result, frames: Sequence[int]) -> Sums:
    table = compared(sequence, result, frames)
    return {metric.get_name(): metric.eval_sequence(table) for metric in _metrics()}


@cache
def _metrics() -> tuple[Any, ...]:
    with contextlib.redirect_stdout(io.StringIO()):  # it announces its settings
        quiet = {"PRINT_CONFIG": False}
        return trackeval.metrics.HOTA(), trackeval.metrics.CLEAR(quiet), trackeval.metrics.Identity(quiet)


def summed(parts: Sequence[Sums]) -> dict[str, float]:
    """HOTA, MOTA and IDF1 of several sequences or stretches together."""
    pooled = {
        metric.get_name(): metric.combine_sequences({str(i): part[metric.get_name()] for i, part in enumerate(parts)})
        for metric in _metrics()
    }
    return {
        "hota": round(float(np.mean(pooled["HOTA"]["HOTA"])), 4),
        "mota": round(float(pooled["CLEAR"]["MOTA"]), 4),
        "idf1": round(float(pooled["Identity"]["IDF1"]), 4),
        "switches": int(pooled["CLEAR"]["IDSW"]),
        "n": int(pooled["CLEAR"]["CLR_TP"] + pooled["CLEAR"]["CLR_FN"]),
    }


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Each fixed sequence with the setting that is best on the others: whole sequences, and their stretches."""

    whole: list[Sums]
    parts: list[Sums]


def left_out(name: str, trials: Sequence[Track], *, slow: bool) -> LeftOut:
    """Choose a setting for each fixed sequence without looking at it."""
    _say(f"{name}, one sequence left out{' at 5 fps' if slow else ''}")
    found = [{sequence: counted(track, sequence, slow=slow) for sequence in FIXED} for track in trials]
    chosen = {
        held: max(range(len(trials)), key=lambda n: _good([found[n][s] for s in FIXED if s != held])) for held in FIXED
    }
    parts = [part for s in FIXED for part in stretches(trials[chosen[s]], s, slow=slow)]
    return LeftOut([found[chosen[s]][s] for s in FIXED], parts)


def _good(parts: Sequence[Sums]) -> float:
    figures = summed(parts)
    return figures["hota"] + figures["idf1"]


def better(mine: LeftOut, theirs: LeftOut) -> dict[str, tuple[float, float]]:
    """95 % intervals of our HOTA and IDF1 less theirs, the same stretches drawn for both."""
    random, n = np.random.default_rng(0), len(mine.parts)
    gains: dict[str, list[float]] = {"hota": [], "idf1": []}
    for _ in range(DRAWS):
        drawn = random.integers(0, n, n)
        a, b = (summed([one.parts[i] for i in drawn]) for one in (mine, theirs))
        for name, values in gains.items():
            values.append(a[name] - b[name])
    low_high = {name: np.quantile(values, (0.025, 0.975)) for name, values in gains.items()}
    return {name: (round(float(low), 4), round(float(high), 4)) for name, (low, high) in low_high.items()}


def compared(sequence: Recording, result: Result, frames: Sequence[int]) -> dict[str, Any]:
    """The table that trackeval's metrics read: ids counted from 0, and the overlap of every true and tracked box."""
    nothing = (np.empty(0, np.int64), np.empty((0, 4), np.float32))
    true = [sequence.truth.of(frame) for frame in frames]
    mine = [result.get(frame, nothing) for frame in frames]
    true_ids, true_count = _from_zero([ids for ids, _ in true])
    my_ids, my_count = _from_zero([ids for ids, _ in mine])
    return {
        "num_timesteps": len(frames),
        "gt_ids": true_ids,
        "tracker_ids": my_ids,
        "similarity_scores": [box_iou(a, b) for (_, a), (_, b) in zip(true, mine, strict=True)],
        "num_gt_ids": true_count,
        "num_tracker_ids": my_count,
        "num_gt_dets": sum(len(ids) for ids in true_ids),
        "num_tracker_dets": sum(len(ids) for ids in my_ids),
    }


def timing(frames: int) -> dict[str, dict[str, float]]:
    """CPU microseconds per frame of ours and of each peer, at 20 and 100 walkers."""
    out: dict[str, dict[str, float]] = {name: {} for name in ("ours", *PEERS)}
    for n in OBJECTS:
        _say(f"time at {n}")
        scene = walkers(n, frames)
        tracker, peers = TwoStageTracker(), {name: Peer(name, 5.0) for name in PEERS}
        spent: dict[str, list[float]] = {name: [] for name in out}
        for number, found in enumerate(scene):
            moment = EPOCH + timedelta(seconds=number / 5)
            spent["ours"].append(_cpu_us(lambda: tracker.step(found, moment)))  # noqa: B023  # called at once
            for name, peer in peers.items():
                boxes = peer.boxes(found)
                spent[name].append(_cpu_us(lambda: peer.update(boxes)))  # noqa: B023  # called at once
        for name, values in spent.items():
            out[name][str(n)] = round(float(np.median(values[10:])), 1)
    return out


def walkers(n: int, frames: int) -> list[Detections]:
    """`n` people who walk straight on in a picture of 1920 by 1080 and turn at its edges, seen with some error."""
    random = np.random.default_rng(n)
    place, speed = random.uniform((0, 0), (1920, 1080), (n, 2)), random.normal(0, 12, (n, 2))
    scene = []
    for _ in range(frames):
        place = place + speed
        speed = np.where((place < 0) | (place > (1920, 1080)), -speed, speed)
        seen = place + random.normal(0, 1.5, (n, 2))
        half = np.array([14, 40])
        boxes = np.concatenate([seen - half, seen + half], axis=1).astype(np.float32)
        scene.append(Detections(boxes, random.uniform(0.75, 0.95, n).astype(np.float32), np.zeros(n, np.int64)))
    return scene


def _cpu_us(action: Callable[[], object]) -> float:
    start = time.thread_time_ns()
    action()
    return (time.thread_time_ns() - start) / 1_000


def _from_zero(frames: Sequence[Ints]) -> tuple[list[Ints], int]:
    """Ids counted from 0 in order of their size, and how many there are."""
    known = np.unique(np.concatenate([*frames, np.empty(0, np.int64)]))
    return [np.searchsorted(known, ids).astype(np.int64) for ids in frames], len(known)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
