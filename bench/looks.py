"""What stills of a taught zone look like to everything that `bench.scene` compares; each still is looked at once and kept.

mobilenet   the embedding that Pantau uses (`pantau.see.embed`)
detector    the last map of the detector's own network, pooled the same way: no second model would be needed
colours     the mean colour of the zone (naive)
greys       the zone in 32 x 24 greys (naive)
aim         whether camera health would say that the camera was moved (`pantau.measure.aim`), against one clear still
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import openvino

from bench import data
from bench.compose.scene import Scene, read
from bench.compose.taught import Kind, stills
from bench.parking import boxes
from pantau.measure.aim import Aim, features
from pantau.measure.health import INNER, MOVED
from pantau.measure.taught import widened
from pantau.places import Zone
from pantau.see.embed import crop, load_embedder
from pantau.see.registry import model
from pantau.types import EPOCH, Detections, Frame, Image, Tracks, View

Array = npt.NDArray[Any]

DETECTOR_MAP: Final = "Conv_686"
"""The detector's map of 1/32 of the picture, 480 features, before its heads."""
SIDE: Final = 224


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Rows are stills that showed enough: vectors by name (N, D), what each is of, how it is aimed; `hidden` stills showed too little."""

    zone: Zone
    vectors: dict[str, Array]
    greys: Array
    day: Array
    hour: Array
    state: Array
    aim: Array
    hidden: int


class DetectorMap:
    """The detector's own features of a zone, pooled over what is seen of it."""

    def __init__(self) -> None:
        loaded = data.loaded("centernet")
        core = openvino.Core()
        network = core.read_model(model("centernet").path(data.models()))
        network.add_outputs(DETECTOR_MAP)
        network.reshape([1, SIDE, SIDE, 3])
        self._run = core.compile_model(network, "CPU", {"INFERENCE_NUM_THREADS": 1})
        self._at = len(network.outputs) - 1
        del loaded  # it is fetched and checked by now

    def vector(self, window: Image, seen: npt.NDArray[np.bool_]) -> Array:
        """Of a window (H, W, 3) BGR and what is seen of it: length 1."""
        scaled = cv2.resize(window, (SIDE, SIDE), interpolation=cv2.INTER_AREA)[None, ..., ::-1].astype(np.float32)
        found = np.asarray(self._run([np.ascontiguousarray(scaled)])[self._at])[0]
        weight = cv2.resize(seen.astype(np.float32), found.shape[:0:-1], interpolation=cv2.INTER_AREA)
        pooled = np.sqrt(np.maximum(np.einsum("chw,hw->c", found, weight / max(float(weight.sum()), 1e-6)), 0))
        return np.asarray(pooled / max(float(np.linalg.norm(pooled)), 1e-9))


def look(place: str, kind: Kind) -> Looks:
    """Every still of a function at a place."""
    scene = read(stills(place, kind))
    zone, path = scene.camera.zones[0], scene.pictures[0].parent.parent / "looks.npz"
    if not path.is_file():
        _keep(scene, zone, path)
    with np.load(path) as kept:
        parts = {name: kept[name] for name in kept.files}
    truth = [scene.truth[row] for row in parts["row"]]
    return Looks(
        zone=zone,
        vectors={name: parts[name].astype(np.float64) for name in ("mobilenet", "detector", "colours")},
        greys=parts["greys"],
        day=np.array([int(row["day"]) for row in truth]),
        hour=np.array([float(row["hour"]) for row in truth]),
        state=np.array([row["state"] for row in truth]),
        aim=parts["aim"],
        hidden=len(scene.truth) - len(truth),
    )


def _keep(scene: Scene, zone: Zone, path: Path) -> None:
    """Look at every picture, and write what was seen."""
    embedder, mapped = load_embedder(data.models()), DetectorMap()
    found = boxes(scene)
    reference = _reference(scene, found)
    rows: dict[str, list[Any]] = {name: [] for name in ("row", "mobilenet", "detector", "colours", "greys", "aim")}
    for number, (image, seen) in enumerate(zip(scene.images(), found, strict=True)):
        hidden = widened(seen.xyxy)
        vector = embedder.embed(image, zone.polygon, hidden)
        cut = crop(image, zone.polygon, hidden)
        if vector is None or cut is None:  # hidden: it would not be asked
            continue
        grey = cv2.resize(cv2.cvtColor(cut[0], cv2.COLOR_BGR2GRAY), (32, 24), interpolation=cv2.INTER_AREA).ravel()
        view = View(Frame(scene.camera.id, EPOCH + timedelta(seconds=number), image, number, 0.0), seen, Tracks.empty())
        said = (number, vector, mapped.vector(*cut), _colour(*cut), grey, Aim(reference, INNER, MOVED).judge(view)[0])
        for name, value in zip(rows, said, strict=True):
            rows[name].append(value)
    print(f"{scene.name}: {len(rows['row'])} of {len(found)} seen", file=sys.stderr)
    partial = path.with_suffix(".partial.npz")
    arrays = {name: np.array(values) for name, values in rows.items()}
    np.savez(partial, **arrays)  # type: ignore[arg-type]  # none is named as its own keyword
    partial.replace(path)


def _reference(scene: Scene, found: Sequence[Detections]) -> str:
    """Where the camera looks, as health would have learned it: of the normal still that is nearest to noon."""
    normal = [n for n, row in enumerate(scene.truth) if row["state"] == "normal"]
    noon = min(normal, key=lambda n: abs(float(scene.truth[n]["hour"]) - 12))
    return features(np.asarray(cv2.imread(str(scene.pictures[noon])), np.uint8), found[noon].xyxy).text()


def _colour(window: Image, seen: npt.NDArray[np.bool_]) -> Array:
    mean = window[seen].mean(axis=0) / 255
    colour = np.concatenate([mean, 1 - mean])
    return np.asarray(colour / np.linalg.norm(colour))
