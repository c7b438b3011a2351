"""Camera health on a painted street: each fault is found within its time and named, and what only looks like one is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import cv2
import numpy as np
import pytest

from pantau.findings import FaultKind, Findings
from pantau.measure.fault import KINDS
from pantau.measure.grain import Ground
from pantau.measure.health import HealthAnalyser, suspect
from pantau.measure.outline import Match
from pantau.places import Camera
from pantau.types import EPOCH, Detections, Event, Frame, Image, Tracks, View

SIZE = (320, 240)
EVERY_S = 10.0
RNG = np.random.default_rng(8)


def street(seed: int = 1) -> Image:
    """Houses with windows, a road with marks: edges of many sizes."""
    random = np.random.default_rng(seed)
    image = np.full((SIZE[1], SIZE[0], 3), 110, np.uint8)
    for _ in range(160):
        x, y = random.integers(0, SIZE[0]), random.integers(0, SIZE[1])
        w, h = random.integers(6, 46), random.integers(6, 34)
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), random.integers(20, 235, 3).tolist(), -1)
    return np.asarray(cv2.GaussianBlur(image, (3, 3), 0), np.uint8)


def noisy(image: Image | np.ndarray, sigma: float = 1.5) -> Image:
    return np.asarray(np.clip(image + RNG.normal(0, sigma, (*image.shape[:2], 1)), 0, 255), np.uint8)


class Watch:
    """An analyser that has seen five healthy minutes of the street."""

    def __init__(self, view: str = "", learn: int = 30) -> None:
        self.subject = HealthAnalyser(Camera(id="c", name="c", source="", view=view), EVERY_S)
        self.at = 0
        self.events: list[Event] = []
        self.show(noisy(street()) for _ in range(learn))
        assert not self.events

    def look(self, image: Image, off_s: float | None = None) -> Findings:
        time = EPOCH + timedelta(seconds=self.at * EVERY_S)
        self.at += 1
        told = None if off_s is None else time + timedelta(seconds=off_s)
        frame = Frame("c", time, image.copy(), self.at, self.at * EVERY_S, told=told)
        found = self.subject.step(View(frame, Detections.empty(), Tracks.empty()))
        self.events += found.events
        return found

    def show(self, images: Iterator[Image]) -> list[str]:
        """Look at all; the kinds that began."""
        before = len(self.events)
        for image in images:
            self.look(image)
        return [str(event.attributes["fault"]) for event in self.events[before:] if event.end is None]


def covered(image: Image) -> np.ndarray:
    ramp = np.linspace(0.8, 1.2, SIZE[0])[None, :, None]
    return np.full_like(image, 60) * ramp


def sprayed(image: Image) -> np.ndarray:
    painted = image.copy()
    cv2.circle(painted, (SIZE[0] // 2, SIZE[1] // 2), 100, (20, 20, 160), -1)
    return painted


def drops(image: Image) -> np.ndarray:
    wet = np.zeros(image.shape[:2], np.float32)
    for x, y in np.random.default_rng(4).uniform(0, 1, (40, 2)).tolist():
        cv2.circle(wet, (int(x * SIZE[0]), int(y * SIZE[1])), 24, (1.0,), -1)
    share = np.asarray(cv2.GaussianBlur(wet, (0, 0), 2))[..., None]
    return np.asarray(image * (1 - share) + cv2.GaussianBlur(image, (0, 0), 8) * share)


def pushed(image: Image) -> np.ndarray:
    matrix = np.array([[1, 0, 25], [0, 1, -12]], np.float32)
    return np.asarray(cv2.warpAffine(image, matrix, SIZE, borderMode=cv2.BORDER_REFLECT))


MADE: dict[FaultKind, Callable[[Image], np.ndarray]] = {
    "overexposed": lambda image: image * 9.0,
    "covered": covered,
    "sprayed": sprayed,
    "defocused": lambda image: cv2.GaussianBlur(image, (0, 0), 5),
    "moved": pushed,
    "drops": drops,
}


@pytest.mark.parametrize("kind", list(MADE))
def test_a_fault_of_the_picture_is_found_in_its_time_named_and_ends_when_it_is_mended(kind: FaultKind) -> None:
    watch, hurt = Watch(), MADE[kind](street())
    looks = round((KINDS[kind].hold_s + 60) / EVERY_S)
    assert watch.show(noisy(hurt) for _ in range(looks)) == [kind]
    (began,) = watch.events
    assert (began.kind, began.place, began.end) == ("fault", "c", None)
    assert str(began.attributes["reason"]).startswith(f"{kind}: ")
    assert [(f.kind, f.blind) for f in watch.subject.faults] == [(kind, kind != "drops")]
    watch.show(noisy(street()) for _ in range(4))
    assert watch.events[-1].id == began.id
    assert watch.events[-1].end is not None
    assert not watch.subject.faults


def test_the_same_picture_again_and_again_is_frozen_and_an_empty_scene_is_not() -> None:
    watch = Watch()
    still = noisy(street(), 0.7)
    assert watch.show(still for _ in range(9)) == ["frozen"]
    assert not Watch().show(noisy(street(), 1.2) for _ in range(60))


def test_a_picture_that_went_black_at_noon_is_covered_and_one_that_dims_for_half_an_hour_is_dark() -> None:
    assert Watch().show(noisy(street() * 0.02) for _ in range(20)) == ["covered"]
    gains = np.geomspace(1, 0.02, 200)
    assert Watch().show(noisy(street() * gain) for gain in [*gains, *[0.02] * 25]) == ["dark"]


def test_a_lit_night_a_sunrise_and_passing_clouds_are_healthy() -> None:
    lamp = np.exp(-(((np.arange(SIZE[0]) - 120) / 70.0) ** 2))[None, :, None] + 0.12
    day, night = street().astype(np.float64), street() * lamp * 0.7
    share = np.clip(np.linspace(-0.5, 1.5, 180), 0, 1)
    cloud = 1 + 0.25 * np.sin(np.arange(120) / 5)
    assert not Watch().show(noisy(day * (1 - s) + night * s) for s in share)
    assert not Watch().show(noisy(day * c) for c in cloud)


def test_a_bus_before_the_lens_for_half_a_minute_and_headlights_are_no_faults() -> None:
    watch = Watch()
    bus = street(5)
    bus[40:] = (200, 90, 40)
    glare = np.clip(street().astype(np.float64) + 190, 0, 255)
    for _ in range(4):
        assert not watch.show(noisy(bus) for _ in range(3))
        assert not watch.show(noisy(street()) for _ in range(6))
        assert not watch.show(noisy(glare) for _ in range(2))
        assert not watch.show(noisy(street()) for _ in range(6))


def test_a_clock_that_is_hours_off_is_told_but_blinds_nobody_and_none_is_no_fault() -> None:
    watch = Watch()
    for _ in range(9):
        watch.look(noisy(street()), off_s=3 * 3600.0)
    assert [(f.kind, f.blind) for f in watch.subject.faults] == [("clock", False)]
    healthy = Watch()
    for _ in range(9):
        healthy.look(noisy(street()), off_s=0.4)
    assert not healthy.events


def test_a_move_while_nobody_watched_is_noticed_by_the_view_that_was_kept() -> None:
    kept = Watch().subject.view
    assert kept
    again = Watch(view=kept, learn=0)
    assert again.show(noisy(pushed(street())) for _ in range(9)) == ["moved"]
    assert not Watch(view=kept, learn=0).show(noisy(street()) for _ in range(40))


def test_every_look_says_each_kind_and_a_gap_neither_mends_nor_makes_a_fault() -> None:
    watch = Watch()
    said = {o.indicator: o.value for o in watch.look(noisy(street())).observations}
    assert set(said) == {"health.faulty", "health.blind", *(f"health.{kind}" for kind in KINDS)}
    assert not any(said.values())
    watch.show(noisy(covered(street())) for _ in range(20))
    watch.subject.close(EPOCH)
    assert [f.kind for f in watch.subject.faults] == ["covered"]
    said = {o.indicator: o.value for o in watch.look(noisy(covered(street()))).observations}
    assert (said["health.covered"], said["health.blind"]) == (1.0, 1.0)


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 900, 3), (1080, 1920, 3)])
def test_any_size_of_picture_will_do(shape: tuple[int, int, int]) -> None:
    subject = HealthAnalyser(Camera(id="c", name="c", source=""), EVERY_S)
    for n in range(20):
        frame = Frame("c", EPOCH + timedelta(seconds=n * 10), noisy(np.full(shape, 90.0)), 1, n * 10.0)
        subject.step(View(frame, Detections.empty(), Tracks.empty()))


def _match(tiles: int, blurred: int, tone: float) -> Match:
    nothing = np.zeros(tiles, np.bool_)
    soft = np.arange(tiles) < blurred
    none, tones = np.zeros(0, np.bool_), np.zeros(0, np.float32)
    return Match(
        nothing,
        nothing,
        soft,
        np.where(soft, np.float32(tone), np.float32(0)),
        0.9,
        0.9,
        0.95,
        Ground(none, none, none),
        tones,
    )


@pytest.mark.parametrize(
    ("tiles", "blurred", "tone", "said"),
    [
        (45, 14, 0.0, "drops"),
        (45, 14, 0.5, None),  # softer and of another tone: vehicles that park
        (16, 4, 0.0, None),  # where little is known, one of them is a quarter of it
        (16, 9, 0.0, "drops"),
    ],
)
def test_drops_keep_the_tones_and_are_more_than_a_parked_vehicle(
    tiles: int, blurred: int, tone: float, said: FaultKind | None
) -> None:
    assert suspect(_match(tiles, blurred, tone)) == said


def asphalt() -> Image:
    """A plain ground: fine grain, a kerb along its upper edge, and nothing else."""
    grain = np.random.default_rng(9).normal(0, 1, (SIZE[1], SIZE[0])).astype(np.float32)
    grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 1.0))
    image = np.asarray(np.clip(115 + 7 * grain / grain.std(), 0, 255), np.uint8)
    image = np.repeat(image[..., None], 3, axis=2)
    image[:24] = street()[:24]
    return image


class PlainWatch(Watch):
    """An analyser that has seen a quarter of an hour of plain ground."""

    def __init__(self) -> None:
        self.subject = HealthAnalyser(Camera(id="c", name="c", source=""), EVERY_S)
        self.at, self.events = 0, []
        self.show(noisy(asphalt(), 3.0) for _ in range(90))
        assert not self.events


@pytest.mark.parametrize("kind", ["drops", "sprayed"])
def test_what_is_on_the_lens_is_found_over_plain_ground_by_its_grain(kind: FaultKind) -> None:
    watch, hurt = PlainWatch(), MADE[kind](asphalt())
    looks = round((KINDS[kind].hold_s + 60) / EVERY_S)
    assert watch.show(noisy(hurt, 3.0) for _ in range(looks)) == [kind]


def test_lorries_that_park_on_plain_ground_for_hours_are_no_drops() -> None:
    watch, parked = PlainWatch(), asphalt()
    for number, left in enumerate((20, 120, 220)):
        parked[90:170, left : left + 70] = street(20 + number)[90:170, left : left + 70]
    assert watch.show(noisy(parked, 3.0) for _ in range(200)) == []


def test_a_plain_ground_in_another_light_is_healthy() -> None:
    watch = PlainWatch()
    dusk = np.linspace(1.0, 0.35, 120)
    assert watch.show(noisy(asphalt() * gain, 3.0) for gain in dusk) == []
