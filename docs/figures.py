"""Measured figures in pages: made from `bench/results.json`, between marks, each with the command that measured it.

    <!-- figures: counting.pets store -->      ← a bench, or a bench and the beginning of its keys
    …table…
    <!-- /figures -->

Without results the section says that nothing was measured yet: a figure is never written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARKS = re.compile(r"(<!-- figures: ([a-z0-9_. ]+) -->\n).*?(<!-- /figures -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: which number of which bench, in which words; `interval` is the key of its 95 % interval."""

    bench: str
    key: str
    words: str
    form: str = "{:.2f}"
    interval: str = ""


FIGURES = (
    Figure("counting", "pets.accuracy", "People, six lines on PETS 2009 S2.L1: accuracy", interval="pets.interval"),
    Figure("counting", "pets.mean", "… mean over every frame at which the sampling can begin", "{:.3f}"),
    Figure("counting", "peers.sort.pets.accuracy", "… SORT on the same boxes"),
    Figure("counting", "peers.sort.pets.best", "… SORT, the best of nine settings, chosen with the truth in hand"),
    Figure("counting", "peers.bytetrack.pets.accuracy", "… ByteTrack on the same boxes"),
    Figure("counting", "peers.bytetrack.pets.best", "… ByteTrack, the best of nine settings"),
    Figure("counting", "pets.fps", "… analysed frames per second", "{:.1f}"),
    Figure(
        "counting", "traffic.accuracy", "Vehicles, three lines in dense traffic: accuracy", interval="traffic.interval"
    ),
    Figure("counting", "traffic.mean", "… mean over every frame at which the sampling can begin", "{:.3f}"),
    Figure("counting", "peers.sort.traffic.accuracy", "… SORT on the same boxes"),
    Figure("counting", "peers.sort.traffic.best", "… SORT, the best of nine settings"),
    Figure("counting", "peers.bytetrack.traffic.accuracy", "… ByteTrack on the same boxes"),
    Figure("counting", "peers.bytetrack.traffic.best", "… ByteTrack, the best of nine settings"),
    Figure("counting", "traffic.fps", "… analysed frames per second", "{:.1f}"),
    Figure("counting", "crossroad.traffic.accuracy", "… with the detector for crossroads"),
    Figure(
        "counting", "step2_change.pets", "Change of the counts when every second frame is left out: people", "{:.3f}"
    ),
    Figure("counting", "step2_change.traffic", "… vehicles", "{:.3f}"),
    Figure("counting", "car.hits", "Cars of four seen on a lane from straight above", "{:.0f}"),
    Figure("counting", "crossroad.car.hits", "… with the detector for crossroads", "{:.0f}"),
    Figure("tracking", "fixed.hota", "Fixed cameras of MOT15, every frame: HOTA", "{:.3f}"),
    Figure("tracking", "peers.bytetrack.fixed.hota", "… ByteTrack on the same boxes", "{:.3f}"),
    Figure("tracking", "fixed.idf1", "Fixed cameras of MOT15, every frame: IDF1", "{:.3f}"),
    Figure("tracking", "peers.bytetrack.fixed.idf1", "… ByteTrack on the same boxes", "{:.3f}"),
    Figure("tracking", "at5fps.fixed.hota", "The same at 5 samples a second: HOTA", "{:.3f}"),
    Figure("tracking", "peers.bytetrack.at5fps.fixed.hota", "… ByteTrack on the same boxes", "{:.3f}"),
    Figure("tracking", "at5fps.fixed.idf1", "The same at 5 samples a second: IDF1", "{:.3f}"),
    Figure("tracking", "peers.bytetrack.at5fps.fixed.idf1", "… ByteTrack on the same boxes", "{:.3f}"),
    Figure("tracking", "at5fps.fixed_loo.idf1", "… ours, each sequence with a setting chosen on the others", "{:.3f}"),
    Figure("tracking", "peers.bytetrack.at5fps.fixed_loo.idf1", "… ByteTrack, chosen so, too", "{:.3f}"),
    Figure("tracking", "us_per_frame.20", "Tracker's time per frame with 20 people, microseconds", "{:.0f}"),
    Figure("tracking", "peers.bytetrack.us_per_frame.20", "… ByteTrack, in the same run", "{:.0f}"),
    Figure("tracking", "us_per_frame.100", "… with 100 people", "{:.0f}"),
    Figure("tracking", "peers.bytetrack.us_per_frame.100", "… ByteTrack, in the same run", "{:.0f}"),
    Figure(
        "parking",
        "occupancy_f1",
        "Slots over a day in two car parks (composite): F1 of occupied",
        "{:.3f}",
        "occupancy_f1_interval",
    ),
    Figure(
        "shadow",
        "pets.ratio",
        "Bridge from CenterNet to the detector for crossroads, PETS: new ÷ old",
        "{:.3f}",
        "pets.interval",
    ),
    Figure("shadow", "pets.old", "… crossings by the old one", "{:.0f}"),
    Figure("shadow", "pets.new", "… by the new one", "{:.0f}"),
    Figure("shadow", "pets.both", "… by both, one by one", "{:.0f}"),
    Figure("shadow", "pets.truth", "… labelled", "{:.0f}"),
    Figure("shadow", "traffic.ratio", "The same in dense traffic (8 s, no interval)", "{:.3f}"),
    Figure("shadow", "traffic.both", "… crossings by both, one by one", "{:.0f}"),
    Figure("shadow", "loop.ms", "A camera's loop alone: milliseconds per sample, median", "{:.1f}"),
    Figure("shadow", "loop.ms_beside", "… with the shadow, turn by turn in one run", "{:.1f}"),
    Figure("shadow", "loop.ratio", "… with ÷ without", "{:.2f}"),
    Figure("shadow", "loop.cpu_ms", "… the city's processor time per sample alone, milliseconds", "{:.1f}"),
    Figure("shadow", "loop.cpu_ms_beside", "… with the shadow", "{:.1f}"),
    Figure("shadow", "loop.share", "… share of the samples that the shadow saw", "{:.2f}"),
    Figure("parking", "occupancy_f1_strict", "… with unknown counted as wrong", "{:.3f}"),
    Figure("parking", "coverage", "… share of slots and pictures with a state told", "{:.3f}"),
    Figure("parking", "naive.detector", "… a box whose middle lies on the slot", "{:.3f}"),
    Figure("parking", "naive.edges", "… edges on the slot", "{:.3f}"),
    Figure("parking", "naive.difference", "… difference from the true empty slot", "{:.3f}"),
    Figure("parking", "shuffled_f1", "… ours against the truth of other hours (control)", "{:.3f}"),
    Figure(
        "water",
        "mae_cm",
        "Level on a staff gauge, a day at each waterside (composite): mean absolute error, cm",
        interval="mae_interval_cm",
    ),
    Figure("water", "n", "… pictures with a level", "{:,.0f}"),
    Figure("water", "mae_wet_cm", "… while water stands there, cm"),
    Figure("water", "coverage", "… share of pictures with a level told", "{:.3f}"),
    Figure("water", "hours", "… hours", "{:.0f}"),
    Figure("water", "alarms_true", "… times that the water was above the alarm's level", "{:.0f}"),
    Figure("water", "alarms_missed", "… alarms missed", "{:.0f}"),
    Figure("water", "alarms_missed_unread", "… of these, while the gauge had said that it is not read", "{:.0f}"),
    Figure("water", "alarms_false", "… alarms that were false", "{:.0f}"),
    Figure("water", "places", "Gauges, at places that nothing was tuned on", "{:.0f}"),
    Figure(
        "water",
        "refused_gauges",
        "… refused when their dry look was taken: the figures above are without them",
        "{:.0f}",
    ),
    Figure("water", "hours_at_refused", "… hours at those", "{:.0f}"),
    Figure("water", "alarms_at_refused_gauges", "… floods at those, not guarded", "{:.0f}"),
    Figure("water", "depth_right", "Class of depth right, where a level is told", "{:.3f}"),
    Figure("water", "depth_right_in_water", "… while water stands there", "{:.3f}"),
    Figure("water", "film_called_deep", "Asphalt wet of rain given a class of depth above wet", "{:.3f}"),
    Figure("water", "naive_mae_cm", "… rows that differ from the first picture, cm (baseline)"),
    Figure("water", "shuffled_mae_cm", "… ours against the truth of other hours, cm (control)"),
    Figure(
        "water",
        "lake.homography.correlation",
        "Eight stills of a lake, by hand: rank correlation of level and number, laid over each other by a homography",
    ),
    Figure("water", "lake.homography.range_cm", "… range of those levels, cm"),
    Figure("water", "lake.homography.control_range_cm", "… of an edge of the post, which does not move, cm"),
    Figure(
        "water",
        "lake.affinity.correlation",
        "… rank correlation, laid over by an affinity, which leaves perspective in",
    ),
    Figure("water", "lake.affinity.control_range_cm", "… and then of the edge that does not move, cm"),
    Figure("water", "dry_called_dry", "Dry ground called dry", "{:.3f}"),
    Figure("water", "film_called_wet", "Asphalt wet of rain called wet", "{:.3f}"),
    Figure("water", "film_called_flooded", "Asphalt wet of rain called flooded", "{:.3f}"),
    Figure("water", "flood_called_flooded", "Flooded zone called flooded", "{:.3f}"),
    Figure("water", "flood_called_flooded_without_gauge", "… by its own picture alone, without the gauge", "{:.3f}"),
    Figure("gate", "recall", "Comings that found the gate asleep (composite): caught", "{:.3f}"),
    Figure("gate", "recall_low", "… lower end of the one-sided 95 % interval", "{:.3f}"),
    Figure("gate", "transitions", "… transitions", "{:.0f}"),
    Figure("gate", "shown.recall", "… caught of those whom a key frame or more show", "{:.3f}"),
    Figure("gate", "shown.recall_low", "… … lower end", "{:.3f}"),
    Figure("gate", "shown.transitions", "… … transitions", "{:.0f}"),
    Figure("gate", "shown.near.recall", "… … 40 to 100 pixels high", "{:.3f}"),
    Figure("gate", "shown.middle.recall", "… … 20 to 40 pixels high", "{:.3f}"),
    Figure("gate", "shown.far.recall", "… … 12 to 20 pixels high", "{:.3f}"),
    Figure("gate", "recall.unshown", "… caught of those who came and went between two key frames", "{:.3f}"),
    Figure("gate", "contrast.low.recall", "… caught at a contrast of 8 to 14 grey levels", "{:.3f}"),
    Figure("gate", "contrast.mid.recall", "… of 14 to 28", "{:.3f}"),
    Figure("gate", "contrast.high.recall", "… of 28 to 60", "{:.3f}"),
    Figure("gate", "doze.recall", "Comings that found a dozing detector at rest: looked at", "{:.3f}"),
    Figure("gate", "doze.recall_low", "… lower end of the one-sided 95 % interval", "{:.3f}"),
    Figure("gate", "doze.transitions", "… transitions", "{:.0f}"),
    Figure("gate", "doze.near.recall", "… 40 to 100 pixels high", "{:.3f}"),
    Figure("gate", "doze.middle.recall", "… 20 to 40 pixels high", "{:.3f}"),
    Figure("gate", "doze.far.recall", "… 12 to 20 pixels high", "{:.3f}"),
    Figure("gate", "doze.far.low.recall", "… … of 8 to 14 grey levels", "{:.3f}"),
    Figure("gate", "doze.faint_left_out.recall", "… without those of 8 to 14 grey levels", "{:.3f}"),
    Figure("gate", "doze.idle", "… share of time in which the detector was asked and nobody was there", "{:.3f}"),
    Figure("gate", "naive.recall", "… one threshold on pixels that differ, awake as often (baseline)", "{:.3f}"),
    Figure("gate", "shuffled", "… the same windows half a minute later (control)", "{:.3f}"),
    Figure("gate", "idle.decoded_share", "Nobody there: share of time decoded", "{:.3f}"),
    Figure("gate", "idle.calm.decoded_share", "… calm", "{:.3f}"),
    Figure("gate", "idle.foliage.decoded_share", "… leaves in gusts", "{:.3f}"),
    Figure("gate", "idle.rain.decoded_share", "… showers", "{:.3f}"),
    Figure("gate", "idle.exposure.decoded_share", "… jumps of exposure", "{:.3f}"),
    Figure("gate", "idle.flicker.decoded_share", "… a broken lamp", "{:.3f}"),
    Figure("gate", "idle.fired_per_hour", "… wakings an hour", "{:.0f}"),
    Figure("gate", "audit.found", "Audits, of groups with somebody whom the gate missed: found", "{:.3f}"),
    Figure("gate", "audit.false", "… of quiet groups with nobody: something found all the same", "{:.3f}"),
    Figure("gate", "audit.estimate", "… recall of groups with somebody, as audits estimate it", "{:.3f}"),
    Figure("gate", "audit.true_recall", "… as it truly is", "{:.3f}"),
    Figure("gate", "audit.recall", "… comings caught with every quiet group audited", "{:.3f}"),
    Figure("parking", "illegal_alarms_per_vehicle", "Illegally parked vehicles (composite): alarms for each", "{:.1f}"),
    Figure("parking", "illegal_vehicles", "… vehicles", "{:.0f}"),
    Figure("parking", "occlusions", "… occlusions of each", "{:.0f}"),
    Figure("parking", "red_light_alarms", "Red lights of 90 s (composite): false alarms", "{:.0f}"),
    Figure("parking", "red_light_vehicles", "… vehicles that waited or let someone out", "{:.0f}"),
    Figure(
        "forecast", "mae", "Tomorrow's hours at 21 pedestrian sensors, a year held back: mean absolute error", "{:.1f}"
    ),
    Figure("forecast", "mae_naive", "… the same hour a week ago, on the same hours", "{:.1f}"),
    Figure("forecast", "ratio", "… ours as a share of that", "{:.3f}", "ratio_interval"),
    Figure("forecast", "coverage_90", "… share of hours within the 90 % range", "{:.3f}", "coverage_interval"),
    Figure("forecast", "hours", "… hours", "{:,.0f}"),
    Figure(
        "litter",
        "found",
        "Litter of 400 px or more over a day (composite): found within its limit",
        "{:.3f}",
        "found_interval",
    ),
    Figure("litter", "n", "… things", "{:.0f}"),
    Figure("litter", "found_small", "… of 180 to 380 px", "{:.3f}"),
    Figure("litter", "false_per_day", "… false a day", "{:.2f}", "false_interval"),
    Figure("litter", "days", "… days", "{:.1f}"),
    Figure("litter", "naive_found", "… an exponential average of grey: found", "{:.3f}"),
    Figure("litter", "naive_false_per_day", "… its false a day", "{:.1f}"),
    Figure("litter", "shuffled_found", "… ours against the truth of another hour (control)", "{:.3f}"),
    Figure(
        "scene",
        "error_20",
        "Taught with 20 of each kind, asked about other days: wrong of what it answers",
        "{:.3f}",
        interval="error_20_interval",
    ),
    Figure("scene", "abstained_20", "… of what is like its examples it does not answer", "{:.3f}"),
    Figure(
        "scene",
        "error_5",
        "… taught with 5 of each kind: wrong of what it answers",
        "{:.3f}",
        interval="error_5_interval",
    ),
    Figure("scene", "abstained_5", "… … does not answer", "{:.3f}"),
    Figure("scene", "error_10", "… taught with 10", "{:.3f}", interval="error_10_interval"),
    Figure("scene", "error_50", "… taught with 50", "{:.3f}", interval="error_50_interval"),
    Figure("scene", "own_20", "… its own cross-validated error with 20", "{:.3f}"),
    Figure("scene", "covered_20", "… share of times that its 95 % interval holds the error on other days"),
    Figure("scene", "covered_10", "… … with 10"),
    Figure("scene", "forced_20", "… wrong of all, when it must answer", "{:.3f}", interval="forced_20_interval"),
    Figure("scene", "colour_20", "… … the same from the mean colour of the zone", "{:.3f}"),
    Figure("scene", "correlation_20", "… … the correlation with the mean normal still, best threshold", "{:.3f}"),
    Figure("scene", "shuffled_20", "… … with shuffled labels", "{:.3f}"),
    Figure(
        "scene",
        "detector_20",
        "… with the detector's own features: wrong of what it answers",
        "{:.3f}",
        interval="detector_20_interval",
    ),
    Figure("scene", "detector_abstained_20", "… … does not answer", "{:.3f}"),
    Figure(
        "scene",
        "pelataran.unlike.turned_20",
        "Not answered on `pelataran` (a paved square with much to see), of stills that nobody marked the like of: camera turned",
    ),
    Figure("scene", "pelataran.unlike.turned.with_aim_20", "… … or the camera's aim is off (a part of camera health)"),
    Figure("scene", "pelataran.unlike.covered_20", "… lens covered"),
    Figure("scene", "pelataran.unlike.blurred_20", "… out of focus"),
    Figure("scene", "pelataran.unlike.elsewhere_20", "… another place"),
    Figure("scene", "pelataran.stopped_20", "… of stills like its examples the aim would stop", "{:.3f}"),
    Figure(
        "scene",
        "jalur.unlike.turned_20",
        "Not answered on `jalur` (bare asphalt from straight above), of stills that nobody marked the like of: camera turned",
    ),
    Figure("scene", "jalur.unlike.turned.with_aim_20", "… … or the camera's aim is off (a part of camera health)"),
    Figure("scene", "jalur.unlike.covered_20", "… lens covered"),
    Figure("scene", "jalur.unlike.blurred_20", "… out of focus"),
    Figure("scene", "jalur.unlike.elsewhere_20", "… another place"),
    Figure("scene", "jalur.stopped_20", "… of stills like its examples the aim would stop", "{:.3f}"),
    Figure(
        "scene", "tuned.error_20", "On the place that ridge and limits were set on: wrong of what it answers", "{:.3f}"
    ),
    Figure("health", "missed", "Camera faults (composite): not found within their time", "{:.0f}"),
    Figure("health", "n", "… faults made", "{:.0f}"),
    Figure("health", "false_per_week", "False alarms per camera and week (composite)", "{:.2f}"),
    Figure("health", "weeks", "… weeks, each at another place", "{:.0f}"),
    Figure("health", "by_fault.dark.named", "… of eight cameras gone dark, called *dark*", "{:.0f}"),
    Figure("health", "every_s", "… seconds from look to look", "{:.0f}"),
    Figure("health", "naive_missed", "… missed by the difference from the first half hour", "{:.0f}"),
    Figure("health", "naive_false_per_week", "… its false alarms per week", "{:.1f}"),
    Figure("health", "shuffled_found", "… share found by the alarms of another scene (control)", "{:.2f}"),
    Figure("store", "merge_city_minute_ms", "Keeping one minute of a whole city, ms", "{:.0f}"),
    Figure("store", "prepare_city_minute_ms", "… made ready before that, ms", "{:.0f}"),
    Figure("store", "fold_city_minute_ms", "… laid into the tables later, ms", "{:.0f}"),
    Figure("store", "merge_same_minute_ms", "The same minute kept again, ms", "{:.0f}"),
    Figure("store", "fold_same_minute_ms", "… laid into the tables, ms", "{:.0f}"),
    Figure("store", "merge_late_minute_ms", "A minute kept that is late by a day, ms", "{:.0f}"),
    Figure("store", "fold_late_minute_ms", "… laid into the tables, ms", "{:.0f}"),
    Figure("store", "rollup_quarter_hour_s", "A quarter of an hour of a whole city computed, s", "{:.1f}"),
    Figure("store", "seal_day_s", "A day of a whole city sealed, s", "{:.0f}"),
    Figure("store", "bytes_per_number", "… bytes per stored number", "{:.2f}"),
    Figure("store", "camera_day_hot_ms", "The minutes of a camera's day from the table, ms", "{:.0f}"),
    Figure("store", "camera_day_waiting_ms", "… while a quarter of an hour waits in packs, ms", "{:.0f}"),
    Figure("store", "camera_day_sealed_ms", "… from a sealed day, ms", "{:.0f}"),
    Figure("store", "city_10y_ms", "Ten years of months of a city of 1,042 cameras, ms", "{:.1f}"),
    Figure("store", "city_10y_of_all_ms", "… of 10,417 cameras, ms", "{:.1f}"),
    Figure("store", "kills", "Times that the writer was killed", "{:.0f}"),
    Figure("store", "lost", "Acknowledged observations lost in kill -9 tests", "{:.0f}"),
    Figure("store", "doubled", "… doubled", "{:.0f}"),
    Figure(
        "ground",
        "position_median_m",
        "Positions of our tracks on PETS 2009, six points with 3 px of click error: median error, m",
    ),
    Figure("ground", "position_median_m_90pc", "… in nine of ten calibrations at most, m"),
    Figure("ground", "position_vouched_share", "… share of positions that the calibration vouches for"),
    Figure(
        "ground", "speed_mae_kmh", "Walking speed over 3 s: mean absolute error, km/h", interval="speed_mae_interval"
    ),
    Figure("ground", "draws", "Calibrations drawn", "{:.0f}"),
    Figure("ground", "refused_draws", "… refused, because their points were in line", "{:.0f}"),
    Figure(
        "ground",
        "vehicle_speed_error",
        "Made vehicles, 10 to 90 km/h: mean relative error of the speed",
        "{:.3f}",
        interval="vehicle_speed_error_interval",
    ),
    Figure("ground", "vehicles", "… vehicles driven", "{:.0f}"),
    Figure("ground", "vehicles_with_speed", "… of which a speed was given", "{:.0f}"),
    Figure("alarms", "series_per_core_minute", "Alarm rules at places that one core judges a minute", "{:,.0f}"),
    Figure("alarms", "latency_p95_s", "From the sample that crosses a limit to the siren, 95 % within, s"),
    Figure("alarms", "latency_p50_s", "… half within, s"),
    Figure("api", "p50_ms", "The portal's answers under 100 requests a second: half within, ms"),
    Figure("api", "p95_ms", "… 95 % within, ms"),
    Figure("api", "p99_ms", "… 99 % within, ms"),
    Figure("api", "miss_share", "… answered in full, not by 304"),
    Figure("api", "errors", "… that failed", "{:.0f}"),
    Figure("api", "server_cpu_ms", "CPU of an answer, the writer's with it, ms"),
    Figure("api", "asker_cpu_ms", "… of asking for it, ms"),
    Figure("rtsp", "streams", "A city of RTSP streams (composite, a fifth moves) on two cores: streams", "{:.0f}"),
    Figure("rtsp", "minutes", "… minutes", "{:.0f}"),
    Figure("rtsp", "planned", "… that `pantau plan` promises there", "{:.0f}"),
    Figure("rtsp", "fps_got_share", "… share of the asked samples that were analysed", "{:.4f}"),
    Figure("rtsp", "latency_p95_s", "… from capture to kept, 95 % within, s"),
    Figure("rtsp", "coverage_share", "… camera minutes of which at least 95 % was observed", "{:.4f}"),
    Figure("rtsp", "count_loss", "… crossings that differ from the clip's own count", "{:.4f}"),
    Figure("rtsp", "rss_slope_mb_per_h", "… growth of memory, MB/h", interval="rss_slope_interval"),
    Figure("rtsp", "city_cores", "… cores that the city takes"),
    Figure("rtsp", "server_cores", "… and the RTSP server beside it"),
    Figure("release", "protected", "Cells of 1 to 9 people in the made city", "{:.0f}"),
    Figure("release", "tiers_recovered", "Recovered by a day minus its hours, or both directions minus one", "{:.0f}"),
    Figure("release", "areas_recovered", "… by an area minus its other places", "{:.0f}"),
    Figure("release", "borders_recovered", "… by a declared border minus its other lines", "{:.0f}"),
    Figure("release", "ranges_recovered", "… by two overlapping ranges", "{:.0f}"),
    Figure("release", "repeats_recovered", "… by averaging repeated questions", "{:.0f}"),
    Figure("release", "versions_recovered", "… by adding known people and seeing every version", "{:.0f}"),
    Figure("release", "twins_recovered", "… by two lines that count the same people", "{:.0f}"),
    Figure("release", "naive_recovered", "… by subtraction where small cells are only left out", "{:.0f}"),
    Figure("release", "tiers_least_left", "Counts that stay possible for a cell: differencing, least", "{:.0f}"),
    Figure("release", "tiers_mean_left", "… mean", "{:.2f}"),
    Figure("release", "versions_least_left", "… every version seen, least", "{:.0f}"),
    Figure("release", "versions_mean_left", "… mean", "{:.2f}"),
    Figure("release", "twins_least_left", "… two lines, least", "{:.0f}"),
    Figure("release", "guess_error", "Mean error of guessing a cell by its released number, people", "{:.2f}"),
    Figure("release", "shuffled_guess_error", "… by the number of another cell", "{:.2f}"),
    Figure("release", "suppressed_share", "Share of cells that are suppressed", "{:.3f}"),
    Figure("release", "bias", "Mean error of all cells, people", "{:.3f}"),
    Figure("release", "hour_error_sd", "Standard deviation of the error: an hour of one direction, people", "{:.2f}"),
    Figure("release", "day_error_sd", "… a day of both directions, people", "{:.2f}"),
)


