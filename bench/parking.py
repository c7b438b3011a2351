"""Parking on composed scenes: `python -m bench.parking [--quick]`. Composite: real pixels, made scenes, exact truth.

Occupancy: a day in three car parks, one picture a minute. F1 of *occupied* over slots and pictures whose state is told;
what is unknown lowers the `coverage` beside it, and `occupancy_f1_strict` counts it as wrong. Figures of the places that
nothing was tuned on (`pelataran`, `jalur`) are the ones reported; `jalan` stands apart. Baselines get the same pictures and
boxes: the mean difference from the true empty slot, the edges on it, and a box whose middle lies on it, each with its one
threshold chosen on `jalan`. The control gives every slot the truth of another hour.

Street: one vehicle that stands 300 s behind 24 occlusions at each of two places (limit 60 s), and two red lights of 90 s.
Scenes from elsewhere: put folders as `bench.compose` describes them into PANTAU_SCENES; they are added to the report.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench import data
from bench.compose.car_park import car_park
from bench.compose.scene import Scene, read
from bench.compose.street import street
from pantau.measure.dwell import DwellAnalyser
from pantau.measure.parking import ParkingAnalyser
from pantau.places import Slot
from pantau.see.tracker import TwoStageTracker
from pantau.types import EPOCH, Detections, Frame, Image, Tracks, View

TUNED: Final = "jalan"
REPORTED: Final = ("pelataran", "jalur")
STREETS: Final = ("jalan", "pelataran")
SEED: Final = {"jalan": 1, "pelataran": 7, "jalur": 7}
"""Days that are reported are others than those that were looked at while the rules were made."""
DRAWS: Final = 1000

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Truth and answer of a scene: (pictures, slots); what is not `known` has no answer."""

    truth: Bools
    said: Bools
    known: Bools

    def f1(self) -> float:
        """Of occupied, where something was said."""
        return _f1(self.truth[self.known], self.said[self.known])

    def strict(self) -> float:
        """Of occupied, where silence is the wrong answer."""
        return _f1(self.truth.ravel(), np.where(self.known, self.said, ~self.truth).ravel())


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    hours, every_s = ((9.0, 10.2), 60.0) if quick else ((0.0, 24.0), 60.0)
    places = (TUNED, *REPORTED[: 1 if quick else 2])
    scenes = {place: read(car_park(place, hours=hours, every_s=every_s, seed=SEED[place])) for place in places}
    figures: dict[str, object] = _occupancy(scenes, quick=quick)
    figures |= _streets(quick=quick)
    figures |= _elsewhere()
    data.report(
        "parking", figures, "composite: cut-outs of opendatacam traffic, intel car-detection, PETS09-S2L1", quick=quick
    )


def _occupancy(scenes: dict[str, Scene], *, quick: bool) -> dict[str, object]:
    ours = {place: watch(scene) for place, scene in scenes.items()}
    naive = {place: baselines(scene) for place, scene in scenes.items()}
    tuned_truth = ours[TUNED].truth
    limits = {name: _best_limit(tuned_truth, scores) for name, scores in naive[TUNED].items()}
    reported = [place for place in scenes if place != TUNED]
    figures: dict[str, object] = {}
    for place in scenes:
        told = ours[place]
        figures |= {
            f"{place}.occupancy_f1": round(told.f1(), 4),
            f"{place}.occupancy_f1_strict": round(told.strict(), 4),
            f"{place}.coverage": round(float(told.known.mean()), 4),
        }
    pooled = _pooled([ours[place] for place in reported])
    judged = {
        name: [_judged(ours[place].truth, naive[place][name], limit) for place in reported]
        for name, limit in limits.items()
    }
    by_name = {name: _pooled(found).f1() for name, found in judged.items()}
    best = max(by_name, key=lambda name: by_name[name])
    rng = np.random.default_rng(5)
    figures |= {
        "occupancy_f1": round(pooled.f1(), 4),
        "occupancy_f1_interval": _interval([[ours[place] for place in reported]], rng, 100 if quick else DRAWS),
        "naive_gap_interval": _interval(
            [[ours[place] for place in reported], judged[best]], rng, 100 if quick else DRAWS
        ),
        "occupancy_f1_strict": round(pooled.strict(), 4),
        "coverage": round(float(pooled.known.mean()), 4),
        "n": int(pooled.known.sum()),
        "naive_f1": round(by_name[best], 4),
        **{f"naive.{name}": round(value, 4) for name, value in by_name.items()},
        "shuffled_f1": round(_pooled([_shuffled(ours[place], rng) for place in reported]).f1(), 4),
    }
    return figures


