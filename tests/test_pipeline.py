"""The loop: what is measured is kept once, what is away is an outage, and a full store loses nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from typing_extensions import override

from pantau.errors import SourceError, StoreError
from pantau.ingest.fake import FakeSource, fake_frames
from pantau.ledger import PENDING
from pantau.measure.visitors import VisitorsAnalyser
from pantau.pipeline import Parts, supervise, watch
from pantau.ports import Needs
from pantau.see.tracker import TwoStageTracker
from pantau.types import Detections, Frame, Gap, Image
from tests.staged_loop import (
    CAMERA,
    KEY,
    RUN,
    START,
    MemoryBoard,
    MemorySink,
    StubAnalyser,
    StubDetector,
    StubHealth,
    parts,
)


def test_every_sample_and_crossing_reaches_the_sink_once() -> None:
    sink = MemorySink()
    summary = watch(parts([*fake_frames("a", START, 51)], sink=sink))
    assert summary.samples == 51
    assert summary.dropped == {"late": 2}
    assert len(sink.samples) == len(set(sink.samples)) == 51
    assert summary.crossings == len(sink.events) == 11  # ten while running, one settled at the end
    assert [b.seq for b in sink.batches] == list(range(1, len(sink.batches) + 1))
    assert sink.ended == RUN.id


def test_batches_leave_every_second_of_capture_time() -> None:
    sink = MemorySink()
    watch(parts([*fake_frames("a", START, 51)], sink=sink))
    spans = [b.samples["visitors"] for b in sink.batches if b.samples]
    assert all((times[-1] - times[0]).total_seconds() <= 1.0 for times in spans)


def test_an_outage_is_an_event_with_an_end_and_no_samples() -> None:
    back = START + timedelta(seconds=30)
    script: list[Frame | Gap] = [
        *fake_frames("a", START, 5),
        Gap("a", START + timedelta(seconds=1), "outage", "unreachable: connection refused"),
        Gap("a", START + timedelta(seconds=6), "outage", "unreachable: connection refused"),
        *(replace(f, segment=1) for f in fake_frames("a", back, 5)),
    ]
    sink, board, analyser = MemorySink(), MemoryBoard(), StubAnalyser()
    watch(parts(script, sink=sink, board=board, analysers=(analyser,)))
    outages = {e.id: e for e in sink.events if e.kind == "outage"}
    assert len(outages) == 1
    (outage,) = outages.values()
    assert (outage.start, outage.end) == (START + timedelta(seconds=1), back)
    assert "refused" in str(outage.attributes["reason"])
    assert not [t for t in sink.samples if START + timedelta(seconds=1) <= t < back]
    assert analyser.closed[0] == START + timedelta(seconds=1)
    shown = [p.status for p in board.posts]
    assert "outage" in shown
    assert shown[-1] == "ended"


def test_a_sample_that_is_not_done_in_time_is_unobserved_and_said() -> None:
    sink = MemorySink()
    made = parts([*fake_frames("a", START, 10)], sink=sink, detector=StubDetector(slow=(3, 4)), deadline_s=0.1)
    summary = watch(made)
    assert len(sink.samples) == 8
    assert summary.dropped == {"late": 2, "deadline": 2}


def test_the_board_is_told_what_each_stage_took() -> None:
    class Slow(StubDetector):
        @override
        def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
            time.sleep(0.02)
            return super().detect(image, deadline_s)

    board = MemoryBoard()
    watch(parts([*fake_frames("a", START, 3)], board=board, detector=Slow()))
    live = next(post for post in board.posts if post.status == "live")
    assert set(live.stages_ms) == {"detect", "track", "measure"}
    assert live.step_ms == pytest.approx(sum(live.stages_ms.values()))
    assert live.stages_ms["detect"] >= 20


def test_while_no_sample_is_done_in_time_the_board_says_so() -> None:
    board = MemoryBoard()
    slow = StubDetector(slow=tuple(range(6, 100)))
    watch(parts([*fake_frames("a", START, 90)], board=board, detector=slow, deadline_s=0.1))
    shown = next(post for post in board.posts if post.dropped.get("deadline") == 80)
    assert shown.fps_got == pytest.approx(4 / 16.8, abs=0.01)
    assert shown.time == START + timedelta(seconds=0.8), "the newest that was analysed"


def test_pictures_of_another_size_midway_end_every_track_and_are_looked_at() -> None:
    """Boxes are pixels of their own picture: held on a larger one they would stand elsewhere, and cross lines on the way there."""
    small = fake_frames("a", START, 10)
    large = [
        replace(f, image=np.zeros((240, 320, 3), np.uint8), media_s=2 + f.media_s, quiet=True)
        for f in fake_frames("a", START + timedelta(seconds=2), 5)
    ]
    detector, analyser = StubDetector(), StubAnalyser()
    watch(parts([*small, *large], detector=detector, analysers=(analyser,)))
    assert [image.shape for image in detector.seen[len(small) :]] == [(240, 320, 3)]
    assert analyser.closed[0] == small[-1].time


@pytest.mark.parametrize("spoil", ["repeated", "swapped", "stale"])
def test_frames_that_are_repeated_or_out_of_order_are_dropped_and_counted_and_change_no_count(spoil: str) -> None:
    """With the real tracker and counting: somebody walks over the line, and every third frame comes wrong."""
    good = fake_frames("a", START, 30)
    wrong = {
        "repeated": [again for i, f in enumerate(good) for again in ([f, f] if i % 3 == 0 else [f])],
        "swapped": [good[i + 1] if i % 3 == 1 else good[i - 1] if i % 3 == 2 else good[i] for i in range(30)],
        "stale": [late for i, f in enumerate(good) for late in ([f, good[i // 2]] if i % 3 == 0 else [f])],
    }[spoil]

    class Walks:
        """One person, who is where the capture time says, however often it is asked."""

        method = "walks"

        def __init__(self, frames: Sequence[Frame]) -> None:
            self.times = iter([f.time for f in frames])

        def detect(self, image: Image, deadline_s: float | None = None) -> Detections:
            del deadline_s
            y = image.shape[0] * (0.3 + 0.4 * (next(self.times) - START).total_seconds() / 6)
            return Detections(np.array([[4, y - 8, 8, y]], np.float32), np.array([0.9], np.float32), np.array([0]))

    def count(frames: Sequence[Frame]) -> tuple[int, int, Mapping[str, int]]:
        rising = [f for i, f in enumerate(frames) if all(g.time < f.time for g in frames[:i])]
        analyser = VisitorsAnalyser(CAMERA, 0.2)
        run = replace(RUN, keys=analyser.keys)
        made = parts(list(frames), run=run, detector=Walks(rising), tracker=TwoStageTracker(), analysers=(analyser,))
        done = watch(replace(made, source=FakeSource(list(frames))))
        return done.samples, done.crossings, done.dropped

    assert count(good) == (30, 1, {})
    samples, crossings, dropped = count(wrong)
    assert crossings == 1
    assert samples + dropped["disorder"] == len(wrong)
    assert dropped["disorder"] == 10


def test_a_store_that_refuses_for_a_while_loses_nothing() -> None:
    sink = MemorySink(refusals=5)
    watch(parts([*fake_frames("a", START, 51)], sink=sink))
    assert len(sink.samples) == 51
    assert len(sink.events) == 11


def test_a_full_store_stops_the_loop_instead_of_filling_memory() -> None:
    waits: list[float] = []

    def stopping(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 3

    detector, board = StubDetector(), MemoryBoard()
    made = parts(
        [*fake_frames("a", START, 5 * (PENDING + 50))],
        sink=MemorySink(refusals=-1),
        detector=detector,
        board=board,
        stopping=stopping,
    )
    with pytest.raises(StoreError, match=rf"camera a: {PENDING} batches .*disk full"):
        watch(made)
    assert detector.calls <= 5 * PENDING + 1
    assert board.posts[-1].status == "outage"
    assert "disk full" in board.posts[-1].reason


def test_what_is_masked_is_black_before_anything_looks() -> None:
    white = np.full((48, 64, 3), 255, np.uint8)
    detector = StubDetector()
    camera = replace(CAMERA, masks=(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),))
    watch(parts([*fake_frames("a", START, 2, image=white)], camera=camera, detector=detector))
    assert not detector.seen[0][:, :32].any()
    assert (detector.seen[0][:, 32:] == 255).all()


def test_the_board_counts_provisionally_and_shows_boxes_as_fractions() -> None:
    board = MemoryBoard()
    watch(parts([*fake_frames("a", START, 11)], board=board, redactor=Redactor()))
    live = board.posts[-2]
    assert live.status == "live"
    assert live.counts == {("a.L", "forward", "person"): 2}
    assert live.boxes == ((round(10 / 64, 4), round(10 / 48, 4), round(20 / 64, 4), round(30 / 48, 4), "person"),)
    assert live.picture == b"jpeg"
    assert live.fps_got == pytest.approx(5.0)


def test_without_a_redacted_picture_there_is_no_picture() -> None:
    class Refuser:
        def redact(self, frame: Frame, detections: Detections) -> bytes | None:
            return None

    board = MemoryBoard()
    watch(parts([*fake_frames("a", START, 5)], board=board, redactor=Refuser()))
    assert {p.picture for p in board.posts} == {b""}


@pytest.mark.parametrize(("looked", "quiet", "made"), [(True, False, 26), (False, False, 6), (False, True, 2)])
def test_pictures_are_made_for_who_looks(looked: bool, quiet: bool, made: int) -> None:
    class Redactor:
        calls = 0

        def redact(self, frame: Frame, detections: Detections) -> bytes | None:
            self.calls += 1
            return b"jpeg"

    board, redactor = MemoryBoard(), Redactor()
    board.looked = looked
    frames = [replace(frame, quiet=quiet and frame.index > 1) for frame in fake_frames("a", START, 51)]
    watch(parts([*frames], board=board, redactor=redactor))
    assert redactor.calls == made


class Redactor:
    def redact(self, frame: Frame, detections: Detections) -> bytes | None:
        return b"jpeg"


class Seldom(StubAnalyser):
    """One look in ten seconds is enough, as for parking and water."""

    needs = Needs(10.0, frozenset({"detections"}))


@pytest.mark.parametrize(("looked", "calls"), [(False, 17), (True, 77)])
def test_where_nobody_asks_the_detector_does_not_look(looked: bool, calls: int) -> None:
    """Half a minute, looked at by an analyser four times; beside these a picture every two seconds, or every 0.4 while somebody looks."""
    script: list[Frame | Gap] = [*fake_frames("a", START, 151)]
    run = replace(RUN, cadence_s={"visitors": 10.0})
    detector, sink, board = StubDetector(), MemorySink(), MemoryBoard()
    summary = watch(parts(script, detector=detector, sink=sink, board=board, run=run, analysers=(Seldom(),)))
    assert detector.calls == len(sink.samples) == summary.samples == 4
    assert summary.dropped == {"late": 2, "cadence": 147}
    shown, board.looked = StubDetector(), looked
    watch(parts(script, detector=shown, board=board, run=run, analysers=(Seldom(),), redactor=Redactor()))
    assert shown.calls == pytest.approx(calls, abs=2)
    last = board.posts[-2]
    assert last.fps_got <= 1.5 * last.fps_asked, "who only looks on is not counted"


def test_who_asks_seldom_for_tracks_has_them_of_every_sample() -> None:
    class Follows(StubAnalyser):
        needs = Needs(10.0, frozenset({"tracks"}))

    detector, analyser, run = StubDetector(), Follows(), replace(RUN, cadence_s={"visitors": 10.0})
    watch(parts([*fake_frames("a", START, 51)], detector=detector, run=run, analysers=(analyser,)))
    assert (detector.calls, analyser.steps) == (51, 2)


def test_what_was_found_before_nobody_asked_does_not_hold() -> None:
    """Something moved between the look at the beginning and the calm in which the next one falls."""
    detector = StubDetector()
    frames = [replace(frame, quiet=frame.index > 20) for frame in fake_frames("a", START, 151)]
    watch(parts([*frames], detector=detector, run=replace(RUN, cadence_s={"visitors": 10.0}), analysers=(Seldom(),)))
    assert detector.calls == 2


def test_while_nothing_moves_what_was_found_holds_and_every_moment_is_observed() -> None:
    detector, sink = StubDetector(), MemorySink()
    frames = [replace(frame, quiet=frame.index > 3) for frame in fake_frames("a", START, 51)]
    script: list[Frame | Gap] = [*frames[:25], Gap("a", frames[25].time, "outage", "away"), *frames[26:]]
    watch(parts(script, detector=detector, sink=sink, tracker=TwoStageTracker()))
    assert detector.calls == 3 + 1, "three that moved, and the first after the outage"
    assert len(sink.samples) == 50


def supervised(build: Callable[[], Parts], rounds: int) -> tuple[MemoryBoard, list[float]]:
    board, waits = MemoryBoard(), list[float]()

    def stopping(seconds: float) -> bool:
        if seconds:
            waits.append(seconds)
        return len(waits) >= rounds

    supervise(CAMERA, build, board, stopping, lambda: START)
    return board, waits


def test_a_camera_that_fails_is_shown_with_its_reason_and_tried_again() -> None:
    def build() -> Parts:
        raise SourceError("camera a: clip.avi is no video")

    board, waits = supervised(build, rounds=4)
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert all(p.status == "outage" and "no video" in p.reason for p in board.posts)
    assert {p.fps_asked for p in board.posts} == {CAMERA.fps}  # what is asked of it does not shrink because it is away


def test_a_loop_that_held_for_long_is_tried_again_at_once() -> None:
    board, waits, hours = MemoryBoard(), list[float](), iter(range(100))

    def build() -> Parts:
        raise SourceError("gone")

    def stopping(seconds: float) -> bool:
        if seconds:
            waits.append(seconds)
        return len(waits) >= 3

    supervise(CAMERA, build, board, stopping, lambda: START + timedelta(hours=next(hours)))
    assert waits == [1.0, 1.0, 1.0]


def test_what_waits_is_kept_also_when_no_picture_ever_came() -> None:
    sink = MemorySink(refusals=1)
    watch(parts([Gap("a", START, "outage", "unreachable: nobody answers")], sink=sink, stopping=lambda _seconds: False))
    assert "outage" in [e.kind for e in sink.events]


def test_a_bug_takes_down_one_camera_only_and_says_no_more_than_its_kind() -> None:
    def build() -> Parts:
        raise ZeroDivisionError("rtsp://op:s3cret@host")

    board, _ = supervised(build, rounds=1)
    assert board.posts[-1].reason == "internal: ZeroDivisionError"


def test_a_loop_that_ends_is_not_started_again() -> None:
    built: list[Parts] = []

    def build() -> Parts:
        built.append(parts([*fake_frames("a", START, 3)]))
        return built[-1]

    supervised(build, rounds=1)
    assert len(built) == 1
    source = built[0].source
    assert isinstance(source, FakeSource)
    assert source.closed


def test_useless_pictures_go_to_nobody_but_the_analyser_that_says_so_and_their_time_is_unobserved() -> None:
    blind, mended = START + timedelta(seconds=3), START + timedelta(seconds=7)
    health, counting, sink, board = StubHealth(blind, mended), StubAnalyser(), MemorySink(), MemoryBoard()
    run = replace(RUN, keys=(KEY, *health.keys), cadence_s={"visitors": 0.2, "health": 1.0})
    watch(parts([*fake_frames("a", START, 51)], sink=sink, board=board, run=run, analysers=(counting, health)))
    looked = [t for b in sink.batches for t in b.samples.get("health", ())]
    said, over = min(t for t in looked if t >= blind), min(t for t in looked if t >= mended)
    assert not [t for t in sink.samples if said < t < over]
    assert [t for t in sink.samples if t > over]
    assert len([t for t in looked if blind <= t < mended]) >= 3
    assert counting.closed[0] == said  # who was tracked is settled when the pictures turn useless
    assert {p.faults[0].kind for p in board.posts if p.faults} == {"covered"}
    assert not [p for p in board.posts if p.faults and not said <= p.time < over]