def section(names: tuple[str, ...], results: list[dict[str, Any]]) -> str:
    """The table of the figures called so, or the sentence that there are none."""
    measured = {result["bench"]: result for result in results}
    rows, benches = [], []
    for figure in FIGURES:
        flat = _flat(measured.get(figure.bench, {}).get("figures", {}))
        if _is_asked(figure, names) and flat.get(figure.key) is not None:
            rows.append(f"| {figure.words} | {_value(figure, flat)} | `python -m bench.{figure.bench}` |")
            benches.append(figure.bench)
    if not rows:
        commands = ", ".join(
            f"`python -m bench.{bench}`" for bench in dict.fromkeys(n.partition(".")[0] for n in names)
        )
        return f"Not measured yet; the figures come from {commands}.\n"
    machines = sorted({str(measured[name]["machine"]) for name in benches if measured[name].get("machine")})
    meaning = " Accuracy is (truth - missed - over) / truth over settled crossings." if "counting" in benches else ""
    on = f"\nMeasured on {'; '.join(machines)}.{meaning}\n"
    return "\n".join(["| measured | figure | command |", "|---|---|---|", *rows]) + "\n" + (on if machines else "")


def _is_asked(figure: Figure, names: tuple[str, ...]) -> bool:
    """Whether a page's names mean this figure; the peers of a clip belong to the clip."""
    key = re.sub(r"^peers\.\w+\.", "", figure.key)
    return any(f"{figure.bench}.{key}.".startswith(f"{name}.") for name in names)


def with_figures(root: Path) -> dict[Path, str]:
    """README and the methods pages with their sections as they should be."""
    path = root / "bench" / "results.json"
    results = json.loads(path.read_text("utf-8")) if path.is_file() else []
    pages = [root / "README.md", *sorted((root / "docs" / "methods").glob("*.md"))]
    texts = {page: page.read_text("utf-8") for page in pages if page.is_file()}
    return {page: filled(text, results) for page, text in texts.items() if MARKS.search(text)}


def filled(text: str, results: list[dict[str, Any]]) -> str:
    """`text` with what stands between its marks made anew."""
    return MARKS.sub(lambda found: f"{found[1]}{section(tuple(found[2].split()), results)}{found[3]}", text)


def _value(figure: Figure, flat: Mapping[str, Any]) -> str:
    interval = flat.get(figure.interval)
    value = figure.form.format(flat[figure.key])
    if not interval:
        return value
    low, high = interval
    return f"{value} ({figure.form.format(low)} to {figure.form.format(high)})"


def _flat(figures: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Figures by dotted key, whether they came nested or dotted already."""
    flat: dict[str, Any] = {}
    for key, value in figures.items():
        name = f"{prefix}{key}"
        flat |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return flat
