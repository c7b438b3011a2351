"""Does the lake of V-FloodNet rise? `python -m bench.lake`, or as part of `python -m bench.water`.

Eight stills of a post that carries a stop sign and stands in a lake (Liang et al. 2023, `xmlyqing00/V-FloodNet`, assets/lake_exp,
taken by hand), which were to be put in order by their levels. They come without levels and without a still in which the post is dry, so still
`REFERENCE`, which shows most of the post, is the dry look of what it shows, and each other still is laid over it by its fixed part: sign and
post, first by features (SIFT, Lowe 2004), then by correlation (ECC, Evangelidis and Psarakis 2008), as an affinity or as a homography.

*The control*: a place on the post that does not move, the top edge of its lower board, is read in each still laid over the reference. As
far as that moves, a level moves for nothing. An order of levels counts only where the levels range over more than twice what the control does. They do not: an affinity puts the stills in
order (0.95), because the camera comes nearer from still to still and perspective is left in it; a homography leaves half a centimetre.

The stills are looked for in `.cache/lake` (0.jpg to 7.jpg, of commit 60c30fb of that repository); they are not copied here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from bench.data import CACHE
from pantau.measure.gauge import Gauge
from pantau.measure.waterline import Waterline
from pantau.places import Mark
from pantau.types import EPOCH, Image

FOLDER: Final = CACHE / "lake"
SHA256: Final = "38517a050f193eea4f71fc85b234bafe8771f1f46cf91e632b647e1edbc8d156"
"""Of the eight files, one after the other."""
SCALE: Final = 0.5
REFERENCE: Final = 1
FIXED: Final = ((222, 300), (285, 215), (460, 215), (560, 300), (560, 470), (470, 570), (425, 570), (424, 1030), (425, 1040), (422, 1150), (355, 1150), (360, 1040), (368, 1030), (368, 570), (290, 570), (222, 470))  # fmt: skip
"""Sign and post in the reference, in its own pixels; the lower part, where water may come, is left out."""
EDGE: Final = (392, 1042, 60)
"""The board's top edge in the reference: x, y, and how far it is looked for."""
GAUGE: Final = ((389, 1264), (389, 1050))
PX_CM: Final = 10.2
"""Of the reference at the waterline, by the 30 cm of the ruler in it."""

Array = npt.NDArray[np.float64]
Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Order:
    """By one kind of registration: rise above the reference and shift of the fixed edge (both cm), and the rank correlation with the number."""

    rise_cm: tuple[float, ...]
    control_cm: tuple[float, ...]
    correlation: float

    @property
    def counts(self) -> bool:
        """Whether the levels range over more than what does not move."""
        return float(np.ptp(self.rise_cm)) > 2 * float(np.ptp(self.control_cm))


def stills() -> list[Image] | None:
    """The eight stills; nothing where they are not there, or others."""
    paths = [FOLDER / f"{number}.jpg" for number in range(8)]
    if not all(path.is_file() for path in paths):
        return None
    told = hashlib.sha256()
    for path in paths:
        told.update(path.read_bytes())
    return [np.asarray(cv2.imread(str(path)), np.uint8) for path in paths] if told.hexdigest() == SHA256 else None


def order(images: list[Image], motion: str) -> Order:
    """Levels by one kind of registration."""
    reference, rise, shift = images[REFERENCE], [], []
    edge = _edge(reference)
    for image in images:
        laid = image if image is reference else _laid_over(reference, image, motion)
        rise.append(_rise(reference, laid))
        shift.append((edge - _edge(laid)) / PX_CM)
    ranks = rankdata(rise)
    correlation = float(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]) if np.ptp(ranks) else 0.0
    return Order(tuple(round(x, 2) for x in rise), tuple(round(x, 2) for x in shift), round(correlation, 3))


