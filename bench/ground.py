"""How right metres and speeds are: `python -m bench.ground [--quick]`.

**PETS.** The truth of PETS09-S2L1 holds ground positions in metres (columns 8 and 9 of ``gt.txt``; they are themselves a homography of
the true boxes' feet, so this is agreement with that, not with a tape measure). Each draw calibrates from six of its
points, clicked 3 px wrong (standard deviation, each axis), and places our own tracks (default detector on the video, our tracker) with it;
position error at every matched sample, speed error over windows of 3 s at the recording's 7 fps, where the truth's speed is
the straight line through its positions in the same window. Draws that the calibration refuses (points in line) are drawn
again and counted. Positions that it does not vouch for are left out and their share is told.

**Vehicles.** Real truth of vehicles' speeds is not at hand. Vehicles of known speed drive on a made road (`bench.road`), at
5 fps, 10 to 90 km/h, both ways; their boxes get the errors, in stretches, that the default detector makes on PETS against the true
boxes (in box sizes; misses too), the camera is calibrated from six points with 3 px of click error anew for every vehicle pair, and the
whole way is ours: tracker, crossings, speed analyser. The error is the mean of |measured - true| / true.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Final

import numpy as np
import numpy.typing as npt

from bench import data
from bench.road import Camera as RoadCamera
from bench.road import Noise, Vehicle, detected
from pantau.errors import ConfigError
from pantau.geometry import box_iou
from pantau.ground import GroundPlane, plane_of
from pantau.measure.ground_path import FOOT, FOOT_PX, speed_of
from pantau.measure.speed import SpeedAnalyser
from pantau.places import Camera, Ground, GroundPoint, Line
from pantau.see.tracker import TwoStageTracker
from pantau.types import EPOCH, Detections, Frame, View

Array = npt.NDArray[np.float64]

FPS: Final = 7.0
SIZE: Final = (768, 576)
CLICK_PX: Final = 3.0
POINTS: Final = 6
WINDOW_S: Final = 3.0
SAME: Final = 0.5
SLOW_FPS: Final = 5.0
SPEEDS: Final = tuple(range(10, 91, 10))
LIMIT_M: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """One of our tracks where it is a true person, sample by sample: seconds, box (4,), true metres (2,)."""

    person: int
    seconds: Array
    boxes: Array
    metres: Array


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer draws and vehicles")
    quick = parser.parse_args().quick
    found = data.detections("pets")
    figures: dict[str, object] = {}
    figures |= pets(found, 30 if quick else 250)
    figures |= vehicles(found, 2 if quick else 12)
    data.report(
        "ground",
        figures,
        "PETS09-S2L1 (truth: a homography of true boxes), made vehicles with its residuals",
        quick=quick,
    )


# --- PETS -------------------------------------------------------------------------------------------------------------


def pets(found: Sequence[Detections], draws: int) -> dict[str, object]:
    """Position and speed of our tracks over many calibrations."""
    truth = _truth()
    tracks = list(matched(found, truth))
    windows = [w for track in tracks for w in _windows(track)]
    random = np.random.default_rng(7)
    medians, speeds, shares, done, refused = [], [], [], 0, 0
    while done < draws:
        rows = random.choice(len(truth), POINTS, replace=False)
        try:
            plane = plane_of(_clicked(truth[rows], random))
        except ConfigError:
            refused += 1
            continue
        done += 1
        errors, share = _position_errors(plane, tracks)
        shares.append(share)
        if len(errors):
            medians.append(float(np.median(errors)))
        speeds.append([e for w in windows if (e := _speed_error(plane, w)) is not None])
        if done % 50 == 0:
            print(f"{done} draws", file=sys.stderr, flush=True)
    pooled = np.array([error for one in speeds for error in one])
    low, high = _interval([float(np.mean(one)) for one in speeds if one], random)
    return {
        "draws": draws,
        "position_median_m": round(float(np.median(medians)), 3),
        "position_median_m_90pc": round(float(np.quantile(medians, 0.9)), 3),
        "position_vouched_share": round(float(np.mean(shares)), 3),
        "speed_mae_kmh": round(float(pooled.mean()), 3),
        "speed_mae_interval": [low, high],
        "speed_windows": len(windows),
        "tracks": len(tracks),
        "refused_draws": refused,
    }


def matched(found: Sequence[Detections], truth: Array) -> Iterable[Matched]:
    """Our tracks, each cut into the stretches in which it lies on one true person."""
    by_frame = {int(frame): truth[truth[:, 0] == frame] for frame in np.unique(truth[:, 0])}
    tracker, rows = TwoStageTracker(), []
    for frame, boxes in enumerate(found, start=1):
        tracks = tracker.step(boxes, EPOCH + timedelta(seconds=(frame - 1) / FPS))
        true = by_frame.get(frame)
        if true is None or not len(tracks):
            continue
        overlap = box_iou(tracks.detections.xyxy, true[:, 2:6])
        for row, track in enumerate(tracks.track_id.tolist()):
            best = int(overlap[row].argmax())
            if overlap[row, best] >= SAME and overlap[:, best].argmax() == row:
                box = tracks.detections.xyxy[row].tolist()
                rows.append((track, int(true[best, 1]), (frame - 1) / FPS, *box, *true[best, 6:8]))
    for (_, person), group in groupby(sorted(rows), key=lambda r: (r[0], r[1])):
        values = np.array([r[2:] for r in group], np.float64)
        yield Matched(person, values[:, 0], values[:, 1:5], values[:, 5:7])


def _truth() -> Array:
    """(N, 8): frame, person, xyxy, metres."""
    rows = np.loadtxt(data.data_folder() / "mot15" / "PETS09-S2L1" / "gt.txt", delimiter=",")
    rows = rows[rows[:, 6] != 0]
    return np.column_stack([rows[:, :4], rows[:, 2:4] + rows[:, 4:6], rows[:, 7:9]])


def _clicked(rows: Array, random: np.random.Generator) -> Ground:
    feet = np.column_stack([(rows[:, 2] + rows[:, 4]) / 2, rows[:, 5]]) + random.normal(0, CLICK_PX, (len(rows), 2))
    places = zip((feet / SIZE).tolist(), rows[:, 6:8].tolist(), strict=True)
    points = tuple(GroundPoint(f"point {n}", (f[0], f[1]), (m[0], m[1])) for n, (f, m) in enumerate(places, start=1))
    return Ground(points=points, size=SIZE, click_px=CLICK_PX, limit_m=LIMIT_M)


def _feet(boxes: Array) -> Array:
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])


def _position_errors(plane: GroundPlane, tracks: Sequence[Matched]) -> tuple[Array, float]:
    feet = np.concatenate([_feet(t.boxes) for t in tracks])
    vouched = plane.spread_m(feet) <= LIMIT_M
    off = np.linalg.norm(plane.metres(feet) - np.concatenate([t.metres for t in tracks]), axis=1)
    return off[vouched], float(vouched.mean())


def _windows(track: Matched) -> list[Matched]:
    """Whole windows of `WINDOW_S`, one after the other, in which the track was seen in most samples."""
    found = []
    for begin in np.arange(track.seconds[0], track.seconds[-1] - WINDOW_S + 1e-6, WINDOW_S):
        inside = (track.seconds >= begin - 1e-6) & (track.seconds <= begin + WINDOW_S + 1e-6)
        if inside.sum() >= 0.7 * WINDOW_S * FPS:
            found.append(Matched(track.person, track.seconds[inside], track.boxes[inside], track.metres[inside]))
    return found


def _speed_error(plane: GroundPlane, window: Matched) -> float | None:
    """km/h between ours and the truth's speed; None where the calibration does not vouch for it."""
    feet, height = _feet(window.boxes), window.boxes[:, 3] - window.boxes[:, 1]
    if (plane.spread_m(feet) > LIMIT_M).any():
        return None
    metres, slopes = plane.metres(feet), plane.scale(feet)
    noise = np.sqrt((FOOT * height) ** 2 + FOOT_PX**2)
    white = np.linalg.inv(slopes * noise[:, None, None])
    rows = [(float(t), float(m[0]), float(m[1]), w) for t, m, w in zip(window.seconds, metres, white, strict=True)]
    speed = speed_of(rows)
    true = np.polyfit(window.seconds - window.seconds.mean(), window.metres, 1)[0]
    return None if speed is None else abs(speed.kmh - float(np.hypot(*true)) * 3.6)


