"""Laws that counts obey whatever happens in the picture, for the real tracker and the real counting over made scenes.

That every second frame may be left out is measured on footage (`step2_change` of `python -m bench.counting`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.places import Line, Zone
from pantau.types import Detections
from tests.made_scenes import (
    CAR,
    GATE,
    PERSON,
    SIZE,
    Box,
    Scene,
    Watched,
    camera,
    detections,
    mirrored,
    together,
    watch,
)

FEW = settings(max_examples=20)
"""An example is a scene of seconds: 20 of them a law, in CI the same ones each time."""

LANES = [180.0 + 130.0 * lane for lane in range(6)]
"""Ground lines far enough apart that nobody hides anybody: whose path is whose is beyond doubt."""
MIDDLE = SIZE[0] / 2

YARD = Zone(id="c.yard", camera="c", name="yard", polygon=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
"""The right half: the gate closes it."""


@st.composite
def paths(draw: st.DrawFn) -> Scene:
    """Up to six people or cars, each in a lane of their own: they go, stop, turn round; each begins and ends clear."""
    scenes = []
    for lane in draw(st.lists(st.sampled_from(LANES), min_size=1, max_size=6, unique=True)):
        car = draw(st.booleans())
        reach = 60.0 if car else 25.0
        side = draw(st.sampled_from([-1, 1]))
        x = MIDDLE + side * draw(st.floats(150, 500))
        xs = [x] * 3
        for _ in range(draw(st.integers(1, 4))):
            goal = MIDDLE + draw(st.sampled_from([-1, 1])) * draw(st.floats(150, 500))
            pace = draw(st.floats(0.3, 1.0)) * reach * (1 if goal > x else -1)
            steps = max(1, round((goal - x) / pace))
            xs += [x + (goal - x) * (i + 1) / steps for i in range(steps)]
            x = goal
            xs += [x] * draw(st.integers(1, 10))
        look = ("car", CAR) if car else ("person", PERSON)
        xs += [x] * 3
        scenes.append([[Box(v, lane, *look)] for v in xs])
    longest = max(map(len, scenes))
    return together(*[[*scene, *[scene[-1]] * (longest - len(scene))] for scene in scenes])


def both(found: Watched) -> tuple[int, int]:
    return found.count("forward"), found.count("backward")


def kinds(found: Watched) -> list[tuple[object, ...]]:
    return sorted(
        (e.place, str(e.attributes["direction"]), str(e.attributes["class"]))
        for e in found.events
        if e.kind == "crossing"
    )


def across(scene: Scene) -> tuple[int, int]:
    """What truly happened: how often somebody went from the left half to the right, and back."""
    forward = backward = 0
    for lane in {box.y for boxes in scene for box in boxes}:
        sides = [box.x > MIDDLE for boxes in scene for box in boxes if box.y == lane]
        steps = [(a, b) for a, b in pairwise(sides) if a != b]
        forward += sum(b for _, b in steps)
        backward += sum(a for a, _ in steps)
    return forward, backward


@FEW
@given(paths())
def test_every_crossing_counts_once_in_its_direction(scene: Scene) -> None:
    assert both(watch(scene)) == across(scene)


@FEW
@given(paths())
def test_reversed_time_swaps_the_directions(scene: Scene) -> None:
    there, back = watch(scene), watch(list(reversed(scene)))
    assert both(there) == both(back)[::-1]


@FEW
@given(paths())
def test_the_mirrored_scene_has_mirrored_counts(scene: Scene) -> None:
    assert both(watch(scene)) == both(watch(mirrored(scene)))[::-1]


@FEW
@given(paths())
def test_a_line_drawn_from_its_other_end_swaps_the_directions(scene: Scene) -> None:
    turned = camera([replace(GATE, start=GATE.end, end=GATE.start)])
    assert both(watch(scene)) == both(watch(scene, turned))[::-1]


@FEW
@given(paths())
def test_in_minus_out_is_the_change_of_occupancy(scene: Scene) -> None:
    found = watch(scene, camera(zones=[YARD]))
    for family, name in (("visitors", "person"), ("traffic", "car")):
        inside = found.inside(YARD.id, family)
        change = inside[-1] - inside[0]
        assert found.count("forward", name=name) - found.count("backward", name=name) == change


@FEW
@given(paths(), st.randoms(use_true_random=False))
def test_the_order_of_the_detections_does_not_matter(scene: Scene, seed: random.Random) -> None:
    shuffled = [seed.sample(list(boxes), len(boxes)) for boxes in scene]
    assert kinds(watch(scene)) == kinds(watch(shuffled))


@FEW
@given(paths(), st.sets(st.integers(0, 80), max_size=30))
def test_no_id_is_reused_and_each_ends_once(scene: Scene, empty: set[int]) -> None:
    """Whole seconds without a box end tracks; who comes back is somebody else."""
    found = watch([[] if i % 40 > 20 or i in empty else boxes for i, boxes in enumerate(scene)])
    assert sorted(found.ended) == sorted(found.ids)


@FEW
@given(paths())
def test_two_lines_that_lie_on_one_another_count_alike(scene: Scene) -> None:
    twin = Line(id="c.twin", camera="c", name="twin", start=GATE.start, end=GATE.end)
    found = watch(scene, camera([GATE, twin]))
    assert found.count(line=GATE.id) == found.count(line=twin.id) == sum(across(scene))


Spoil = Callable[[np.random.Generator], tuple[Sequence[float], float, int]]
NONSENSE: dict[str, Spoil] = {
    "not a number": lambda rng: ([float("nan"), 10, 50, 60], 0.9, 0),
    "endless": lambda rng: ([0, 0, float("inf"), 60], 0.9, 0),
    "no area": lambda rng: ([100, 100, 100, 180], 0.9, 0),
    "inside out": lambda rng: ([180, 100, 100, 20], 0.9, 0),
    "no confidence": lambda rng: ([*rng.uniform(0, 400, 2), 500, 500], float("nan"), 0),
    "too sure": lambda rng: ([*rng.uniform(0, 400, 2), 500, 500], 1.7, 0),
    "no class": lambda rng: ([*rng.uniform(0, 400, 2), 500, 500], 0.9, -1),
    "an unknown class": lambda rng: ([*rng.uniform(0, 400, 2), 500, 500], 0.9, 99),
}


def spoiled(kinds: Sequence[str], dropped: list[int]) -> Callable[[Sequence[Box]], Detections]:
    """Adds one box of each kind of nonsense to every sample, at a random row."""
    rng = np.random.default_rng(4)

    def seen(boxes: Sequence[Box]) -> Detections:
        good = detections(boxes)
        bad = [NONSENSE[kind](rng) for kind in kinds]
        dropped[0] += len(bad)
        order = rng.permutation(len(good) + len(bad))
        xyxy = np.concatenate([good.xyxy, np.array([b[0] for b in bad], np.float32).reshape(-1, 4)])
        confidence = np.concatenate([good.confidence, np.array([b[1] for b in bad], np.float32)])
        class_id = np.concatenate([good.class_id, np.array([b[2] for b in bad], np.int64)])
        return Detections(xyxy[order], confidence[order], class_id[order])

    return seen


@FEW
@given(paths(), st.lists(st.sampled_from(sorted(NONSENSE)), min_size=1, unique=True))
def test_boxes_that_are_none_are_dropped_and_counted_and_change_no_count(scene: Scene, kinds_of: list[str]) -> None:
    dropped = [0]
    found = watch(scene, seen=spoiled(kinds_of, dropped))
    assert kinds(found) == kinds(watch(scene))
    assert found.dropped == dropped[0]


def test_thousands_of_boxes_take_nothing_from_those_who_pass() -> None:
    """A detector gone wild: three thousand unsure boxes a sample; the surest are kept, the rest is dropped and counted."""
    rng = np.random.default_rng(8)
    scene = [[Box(400 + 20.0 * i, 500.0)] for i in range(40)]

    def seen(boxes: Sequence[Box]) -> Detections:
        corner = rng.uniform((0, 0), (SIZE[0] - 30, 300), (3000, 2))
        wild = np.concatenate([corner, corner + rng.uniform(5, 30, (3000, 2))], axis=1)
        good = detections(boxes)
        return Detections(
            np.concatenate([wild.astype(np.float32), good.xyxy]),
            np.concatenate([np.full(3000, 0.12, np.float32), good.confidence]),
            np.concatenate([np.zeros(3000, np.int64), good.class_id]),
        )

    found = watch(scene, seen=seen)
    assert both(found) == (1, 0)
    assert found.dropped >= 40 * (3001 - 512)
