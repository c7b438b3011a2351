"""How right are the counts: `python -m bench.counting [--quick]`.

PETS09-S2L1 (84 crossings of six lines), dense traffic (39 of three) and a lane from above (four cars), each sampled at no
more than 5 frames a second by Pantau's own cadence, scored by the scorer that outsiders use (± 1 s, class group, direction).
Peers get the same boxes (confidence 0.3 and more) and the usual rule: the ground point steps over the line, and must get
8 px (6 on traffic) beyond it before it can count again. Each is shown with its defaults, and with the `best` of as many
settings as ours had (`bench.peers`), chosen with the truth in hand, which ours is not: `better` is the paired interval of our
accuracy with our defaults less that best. But our defaults were chosen while looking at these clips
(docs/methods/counting.md): the margins flatter us all the same, and only other footage can say by how much.

`phases` starts the sampling at each possible frame: the spread says how much of a figure is luck, `mean` is what to expect. `step2_change` is the
share by which the number of counts changes when every second frame of what is analysed at 10 per second is left out.
`crossroad` repeats ours with the detector made for crossroads, where the default one can't see (the lane from above).
`disagreements` names what was missed and counted over, so that anyone can look at those frames.
`rule_ceiling` gives the counting true boxes, so what is missing there is the rule's own fault.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, get_args

import numpy as np

from bench import data, score
from bench.peers import OURS, PEERS, TRIALS, Peer
from bench.score import Count, Labels, Row
from pantau.cadence import Cadence
from pantau.geometry import along_line, side_of_line
from pantau.measure.crossing import CrossingCounter, Passage
from pantau.see.tracker import TrackerSettings, TwoStageTracker
from pantau.types import CLASSES, EPOCH, Detections

FPS: Final = 5.0
PEER_CONFIDENCE: Final = 0.3
PEER_PIXELS: Final = {"pets": 8.0, "traffic": 6.0, "car": 8.0}
SLOW: Final = 10.0

Boxes = Sequence[Detections]


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one phase, no second detector")
    quick = parser.parse_args().quick
    clips: dict[str, tuple[Labels, Boxes]] = {
        clip: (score.labels(clip), data.detections(clip)) for clip in get_args(data.Clip)
    }
    figures: dict[str, object] = {}
    lines: dict[str, object] = {}
    for clip, (truth, boxes) in clips.items():
        _say(f"ours on {clip}")
        counted = score.count(truth, ours(truth, boxes, FPS))
        figures |= _of(clip, counted, rate(truth, boxes))
        lines[clip] = counted.lines
        spread = [score.count(truth, ours(truth, boxes, FPS, skip)).accuracy for skip in phases(truth, quick=quick)]
        figures |= {f"{clip}.phases": spread, f"{clip}.mean": round(float(np.mean(spread)), 4)}
    figures["car.hits"] = _hits(figures, "car")
    figures["lines"] = lines
    figures["step2_change"] = {clip: step2_change(*clips[clip]) for clip in ("pets", "traffic")}
    figures["rule_ceiling"] = score.count(clips["pets"][0], ours(clips["pets"][0], true_boxes(), FPS)).accuracy
    figures["disagreements"] = {clip: disagreements(*clips[clip]) for clip in clips}
    figures["trials"] = TRIALS
    figures["best_of_ours"] = {clip: best_of_ours(*clips[clip]) for clip in ("pets", "traffic")}
    figures["peers"] = {name: against(name, clips) for name in PEERS}
    if not quick:
        figures["crossroad"] = crossroad(clips)
    data.report("counting", figures, "PETS09-S2L1, opendatacam traffic, intel car-detection", quick=quick)


def samples(truth: Labels, boxes: Boxes, fps: float, skip: int = 0) -> Iterator[tuple[float, Detections]]:
    """Media time and boxes of the frames that the cadence takes, from frame `skip` on."""
    cadence = Cadence(1 / fps)
    for number in range(skip, len(boxes)):
        if cadence.take(number / truth.fps, 0):
            yield number / truth.fps, boxes[number]


def rate(truth: Labels, boxes: Boxes) -> float:
    """Frames analysed per second of clip."""
    times = [t for t, _ in samples(truth, boxes, FPS)]
    return round((len(times) - 1) / (times[-1] - times[0]), 3)


def ours(truth: Labels, boxes: Boxes, fps: float, skip: int = 0, settings: TrackerSettings | None = None) -> list[Row]:
    """Crossings as Pantau settles them."""
    tracker, counter = TwoStageTracker(settings), CrossingCounter(truth.lines)
    settled: list[Passage] = []
    for t, found in samples(truth, boxes, fps, skip):
        time = EPOCH + timedelta(seconds=t)
        settled += counter.step(time, truth.size, tracker.step(found, time))
    settled += counter.close()
    return [
        {
            "line": p.line.id,
            "direction": p.direction,
            "class": p.class_name,
            "t_s": (p.time - EPOCH).total_seconds(),
        }
        for p in settled
    ]


def usual(peer: Peer, truth: Labels, boxes: Boxes, fps: float) -> list[Row]:
    """Crossings by a peer's tracks and the usual rule: a step over the line counts; some pixels beyond it re-arm."""
    pixels = PEER_PIXELS[truth.clip]
    last: dict[tuple[int, str], tuple[float, float]] = {}
    waiting: set[tuple[int, str]] = set()
    rows: list[Row] = []
    for t, found in samples(truth, boxes, fps):
        ids, xyxy, classes = peer.step(found[found.confidence >= PEER_CONFIDENCE])
        ground = np.stack([(xyxy[:, 0] + xyxy[:, 2]) / 2, xyxy[:, 3]], axis=1)
        for line in truth.lines:
            start, end = np.multiply(line.start, truth.size), np.multiply(line.end, truth.size)
            distance, along = side_of_line(ground, start, end), along_line(ground, start, end)
            for track, d, a, class_id in zip(ids.tolist(), distance, along, classes, strict=True):
                key = (track, line.id)
                d0, a0 = last.get(key, (d, a))
                last[key] = (d, a)
                if abs(d) >= pixels:
                    waiting.discard(key)
                if d0 * d < 0 and 0 <= a0 + (a - a0) * d0 / (d0 - d) <= 1 and key not in waiting:
                    direction = "forward" if d > 0 else "backward"
                    rows.append({"line": line.id, "direction": direction, "class": CLASSES[class_id], "t_s": t})
                    if abs(d) < pixels:
                        waiting.add(key)
    return rows


