"""What a new detector beside the old one says and costs: `python -m bench.shadow [--quick]`.

* ``pets``, ``traffic``: the bridge ratio from CenterNet to the detector for crossroads on the two clips with lines, by the code of
  ``pantau models try --clip``: new ÷ old counts, its 95 % interval, and what the two agree on one by one; `truth` are the labelled
  crossings, which the command does not know.
* ``loop``: a camera's loop over PETS at the pace of its clock, with the shadow (the other detector in its process of idle time) seated for
  every second `BLOCK_S`; milliseconds per sample with and without it, alternating within one run, so that what else the computer does is
  on both sides; and the city's own processor time per sample (decoding and feeding the shadow with it, the shadow's process not), which
  a busy computer disturbs less. `share` is how many of the samples the shadow saw.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from bench import data
from pantau.camera_file import load_one_camera
from pantau.commands.plan import Nowhere
from pantau.commands.trials import compare_clip
from pantau.evaluate.bridge import ALL, bridges, read_stretch
from pantau.findings import Live
from pantau.ingest.decode import wall_clock
from pantau.ingest.sources import SourceOptions, open_source
from pantau.measure.analysers import analyser
from pantau.pipeline import Parts, watch
from pantau.places import Camera
from pantau.ports import Detector, Source
from pantau.replay import Models, keys_of
from pantau.see.tracker import TwoStageTracker
from pantau.shadow.follower import Follower
from pantau.shadow.idle import detector_of
from pantau.shadow.witness import Witness
from pantau.store.trials import Trial, Trials
from pantau.types import EPOCH, Run

OLD: Final = "centernet"
NEW: Final = "crossroad"
BLOCK_S: Final = 10.0
WARM_S: Final = 3.0
"""Of each block, left out: a seat takes a moment to be taken and given back."""
SOURCE_FPS: Final = 29.97
LIMIT_S: Final = 120.0


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the loop for 40 seconds, and only traffic's ratio")
    options = parser.parse_args()
    for name in (OLD, NEW):
        data.loaded(name)
    figures: dict[str, object] = {}
    for clip in ("traffic",) if options.quick else ("pets", "traffic"):
        figures |= {f"{clip}.{key}": value for key, value in ratio(clip).items()}
    figures |= {f"loop.{key}": value for key, value in loop(40.0 if options.quick else 79.0).items()}
    data.report("shadow", figures, "PETS09-S2L1 and traffic/frames; CenterNet and crossroad-0078", quick=options.quick)


def camera_of(clip: str) -> Camera:
    """The clip's camera, with its example's lines, counting everybody."""
    source = data.vtest() if clip == "pets" else data.data_folder() / "traffic" / "frames"
    camera = load_one_camera(data.ROOT / "examples" / f"{clip}.toml")
    return replace(camera, source=str(source), detector=OLD, analysers=("visitors", "traffic"))


def ratio(clip: str) -> dict[str, object]:
    """The bridge of a clip, at every frame the clip has up to ten a second."""
    camera = camera_of(clip)
    models = Models(data.models(), "f32")
    (bridge,) = bridges(compare_clip(camera, NEW, models, Nowhere(), None if clip == "pets" else SOURCE_FPS))
    family = "person" if clip == "pets" else "vehicle"
    rows = [row for row in bridge.rows if not row.place and row.road_user in {family, ALL}]
    pooled = next((row for row in rows if row.road_user == family), rows[0])
    labels = json.loads((data.data_folder() / "labels" / f"{clip}.json").read_text("utf-8"))
    return {
        "ratio": round(pooled.ratio or 0.0, 3),
        "interval": [round(end, 3) for end in pooled.interval] if pooled.interval else None,
        "old": int(pooled.old),
        "new": int(pooled.new),
        "both": pooled.both,
        "fps": camera.fps,
        "truth": sum(len(line["crossings"]) for line in labels["lines"]),
    }


class Toggle:
    """A board that seats the shadow for every second block, keeps what each sample took, and ends the source in time."""

    def __init__(self, witness: Witness, source: Source, length_s: float) -> None:
        self._witness, self._source, self._length_s = witness, source, length_s
        self._begin = time.monotonic()
        self.took: dict[bool, list[float]] = {True: [], False: []}
        self.cpu: dict[bool, list[float]] = {True: [], False: []}
        self._cpu_s = time.process_time()

    def post(self, live: Live) -> None:
        """One more sample."""
        since_s = time.monotonic() - self._begin
        seated = int(since_s // BLOCK_S) % 2 == 1
        if seated and not self._witness.seated:
            self._witness.seat()
        elif not seated and self._witness.seated:
            self._witness.rise()
        before_s, self._cpu_s = self._cpu_s, time.process_time()
        if live.step_ms and since_s % BLOCK_S >= WARM_S:
            self.took[seated].append(live.step_ms)
            self.cpu[seated].append((self._cpu_s - before_s) * 1000)
        if since_s >= self._length_s:
            self._source.close()

    def looked_at(self, camera: str) -> bool:
        """Nobody does."""
        del camera
        return False


def loop(length_s: float) -> dict[str, object]:
    """Milliseconds per sample of a camera's loop with and without a shadow."""
    camera, models, now = camera_of("pets"), Models(data.models(), "f32"), wall_clock()
    detector = models.detector(OLD)
    with tempfile.TemporaryDirectory(prefix="shadow-") as folder:
        trials = Trials(Path(folder))
        trial = Trial(model=NEW, cameras=(camera.id,), started=now, until=now + timedelta(hours=1))
        trials.begin(trial)
        follower = Follower(trials, lambda name: partial(detector_of, name, data.models(), "f32"))
        (witness,) = follower.witness(camera, detector.method)
        begin = time.monotonic()
        while not witness.seated and time.monotonic() - begin < LIMIT_S:
            follower.turn(now)
            time.sleep(0.2)
        witness.rise()
        source = open_source(camera, SourceOptions(start=EPOCH, pace="real"))
        toggle = Toggle(witness, source, length_s)
        _watch(camera, source, detector, witness, toggle)
        follower.stop()
        (bridge,) = bridges(read_stretch(line) for line in trials.counts(trial))
    cpu_ms = {seated: statistics.fmean(spent) for seated, spent in toggle.cpu.items()}
    return figures_of(toggle.took) | {
        "cpu_ms": round(cpu_ms[False], 2),
        "cpu_ms_beside": round(cpu_ms[True], 2),
        "cpu_ratio": round(cpu_ms[True] / cpu_ms[False], 3),
        "share": round(bridge.share, 3),
    }