def _laid_over(reference: Image, image: Image, motion: str) -> Image:
    """The still as the reference's camera would have seen its fixed part."""
    first, second = (cv2.cvtColor(cv2.resize(one, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY) for one in (reference, image))  # fmt: skip
    fixed = np.zeros(first.shape[:2], np.uint8)
    cv2.fillPoly(fixed, [np.rint(np.multiply(FIXED, SCALE)).astype(np.int32)], (255,))
    warp = _by_features(np.asarray(first, np.uint8), np.asarray(second, np.uint8), fixed)
    for blur in (21, 7):
        laid = cv2.findTransformECC(first, second, warp, cv2.MOTION_AFFINE, _until(60), fixed, blur)
        warp = np.asarray(laid[1], np.float32)
    whole = np.vstack([warp, [0, 0, 1]]).astype(np.float32)
    if motion == "homography":
        for blur in (21, 7, 5):
            laid = cv2.findTransformECC(first, second, whole, cv2.MOTION_HOMOGRAPHY, _until(300), fixed, blur)
            whole = np.asarray(laid[1], np.float32)
    size = np.diag([SCALE, SCALE, 1.0])
    lookup = np.linalg.inv(size) @ whole @ size
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(image, lookup, reference.shape[1::-1], flags=flags), np.uint8)


def _by_features(first: Grey, second: Grey, fixed: Grey) -> npt.NDArray[np.float32]:
    """(2, 3) the similarity from the reference to the still that most features agree on."""
    sift = cv2.SIFT.create(0, contrastThreshold=0.02)
    (here, wanted), (there, found) = sift.detectAndCompute(first, fixed), sift.detectAndCompute(second, None)
    pairs = [
        pair for pair in cv2.BFMatcher().knnMatch(wanted, found, k=2) if pair[0].distance < 0.75 * pair[1].distance
    ]
    a, b = (np.array([side[index].pt for index in picked], np.float32) for side, picked in ((here, [p[0].queryIdx for p in pairs]), (there, [p[0].trainIdx for p in pairs])))  # fmt: skip
    warp, _ = cv2.estimateAffinePartial2D(a, b, ransacReprojThreshold=4, maxIters=5000)
    return warp.astype(np.float32)


def _until(rounds: int) -> tuple[int, int, float]:
    return cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, rounds, 1e-7


def _rise(reference: Image, image: Image) -> float:
    """The level on the post above that of the reference, cm."""
    size = reference.shape[1], reference.shape[0]
    marks = tuple(Mark((x / size[0], y / size[1]), (GAUGE[0][1] - y) / PX_CM) for x, y in GAUGE)
    gauge = Gauge.of(marks, size)
    assert gauge is not None  # it is 214 pixels long
    line, nobody = Waterline(gauge), np.empty((0, 4))
    line.given(EPOCH, gauge.take(reference, nobody))
    return line.step(EPOCH, gauge.take(image, nobody), raining=False).cm or 0.0


def _edge(image: Image) -> float:
    """Row of the board's top edge."""
    x, y, reach = EDGE
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[y - reach : y + reach, x - 8 : x + 9].astype(np.float64)
    steps = np.abs(np.gradient(cv2.GaussianBlur(grey.mean(axis=1)[:, None], (0, 0), 1.5).ravel()))
    return float(y - reach + np.argmax(steps))


def figures() -> dict[str, object]:
    """What is known of the order: the correlation where it counts, otherwise nothing and why."""
    images = stills()
    if images is None:
        return {"order_correlation": None, "order_reason": "the eight stills are not in .cache/lake"}
    orders = {motion: order(images, motion) for motion in ("affinity", "homography")}
    best = orders["homography"]
    reason = "" if best.counts else "the levels range over no more than twice what a fixed edge of the post does"
    told: dict[str, object] = {
        "order_correlation": best.correlation if best.counts else None,
        "order_reason": reason,
    }
    for motion, one in orders.items():
        told |= {
            f"lake.{motion}.correlation": one.correlation,
            f"lake.{motion}.rise_cm": one.rise_cm,
            f"lake.{motion}.control_cm": one.control_cm,
            f"lake.{motion}.range_cm": round(float(np.ptp(one.rise_cm)), 2),
            f"lake.{motion}.control_range_cm": round(float(np.ptp(one.control_cm)), 2),
        }
    return told


if __name__ == "__main__":
    print(json.dumps(figures()))