def phases(truth: Labels, *, quick: bool) -> range:
    """Frames at which the sampling can begin, the first one apart."""
    return range(1) if quick else range(round(truth.fps / FPS))


def step2_change(truth: Labels, boxes: Boxes) -> float:
    """Share by which the number of counts changes from 10 to 5 analysed frames a second."""
    full, half = (len(ours(truth, boxes, fps)) for fps in (SLOW, SLOW / 2))
    return round(abs(full - half) / full, 4)


def true_boxes() -> Boxes:
    """The people of PETS as the truth has them, as if a detector saw everyone."""
    truth = data.truth("PETS09-S2L1")
    frames = [truth.of(frame)[1] for frame in range(1, int(truth.frame.max()) + 1)]
    return [Detections(xyxy, np.ones(len(xyxy), np.float32), np.zeros(len(xyxy), np.int64)) for xyxy in frames]


def disagreements(truth: Labels, boxes: Boxes) -> list[dict[str, object]]:
    """What ours missed (by frame of the truth) and counted over (by second of the clip)."""
    rows = ours(truth, boxes, FPS)
    return [
        {"kind": kind, "line": line, "direction": direction, "t_s": round(t_s, 2), "frame": round(t_s * truth.fps) + 1}
        for kind, line, direction, t_s in score.disagreements(truth, rows)
    ]


def best_of_ours(truth: Labels, boxes: Boxes) -> float:
    """The best accuracy of our own trials, as peers get it; not a figure to quote."""
    return max(score.count(truth, ours(truth, boxes, FPS, settings=trial)).accuracy for trial in OURS)


def against(name: str, clips: Mapping[str, tuple[Labels, Boxes]]) -> dict[str, object]:
    """A peer's accuracy on each clip, at our rate and at the clip's own; its best trial, and how ours differs from that."""
    out: dict[str, object] = {}
    for clip in ("pets", "traffic"):
        truth, boxes = clips[clip]
        trials = []
        for trial in range(TRIALS):
            _say(f"{name} on {clip}, trial {trial + 1} of {TRIALS}")
            trials.append(usual(Peer(name, FPS, trial), truth, boxes, FPS))
        counted = [score.count(truth, rows) for rows in trials]
        best = max(range(TRIALS), key=lambda n: counted[n].accuracy)
        full = usual(Peer(name, truth.fps), truth, boxes, truth.fps)
        out |= {
            f"{clip}.accuracy": counted[0].accuracy,
            f"{clip}.interval": counted[0].interval,
            f"{clip}.best": counted[best].accuracy,
            f"{clip}.better": score.against(truth, ours(truth, boxes, FPS), trials[best]),
            f"{clip}.full_rate": score.count(truth, full).accuracy,
        }
    return out


def crossroad(clips: Mapping[str, tuple[Labels, Boxes]]) -> dict[str, object]:
    """Ours, with the detector for crossroads."""
    out: dict[str, object] = {}
    for clip in get_args(data.Clip):
        _say(f"crossroad on {clip}")
        truth = clips[clip][0]
        boxes = data.detections(clip, "crossroad")
        out |= _of(clip, score.count(truth, ours(truth, boxes, FPS)), rate(truth, boxes))
    out["car.hits"] = _hits(out, "car")
    return out


def _of(clip: str, counted: Count, fps: float) -> dict[str, object]:
    return {
        f"{clip}.accuracy": counted.accuracy,
        f"{clip}.interval": counted.interval,
        f"{clip}.fps": fps,
        f"{clip}.n": counted.truth,
        f"{clip}.missed": counted.missed,
        f"{clip}.over": counted.over,
    }


def _hits(figures: Mapping[str, object], clip: str) -> int:
    return int(str(figures[f"{clip}.n"])) - int(str(figures[f"{clip}.missed"]))


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