def watch(scene: Scene) -> Outcome:
    """What the parking analyser says of each slot in each picture."""
    every_s = 1 / scene.camera.fps
    analyser = ParkingAnalyser(scene.camera, every_s)
    names = [slot.id for slot in scene.camera.slots]
    said, known = [], []
    for number, (image, found) in enumerate(zip(scene.images(), boxes(scene), strict=True)):
        frame = Frame(scene.camera.id, EPOCH + timedelta(seconds=number * every_s), image, number + 1, number * every_s)
        states = {one.slot: one.state for one in analyser.step(View(frame, found, Tracks.empty())).slots}
        said.append([states[name] == "occupied" for name in names])
        known.append([states[name] != "unknown" for name in names])
    return Outcome(true_states(scene), np.array(said), np.array(known))


def true_states(scene: Scene) -> Bools:
    """(pictures, slots): occupied."""
    column = {slot.id.rsplit(".", 1)[-1]: number for number, slot in enumerate(scene.camera.slots)}
    truth = np.zeros((len(scene.pictures), len(column)), np.bool_)
    for row in scene.truth:
        truth[int(row["picture"]), column[row["slot"]]] = row["state"] == "occupied"
    return truth


def boxes(scene: Scene) -> tuple[Detections, ...]:
    """What the scene's detector sees, kept beside nothing: composed pictures are looked at once each run and detector."""
    detector = data.loaded(scene.camera.detector).open()
    path = scene.pictures[0].parent.parent / f"boxes-{scene.camera.detector}.npz"
    if not path.is_file():
        found = []
        for number, image in enumerate(scene.images()):
            found.append(detector.detect(image) or Detections.empty())
            if number % 100 == 0:
                print(f"{scene.name}: {number} of {len(scene.pictures)}", file=sys.stderr)
        data.keep(path, found)
    return data.kept(path)


def baselines(scene: Scene) -> dict[str, Floats]:
    """Per baseline (pictures, slots) a score that grows with occupancy."""
    first = next(iter(scene.images()))
    size = (first.shape[1], first.shape[0])
    masks = [_mask(slot, size) for slot in scene.camera.slots]
    empty = _empty_looks(scene, masks)
    scores: dict[str, list[list[float]]] = {"difference": [], "edges": [], "detector": []}
    for image, found in zip(scene.images(), boxes(scene), strict=True):
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        edges = cv2.Canny(grey, 80, 160)
        scores["difference"].append([_difference(grey, mask, look) for mask, look in zip(masks, empty, strict=True)])
        scores["edges"].append([float((edges[mask] > 0).mean()) for mask in masks])
        scores["detector"].append(_on_slots(found, masks))
    return {name: np.array(rows) for name, rows in scores.items()}


def _empty_looks(scene: Scene, masks: Sequence[Bools]) -> list[npt.NDArray[np.uint8] | None]:
    """The grey of each slot in the first picture in which it is truly free: a head start that we do not have."""
    truth = true_states(scene)
    looks: list[npt.NDArray[np.uint8] | None] = [None] * len(masks)
    for number, image in enumerate(scene.images()):
        for slot in [s for s in range(len(masks)) if looks[s] is None and not truth[number, s]]:
            looks[slot] = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)[masks[slot]]
        if all(look is not None for look in looks):
            break
    return looks


def _difference(grey: Image, mask: Bools, look: npt.NDArray[np.uint8] | None) -> float:
    return 0.0 if look is None else float(np.abs(grey[mask].astype(np.float64) - look).mean())


def _on_slots(found: Detections, masks: Sequence[Bools]) -> list[float]:
    """The confidence of the surest vehicle whose box has its middle on the slot."""
    middle = np.round((found.xyxy[:, :2] + found.xyxy[:, 2:]) / 2).astype(int)
    best = []
    for mask in masks:
        inside = [
            float(confidence)
            for (x, y), confidence, class_id in zip(middle, found.confidence, found.class_id, strict=True)
            if class_id and mask[min(y, mask.shape[0] - 1), min(x, mask.shape[1] - 1)]
        ]
        best.append(max(inside, default=0.0))
    return best


def _mask(slot: Slot, size: tuple[int, int]) -> Bools:
    drawn = np.zeros(size[::-1], np.uint8)
    cv2.fillPoly(drawn, [np.round(np.multiply(slot.polygon, size)).astype(np.int32)], (1,))
    return drawn.astype(np.bool_)