def _watch(camera: Camera, source: Source, detector: Detector, witness: Witness, board: Toggle) -> None:
    """The camera's loop, with a witness as in a running city."""
    analysers = tuple(analyser(name)(camera, 1 / camera.fps) for name in camera.analysers)
    run = Run(
        id="shadow", camera=camera.id, kind="replay", started=EPOCH, keys=keys_of(analysers), method={},
        cadence_s={a.family: a.needs.cadence_s for a in analysers},
    )  # fmt: skip
    watch(
        Parts(
            camera=camera, run=run, source=source, detector=detector, tracker=TwoStageTracker(),
            analysers=(*analysers, witness), sink=Nowhere(), board=board,
        )
    )  # fmt: skip


def figures_of(took: Mapping[bool, Sequence[float]]) -> dict[str, object]:
    """Medians and 95th percentiles, with the shadow and without, and their ratios."""
    alone, beside = sorted(took[False]), sorted(took[True])
    p95 = [times[int(0.95 * len(times))] for times in (alone, beside)]
    medians = [statistics.median(alone), statistics.median(beside)]
    return {
        "ms": round(medians[0], 2),
        "ms_beside": round(medians[1], 2),
        "ratio": round(medians[1] / medians[0], 3),
        "p95_ms": round(p95[0], 2),
        "p95_ms_beside": round(p95[1], 2),
        "p95_ratio": round(p95[1] / p95[0], 3),
        "samples": [len(alone), len(beside)],
    }


if __name__ == "__main__":
    main()