def _interval(values: Sequence[float], random: np.random.Generator) -> tuple[float, float]:
    """95 % of the mean, by bootstrap over draws."""
    means = random.choice(values, (2000, len(values))).mean(axis=1)
    return round(float(np.quantile(means, 0.025)), 3), round(float(np.quantile(means, 0.975)), 3)


# --- vehicles ---------------------------------------------------------------------------------------------------------


def vehicles(found: Sequence[Detections], pairs: int) -> dict[str, object]:
    """Speed error of made vehicles with real residuals."""
    stretches = residuals(found, _truth())
    errors: dict[int, list[float]] = {kmh: [] for kmh in SPEEDS}
    driven = 0
    for kmh in SPEEDS:
        for number in range(pairs):
            random = np.random.default_rng((kmh, number))
            driven += 2
            errors[kmh] += [abs(v - kmh) / kmh for v in driven_past(kmh, random, stretches)]
        print(f"{kmh} km/h", file=sys.stderr, flush=True)
    pooled = [error for one in errors.values() for error in one]
    low, high = _interval(pooled, np.random.default_rng(1))
    return {
        "vehicle_speed_error": round(float(np.mean(pooled)), 4),
        "vehicle_speed_error_interval": [low, high],
        "vehicle_speed_error_by_kmh": {
            str(kmh): round(float(np.mean(e)), 4) if e else None for kmh, e in errors.items()
        },
        "vehicles": driven,
        "vehicles_with_speed": len(pooled),
    }