def _streets(*, quick: bool) -> dict[str, object]:
    parked, alarms, longest, occlusions, red, waiting = 0, 0, 0.0, 0, 0, 0
    for place in STREETS[1:] if quick else STREETS:
        scene = read(street(place, "kerb", seconds=100.0 if quick else None))
        over = overstays(scene)
        parked += 1
        alarms += len(over)
        occlusions = max(occlusions, *(int(row["occlusions"]) for row in scene.truth))
        longest = max([longest, *over.values()])
        scene = read(street(place, "red", seconds=112.0 if quick else None))
        red += len(overstays(scene))
        waiting += len(scene.truth)
    return {
        "illegal_alarms_per_vehicle": alarms / parked,
        "illegal_vehicles": parked,
        "occlusions": occlusions,
        "illegal_delay_s": round(longest, 1),
        "red_light_alarms": red,
        "red_light_vehicles": waiting,
    }


def overstays(scene: Scene) -> dict[str, float]:
    """Ids of the stays that went over their limit, and how long after their beginning that was said."""
    every_s = 1 / scene.camera.fps
    analyser, tracker = DwellAnalyser(scene.camera, every_s), TwoStageTracker()
    over: dict[str, float] = {}
    for number, (image, found) in enumerate(zip(scene.images(), boxes(scene), strict=True)):
        time = EPOCH + timedelta(seconds=number * every_s)
        frame = Frame(scene.camera.id, time, image, number + 1, number * every_s)
        for event in analyser.step(View(frame, found, tracker.step(found, time))).events:
            if event.attributes["stage"] == "over":
                over.setdefault(event.id, (time - event.start).total_seconds())
    return over


def _elsewhere() -> dict[str, object]:
    """Scenes that somebody else made."""
    folder = Path(os.environ.get("PANTAU_SCENES", ""))
    if not os.environ.get("PANTAU_SCENES") or not folder.is_dir():
        return {}
    found: dict[str, object] = {}
    for path in sorted(p for p in folder.iterdir() if (p / "truth.csv").is_file()):
        scene = read(path)
        if scene.camera.slots:
            told = watch(scene)
            found |= {
                f"{path.name}.occupancy_f1": round(told.f1(), 4),
                f"{path.name}.coverage": round(float(told.known.mean()), 4),
            }
        else:
            found[f"{path.name}.alarms"] = len(overstays(scene))
    return found


def _f1(truth: Bools, said: Bools) -> float:
    hit = int((truth & said).sum())
    wrong = int((truth != said).sum())
    return 2 * hit / (2 * hit + wrong) if hit + wrong else 1.0


def _judged(truth: Bools, scores: Floats, limit: float) -> Outcome:
    return Outcome(truth, scores > limit, np.ones_like(truth))


def _best_limit(truth: Bools, scores: Floats) -> float:
    limits = np.unique(np.quantile(scores, np.linspace(0.01, 0.99, 99)))
    return float(max(limits, key=lambda limit: _f1(truth.ravel(), (scores > limit).ravel())))


def _pooled(outcomes: Sequence[Outcome]) -> Outcome:
    """All of them as one, each slot-picture once."""

    def join(parts: Iterator[Bools]) -> Bools:
        return np.concatenate([part.ravel() for part in parts])[:, None]

    return Outcome(
        join(one.truth for one in outcomes), join(one.said for one in outcomes), join(one.known for one in outcomes)
    )


def _shuffled(told: Outcome, rng: np.random.Generator) -> Outcome:
    """The truth of every slot, moved by hours."""
    length = len(told.truth)
    moved = [
        np.roll(told.truth[:, slot], int(rng.integers(length // 4, 3 * length // 4)))
        for slot in range(told.truth.shape[1])
    ]
    return Outcome(np.stack(moved, axis=1), told.said, told.known)


def _interval(sides: Sequence[Sequence[Outcome]], rng: np.random.Generator, draws: int) -> tuple[float, float]:
    """95 % over the slots, not the pictures, of the F1 of one side, or of how much the first is above the second."""
    cut = [
        [Outcome(o.truth[:, [s]], o.said[:, [s]], o.known[:, [s]]) for o in side for s in range(o.truth.shape[1])]
        for side in sides
    ]
    drawn = []
    for _ in range(draws):
        rows = rng.integers(len(cut[0]), size=len(cut[0])).tolist()
        first, *others = (_pooled([slots[row] for row in rows]).f1() for slots in cut)
        drawn.append(first - sum(others))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


if __name__ == "__main__":
    main()
