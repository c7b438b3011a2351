"""From stored minutes to verdicts, round after round, kept beside the figures and said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.checks.examine import Examination
from pantau.checks.rounds import AGAIN_S, Rounds
from pantau.checks.words import sentence
from pantau.places import DIRECTIONS, Camera, Entry, Follows, Line, Zone
from pantau.store.control import Control
from pantau.store.self_checks import SelfCheck
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

DAWN = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
"""Midnight in Jakarta."""
NOON = DAWN + timedelta(hours=12)
MINUTES = 240
EVERY_S = 30.0


def line(name: str, **more: object) -> Line:
    return Line(id=f"c.{name}", camera="c", name=name, start=(0.1, 0.1), end=(0.9, 0.1), **more)  # type: ignore[arg-type]  # by name


YARD = Zone(
    id="c.yard",
    camera="c",
    name="Halaman",
    polygon=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)),
    entries=(Entry(line="c.a", into="forward"), Entry(line="c.b", into="backward")),
)
CAMERA = Camera(
    id="c",
    name="Pasar",
    source="rtsp://10.0.0.5/one",
    analysers=("visitors", "quality"),
    lines=(line("a"), line("b"), line("down", follows=Follows(line="c.a"))),
    zones=(YARD,),
)
KEYS = (
    *(Key("visitors", one.id, 1, way) for one in CAMERA.lines for way in DIRECTIONS),
    Key("visitors", "c.yard", 1, ""),
    Key("quality", "c", 1, ""),
)
RUN = Run(
    id="r",
    camera="c",
    kind="live",
    started=DAWN,
    keys=KEYS,
    method={"visitors": "m", "quality": "m"},
    cadence_s={"visitors": EVERY_S, "quality": EVERY_S},
)


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path, timezone="Asia/Jakarta", clock=clock)
    opened.begin(RUN)
    yield opened
    opened.close()


@pytest.fixture
def control(tmp_path: Path, clock: Clock) -> Iterator[Control]:
    opened = Control.open(tmp_path, clock=clock)
    opened.apply([CAMERA])
    yield opened
    opened.close()


def watched(seq: int, first: datetime, minutes: int, said: Sequence[Observation] = (), gap: range = range(0)) -> Batch:
    times = tuple(first + timedelta(seconds=EVERY_S * i) for i in range(2 * minutes) if i // 2 not in gap)
    return Batch("r", seq, {"visitors": times, "quality": times}, tuple(said))


def passing(
    counts: Mapping[tuple[str, str], float], first: datetime = DAWN, minutes: int = MINUTES
) -> list[Observation]:
    """In each minute, so many people over each line and way on average; always one in the yard."""
    said = []
    for i in range(minutes):
        at = first + timedelta(minutes=i, seconds=7)
        said.append(Observation("c.yard", "visitors.inside", "", at, EVERY_S, 1.0))
        for (where, way), rate in counts.items():
            n = int((i + 1) * rate) - int(i * rate)
            said += [Observation(where, "visitors.person", way, at, 0.0, 1.0)] * n  # type: ignore[arg-type]  # a Direction
    return said


def examined(store: Store, control: Control, camera: Camera = CAMERA, now: datetime = NOON) -> dict[str, SelfCheck]:
    about = Examination(camera, "Asia/Jakarta", store.series, control.place)
    return {f"{one.kind} {one.direction}".strip(): one for one in about.day(now, now)}


def test_lines_that_agree_are_consistent(store: Store, control: Control) -> None:
    store.write(
        watched(1, DAWN, MINUTES, passing({("c.a", "forward"): 3, ("c.b", "forward"): 3, ("c.down", "forward"): 3}))
    )
    found = examined(store, control)
    assert {name: one.verdict for name, one in found.items()} == {
        "balance": "consistent",
        "stream forward": "consistent",
        "stream backward": "unknown",
        "confidence": "unknown",
    }
    assert found["stream backward"].reason == "few"
    assert found["confidence"].reason == "few"
    stream = found["stream forward"]
    assert (stream.expected, stream.found, stream.n) == (720.0, 720.0, 720)
    assert (stream.start, stream.end) == (DAWN, NOON)
    balance = found["balance"]
    assert (balance.expected, balance.found, balance.n, balance.other) == (0.0, 0.0, 720, "c.a")


def test_a_line_that_misses_a_fifth_is_found_and_said(store: Store, control: Control) -> None:
    store.write(
        watched(1, DAWN, MINUTES, passing({("c.a", "forward"): 3, ("c.b", "forward"): 2.4, ("c.down", "forward"): 2.4}))
    )
    found = examined(store, control)
    assert found["stream forward"].verdict == "inconsistent"
    assert found["balance"].verdict == "inconsistent"
    said = sentence(found["stream forward"], {"c.down": "Hilir", "c.a": "Hulu"})
    assert (
        said.id
        == "Hilir →: 576, sedangkan Hulu: 720, selisih yang wajar 106: tidak cocok; salah satu garis melewatkan atau menambah."
    )
    assert said.en.startswith("Hilir →: 576, while Hulu: 720, allowed difference 106: inconsistent; ")


def test_a_turned_line_is_compared_the_other_way_round(store: Store, control: Control) -> None:
    lines = (CAMERA.lines[0], CAMERA.lines[1], line("down", follows=Follows(line="c.a", turned=True)))
    store.write(watched(1, DAWN, MINUTES, passing({("c.a", "forward"): 3, ("c.down", "backward"): 3})))
    found = examined(store, control, replace(CAMERA, lines=lines))
    assert found["stream backward"].verdict == "consistent"
    assert examined(store, control)["stream forward"].verdict == "inconsistent"


def test_gaps_and_nothing_and_a_line_that_is_not_there_are_told_apart(store: Store, control: Control) -> None:
    nothing = examined(store, control)
    assert nothing["balance"].reason == nothing["confidence"].reason == "unseen"
    assert sentence(nothing["balance"], {}).en == "c.yard: can't tell, nothing was measured."
    broken = range(0, MINUTES, 5)
    times = [i for i in range(MINUTES) if i not in set(broken)]
    said = [o for o in passing({("c.a", "forward"): 3}) if int((o.time - DAWN).total_seconds() // 60) in times]
    samples = tuple(DAWN + timedelta(minutes=i, seconds=s) for i in times for s in (0, 30))
    store.write(Batch("r", 1, {"visitors": samples, "quality": samples}, tuple(said)))
    found = examined(store, control)
    assert (found["balance"].verdict, found["balance"].reason) == ("unknown", "gaps")
    elsewhere = replace(CAMERA, lines=(line("down", follows=Follows(line="d.x")),), zones=())
    lost = examined(store, control, elsewhere)["stream forward"]
    assert (lost.verdict, lost.reason) == ("unknown", "missing")
    assert sentence(lost, {}).id == "c.down →: belum dapat dinilai, garis pembandingnya tidak terdaftar."


def test_confidence_is_compared_with_the_same_hours_of_earlier_weeks(
    store: Store, control: Control, clock: Clock
) -> None:
    """36 days of four hours each, six samples an hour; on the last two the detector is less sure."""
    keys = (Key("quality", "c", 1, ""),)
    store.begin(replace(RUN, id="q", keys=keys, method={"quality": "m"}, cadence_s={"quality": 600.0}))
    for day in range(36):
        times = tuple(DAWN + timedelta(days=day, minutes=10 * i) for i in range(24))
        said = []
        for i, at in enumerate(times):
            sure = 0.5 + 0.02 * (i // 6) + 0.001 * (day % 5) - (0.1 if day >= 34 else 0.0)
            said += [
                Observation("c", "quality.confidence", "", at, 600.0, sure),
                Observation("c", "quality.boxes", "", at, 600.0, 5.0),
            ]
        store.write(Batch("q", day + 1, {"quality": times}, tuple(said)))
    clock.now = DAWN + timedelta(days=35, hours=12)
    assert examined(store, control, now=clock.now - timedelta(days=2))["confidence"].verdict == "consistent"
    found = examined(store, control, now=clock.now)["confidence"]
    assert found.verdict == "inconsistent"
    assert found.found == pytest.approx(0.432, abs=0.01)
    assert found.expected == pytest.approx(0.532, abs=0.01)
    assert "keyakinan 0,43, biasanya 0,53" in sentence(found, {}).id


def test_a_round_examines_each_camera_once_an_hour_and_keeps_what_it_found(store: Store, control: Control) -> None:
    store.write(watched(1, DAWN, MINUTES, passing({("c.a", "forward"): 3, ("c.down", "forward"): 2})))
    control.apply([replace(CAMERA, id="e", lines=(), zones=(), analysers=("visitors",))])
    rounds = Rounds(control, store.series, "Asia/Jakarta")
    first = rounds.turn(NOON)
    assert {one.camera for one in first} == {"c"}
    assert rounds.turn(NOON + timedelta(seconds=5)) == ()  # the other camera has nothing to compare
    assert rounds.turn(NOON + timedelta(seconds=10)) == ()
    kept = control.self_checks("c")
    assert {one.start for one in kept} == {DAWN, DAWN - timedelta(days=1)}
    assert set(kept) == set(first)
    later = NOON + timedelta(seconds=AGAIN_S)
    assert rounds.turn(later)
    assert len(control.self_checks()) == len(kept)
    assert {one.time for one in control.self_checks()} == {later}
    failed = control.failed_checks(["c.down"], DAWN, NOON)
    assert {one.verdict for one in failed} == {"inconsistent"}
    assert control.failed_checks(["c.down"], NOON + timedelta(days=3), NOON + timedelta(days=4)) == ()


def test_what_is_compared_comes_back_from_the_register(control: Control) -> None:
    [camera] = control.cameras()
    assert camera.zones == CAMERA.zones
    assert camera.lines == CAMERA.lines