def driven_past(kmh: float, random: np.random.Generator, stretches: Sequence[Array]) -> list[float]:
    """The speeds that we measure of two vehicles, one each way, past one line."""
    eye = RoadCamera(height=random.uniform(6, 9), tilt=random.uniform(18, 26), turn=random.uniform(-12, 12))
    places = [(-6.0, 12.0), (6.0, 12.0), (-6.0, 28.0), (6.0, 28.0), (-6.0, 48.0), (6.0, 48.0)]
    ground = eye.calibration(places, random.normal(0, CLICK_PX, (len(places), 2)))
    ends = eye.pixels(np.array([(-7.5, 22.0, 0), (7.5, 22.0, 0)])) / eye.size
    line = Line(id="m.L", camera="m", name="L", start=tuple(ends[0].tolist()), end=tuple(ends[1].tolist()))
    names = random.choice(["car", "truck", "bus", "motorcycle"], 2, p=[0.5, 0.15, 0.1, 0.25])
    until = 120.0
    there = Vehicle.steady(str(names[0]), random.uniform(1.5, 5), (0.0, 2.0), kmh, until)
    back = Vehicle.steady(str(names[1]), random.uniform(-5, -1.5), (random.uniform(0, 2), until), -kmh, 2.0)
    camera = Camera(id="m", name="m", source="", analysers=("speed",), lines=(line,), ground=ground)
    analyser, tracker = SpeedAnalyser(camera, 1 / SLOW_FPS), TwoStageTracker()
    noise, image = Noise(stretches, random), np.zeros((eye.size[1], eye.size[0], 3), np.uint8)
    speeds, phase = [], random.uniform(0, 1 / SLOW_FPS)
    for number in range(int((back.times[-1] + 4) * SLOW_FPS)):
        t, time = phase + number / SLOW_FPS, EPOCH + timedelta(seconds=number / SLOW_FPS)
        boxes = detected(eye, (there, back), t, noise)
        view = View(Frame("m", time, image, number + 1, number / SLOW_FPS), boxes, tracker.step(boxes, time))
        speeds += [o.value for o in analyser.step(view).observations]
    return speeds + [o.value for o in analyser.close(EPOCH).observations]


def residuals(found: Sequence[Detections], truth: Array) -> list[Array]:
    """Errors of the detector's boxes against true ones, a stretch for each person and about 5 samples a second."""
    people: Mapping[int, Array] = {int(p): truth[truth[:, 1] == p] for p in np.unique(truth[:, 1])}
    stretches = []
    for rows in people.values():
        errors = [_residual(found[int(row[0]) - 1], row[2:6]) for row in rows]
        stretch = np.array(errors)
        seen = np.flatnonzero(np.isfinite(stretch).all(axis=1))
        if len(seen) > 10:
            stretches.append(stretch[seen[0] : seen[-1] + 1])
    return stretches


def _residual(boxes: Detections, true: Array) -> list[float]:
    overlap = box_iou(boxes.xyxy, true[None, :])[:, 0] if len(boxes) else np.zeros(0)
    if not len(overlap) or overlap.max() < SAME:
        return [float("nan")] * 5
    best = int(overlap.argmax())
    width, height = true[2] - true[0], true[3] - true[1]
    return [*((boxes.xyxy[best] - true) / (width, height, width, height)).tolist(), float(boxes.confidence[best])]


if __name__ == "__main__":
    main()
