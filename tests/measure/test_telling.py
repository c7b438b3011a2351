"""A gauge on a wall of which a part is bare: what it can't tell, it doesn't tell, and where that is too much it stays refused."""

from datetime import timedelta

import numpy as np
import pytest

from pantau.findings import Findings, Reason, WaterView
from pantau.measure.kept_looks import refused
from pantau.measure.telling import between, refusal, spans
from pantau.measure.water import WaterAnalyser
from pantau.places import Camera, Mark, Zone
from pantau.types import EPOCH, Detections, Event, Frame, Image, Tracks, View

W, H, FOOT, TOP = 160, 200, 180, 20
HEIGHTS = np.arange(161, dtype=np.float64)


def picture(number: int, bare: tuple[int, int], level: float = 0.0) -> Image:
    """A rough wall, one pixel a cm, bare and dark between two heights, under moving water up to a level."""
    rough = np.random.default_rng(5).normal(120, 40, (H // 4, W // 4)).repeat(4, 0).repeat(4, 1)
    rough[FOOT - bare[1] : FOOT - bare[0]] = 30
    rng = np.random.default_rng(100 + number)
    waves = rng.normal(95, 25, (H // 2, W // 2)).repeat(2, 0).repeat(2, 1)
    below = np.arange(H)[:, None] > FOOT - level
    wall = np.where(below & (level > 0), waves, rough)
    return np.clip(np.repeat(wall[..., None], 3, axis=2) + rng.normal(0, 3, (H, W, 3)), 0, 255).astype(np.uint8)


NOBODY = (0, 0)
BARE = (50, 90)
MINUTE = timedelta(minutes=1)


class Kali:
    """A gauge that is looked at once a minute; `dry` is what was kept of it."""

    def __init__(self, limit_cm: float, dry: str = "") -> None:
        camera = Camera(id="kali", name="kali", source="", zones=(gauge(limit_cm),), dry=(("air", dry),) if dry else ())
        self.analyser, self.n = WaterAnalyser(camera, 60.0), 0
        self.events: list[Event] = []

    def see(self, *pictures: Image) -> WaterView:
        """The last of what is said of them."""
        found = Findings()
        for image in pictures:
            time = EPOCH + self.n * MINUTE
            frame = Frame("kali", time, image, self.n, 60.0 * self.n)
            found = self.analyser.step(View(frame, Detections.empty(), Tracks.empty()))
            self.events += found.events
            self.n += 1
        return found.water[0]

    def looks(self, bare: tuple[int, int], stills: int, level: float = 0.0) -> WaterView:
        return self.see(*(picture(self.n + i, bare, level) for i in range(stills)))


def gauge(limit_cm: float) -> Zone:
    marks = (Mark((0.5, FOOT / H), 0.0), Mark((0.5, TOP / H), 160.0))
    return Zone(
        id="air",
        camera="kali",
        name="air",
        polygon=((0.1, 0.92), (0.9, 0.92), (0.9, 0.99), (0.1, 0.99)),
        kind="water",
        gauge=marks,
        limit_cm=limit_cm,
    )


def watch(bare: tuple[int, int], limit_cm: float, levels: list[float]) -> list[WaterView]:
    """What is said of each still, one a minute."""
    kali = Kali(limit_cm)
    return [kali.looks(bare, 1, level) for level in levels]


def test_a_gauge_bare_at_its_alarm_level_is_refused_with_the_heights_and_what_to_do() -> None:
    said = watch(BARE, 70.0, [0.0] * 14)
    assert all(one.level_cm is None for one in said)
    assert said[-1].reason == Reason("refused_at_limit", {"heights": "66-74 cm", "limit": "70"})
    assert [one.refused for one in said] == [False] * 11 + [True] * 3  # three dry looks of four stills


def test_a_refused_gauge_stays_refused_in_better_light_until_somebody_acts() -> None:
    kali = Kali(70.0)
    assert kali.looks(BARE, 13).refused
    assert kali.looks(NOBODY, 60).refused  # the same wall in a light in which it would tell
    assert Kali(70.0).looks(NOBODY, 6).level_cm == pytest.approx(0, abs=1)  # reregistered then: a fresh look


def test_a_refusal_outlives_a_restart_and_a_new_alarm_level_is_judged_anew() -> None:
    kali = Kali(70.0)
    kali.looks(BARE, 13)
    kept = kali.analyser.dry["air"]
    assert refused(kept, 70.0) == Reason("refused_at_limit", {"heights": "66-74 cm", "limit": "70"})
    assert Kali(70.0, kept).looks(NOBODY, 1).refused
    assert refused(kept, 30.0) is None
    assert not Kali(30.0, kept).looks(BARE, 3).refused


def test_a_good_gauge_is_not_refused_for_one_dry_look_that_was_spoilt() -> None:
    kali = Kali(70.0)
    assert kali.looks(BARE, 4).reason == Reason("learning")
    assert kali.looks(NOBODY, 5).level_cm == pytest.approx(0, abs=1)


def test_dry_looks_that_are_no_text_of_ours_refuse_nothing() -> None:
    assert refused("", 70.0) is None
    assert refused("not base85 \u2603", 70.0) is None


def test_a_refused_gauge_is_an_event_at_once_that_lasts() -> None:
    kali = Kali(70.0)
    kali.looks(BARE, 40)
    told = {event.id: event for event in kali.events}
    assert len(told) == 1
    (event,) = told.values()
    assert (event.kind, event.place, event.end) == ("unread", "air", None)
    assert event.start == EPOCH
    assert dict(event.attributes) == {"reason": "refused_at_limit", "heights": "66-74 cm", "limit": "70"}


def test_a_silent_gauge_is_an_event_after_ten_minutes_and_until_a_level_comes() -> None:
    kali = Kali(30.0)
    assert kali.looks(BARE, 6).unread_since is None
    black = np.zeros((H, W, 3), np.uint8)
    since = kali.see(*[black] * 10).unread_since
    assert since is not None
    assert since <= EPOCH + 7 * MINUTE
    assert kali.events == []
    kali.see(*[black] * 3)
    assert [(one.start, one.end) for one in kali.events] == [(since, None)]
    assert kali.looks(BARE, 10).unread_since is None
    assert kali.events[-1].id == kali.events[0].id
    assert kali.events[-1].end is not None
    assert kali.events[-1].end > EPOCH + 18 * MINUTE


def test_the_same_gauge_is_good_where_its_alarm_level_tells() -> None:
    assert watch(BARE, 30.0, [0.0] * 8)[-1].level_cm == pytest.approx(0, abs=1)


def test_water_in_a_bare_stretch_is_a_gap_and_is_told_again_above_it() -> None:
    said = watch(BARE, 30.0, [0.0] * 6 + [float(cm) for cm in range(4, 120, 4)] + [116.0] * 8)
    truth = [0.0] * 6 + [float(cm) for cm in range(4, 120, 4)] + [116.0] * 8
    inside = [one for one, cm in zip(said, truth, strict=True) if 56 <= cm <= 72]
    assert all(one.level_cm is None for one in inside)
    assert any(one.reason == Reason("untelling") for one in inside)
    assert not any(one.refused for one in said)
    told = [(one.level_cm, cm) for one, cm in zip(said, truth, strict=True) if one.level_cm is not None]
    assert max(abs(level - cm) for level, cm in told) < 7  # windows reach over the edge of the bare stretch
    assert said[-1].level_cm == pytest.approx(116, abs=3)


def test_a_level_needs_telling_rows_on_both_sides() -> None:
    tells = np.ones(160)
    tells[50:90] = 0.0
    assert [between(tells, HEIGHTS, row) for row in (0, 40, 50, 70, 90, 120, 160)] == [
        True,
        True,
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_gauge_of_which_too_much_is_bare_is_refused_without_a_limit() -> None:
    tells = np.ones(160)
    tells[:40] = 0.0
    assert refusal(tells, HEIGHTS, 0.0) is None
    tells[100:140] = 0.0
    assert refusal(tells, HEIGHTS, 0.0) == Reason("refused", {"heights": "0-40 cm, 100-140 cm"})
    assert spans(tells < 0.5, HEIGHTS) == ["0-40 cm", "100-140 cm"]
