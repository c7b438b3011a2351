"""What the gate saves and what it must not lose: made streams with things that pass, stand, flash and come and go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from pantau.findings import decoded_share, recall, rested_share
from pantau.ingest import lazy as lazy_module
from pantau.ingest.clip import Clip
from pantau.ingest.encode import encode_pictures
from pantau.ingest.file import VideoFile
from pantau.ingest.gate import Gate
from pantau.ingest.sizes import Sizes
from pantau.types import Frame, Image
from tests.made_streams import FPS, nothing, passing, stream

START = datetime(2026, 1, 1, tzinfo=UTC)


def frames(footage: VideoFile) -> list[Frame]:
    source = Clip(footage, camera="c", cadence_s=0.2, start=START)
    return [item for item in source.samples() if isinstance(item, Frame)]


def seen_passing(found: list[Frame]) -> list[int]:
    """Numbers of the frames in whose own picture something bright is."""
    return [f.index for f in found if not f.quiet and (f.image[110:130, :, 0] > 215).mean() > 0.02]


def audited_s(footage: VideoFile, gop: int = 20) -> list[float]:
    """Seconds of the key frames that were looked at because of an audit; the first ten are those in which the gate learns."""
    asked = [f.index - 1 for f in frames(footage) if not f.quiet]
    return [number / FPS for number in asked if number % gop == 0 and number > 10 * gop]


@pytest.mark.parametrize("b_frames", [0, 2])
def test_an_empty_street_is_slept_through_and_a_passer_by_is_seen_from_the_first_picture_to_the_last(
    tmp_path: Path, b_frames: int
) -> None:
    path = stream(tmp_path / "a.mp4", 90, passing(405, 445), b_frames=b_frames)
    lazy, whole = VideoFile(path, lazy=True), VideoFile(path)
    gated, every = frames(lazy), frames(whole)
    assert [f.time for f in gated] == [f.time for f in every], "the same moments are sampled"
    assert seen_passing(gated) == seen_passing(every) != []
    assert sum(f.quiet for f in gated) > 0.6 * len(gated)
    assert lazy.watch.quiet >= 18
    assert lazy.watch.fired == 1


def test_a_stream_is_slept_through_while_something_moves_where_nobody_may_look(tmp_path: Path) -> None:
    """Whether it wakes is told on the page and on `/metrics`, so it may not tell of what is behind a mask either."""

    def draw(number: int, image: Image) -> None:
        if number >= 200:  # once the gate has learned
            image[100:140, 10 + (7 * number) % 90 :][:, :24] = 230

    path = stream(tmp_path / "a.mp4", 60, draw)
    left = (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),)
    watched, masked = VideoFile(path, lazy=True), VideoFile(path, lazy=True, masks=left)
    assert len(frames(watched)) == len(frames(masked))
    assert (decoded_share(watched.gated) or 0.0) > 0.8
    assert (decoded_share(masked.gated) or 1.0) < 0.5


def test_something_that_comes_and_goes_between_two_key_frames_is_given_away_by_its_packets(tmp_path: Path) -> None:
    path = stream(tmp_path / "a.mp4", 60, passing(404, 416))
    gated = frames(VideoFile(path, lazy=True))
    assert seen_passing(gated) == seen_passing(frames(VideoFile(path))) != []


def test_who_stays_is_seen_coming_and_then_rests(tmp_path: Path) -> None:
    def draw(number: int, image: Image) -> None:
        if number >= 405:
            image[100:180, 100:130] = 230

    lazy = VideoFile(stream(tmp_path / "a.mp4", 60, draw), lazy=True)
    gated = frames(lazy)
    assert any(f.index > 500 and f.quiet for f in gated), "it sleeps again though somebody stands there"
    assert all((f.image[120:170, 105:125, 0] > 200).all() for f in gated if f.index >= 420), "in its pictures he stands"


def test_a_cloud_is_nobody(tmp_path: Path) -> None:
    def draw(number: int, image: Image) -> None:
        image[:] = np.clip(image * (1 + 0.25 * np.sin(number / 70)), 0, 255).astype(np.uint8)

    lazy = VideoFile(stream(tmp_path / "a.mp4", 120, draw), lazy=True)
    frames(lazy)
    assert (decoded_share(lazy.gated) or 1) < 0.4


def test_a_stream_with_seldom_key_frames_is_decoded_whole_and_says_so(tmp_path: Path) -> None:
    path = stream(tmp_path / "a.mp4", 30, nothing, gop=150)
    lazy = VideoFile(path, lazy=True)
    gated = frames(lazy)
    assert lazy.watch.quiet == 0
    assert decoded_share(lazy.gated) == 1.0
    assert [f.time for f in gated] == [f.time for f in frames(VideoFile(path))]


def test_after_lost_key_frames_it_sleeps_again(tmp_path: Path) -> None:
    path = stream(tmp_path / "a.mp4", 90, lost=range(440, 560))
    lazy = VideoFile(path, lazy=True)
    gated = frames(lazy)
    assert [f.time for f in gated] == [f.time for f in frames(VideoFile(path))]
    assert any(f.quiet for f in gated if f.index < 430)
    assert any(f.quiet for f in gated if f.index > 700)


def test_who_passes_while_key_frames_are_lost_is_seen(tmp_path: Path) -> None:
    path = stream(tmp_path / "a.mp4", 90, passing(500, 515), lost=range(440, 560))
    assert seen_passing(frames(VideoFile(path, lazy=True)))[1:] == seen_passing(frames(VideoFile(path)))[1:] != []


def test_groups_too_long_to_be_held_are_dozed_through_and_nobody_is_missed_between_their_key_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sizes that say nothing: the sleeper misses the passer-by whom the dozer sees."""
    monkeypatch.setattr(Sizes, "strange", lambda *_: False)
    path = stream(tmp_path / "a.mp4", 60, passing(404, 416))
    every = frames(VideoFile(path))
    asleep, dozing = frames(VideoFile(path, lazy=True)), VideoFile(path, lazy=True, hold_s=1.0)
    gated = frames(dozing)
    assert seen_passing(asleep) == []
    assert seen_passing(gated)[-3:] == seen_passing(every)[-3:] != []
    assert len(seen_passing(every)) - len(seen_passing(gated)) <= 1, "seen a look late at most"
    assert [f.time for f in gated] == [f.time for f in every], "the same moments are sampled"
    assert sum(f.quiet for f in gated) > 0.5 * len(gated), "the detector rests"
    assert dozing.watch.quiet == 0, "all is decoded, and said so"
    assert 0.4 < (rested_share(dozing.gated) or 0) < 1
    assert rested_share(VideoFile(path).gated) is None


@pytest.mark.parametrize("over", [0.5, 1.5, 20.5], ids=["last packet", "last but one", "middle"])
def test_long_groups_in_a_row_are_dozed_through_wherever_they_become_too_long(tmp_path: Path, over: float) -> None:
    """A group is let go of when it becomes too long: with its last packet nothing is left of it when the next begins."""
    path = stream(tmp_path / "a.mp4", 100, passing(704, 716), gop=60)
    dozing = VideoFile(path, lazy=True, hold_s=(59 - over) / FPS)
    gated = frames(dozing)
    assert [f.time for f in gated] == [f.time for f in frames(VideoFile(path))]
    assert dozing.watch.dozed >= 12
    assert (rested_share(dozing.gated) or 0) > 0.2


def test_the_picture_of_who_dozes_does_not_grow_old_and_the_detector_looks_again_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others go by the picture: one that stayed for minutes would be called frozen, and no water would rise in it."""
    monkeypatch.setattr(lazy_module, "AUDIT_S", 15.0)
    gated = frames(VideoFile(stream(tmp_path / "a.mp4", 60), lazy=True, hold_s=1.0))
    late = [f for f in gated if f.index > 250]
    pictures = [(a.time, b.time) for a, b in pairwise(late) if (a.image != b.image).any()]
    changed = [late[0].time, *(b for _, b in pictures)]
    assert max((b - a).total_seconds() for a, b in pairwise(changed)) <= 2.5
    asked = [f.time for f in late if not f.quiet]
    assert len(asked) < 0.3 * len(late)
    times = [late[0].time, *asked, late[-1].time]
    assert max((b - a).total_seconds() for a, b in pairwise(times)) <= 15.2


def test_a_stream_with_short_groups_is_slept_through_where_crossings_are_counted_too(tmp_path: Path) -> None:
    lazy = VideoFile(stream(tmp_path / "a.mp4", 60, gop=10), lazy=True, hold_s=1.2)
    frames(lazy)
    assert lazy.watch.quiet > 20


@pytest.mark.parametrize(
    ("gop", "hold_s", "every_s"), [(10, 4.5, 2.0), (10, 1.2, 1.0), (5, 1.2, 0.5), (1, 4.5, 2.2), (1, 1.2, 0.4)]
)
def test_key_frames_close_together_are_not_all_looked_at_and_nobody_is_lost(
    tmp_path: Path, gop: int, hold_s: float, every_s: float
) -> None:
    """Where crossings are counted only those that are closer than any other camera's would be: cameras that send nothing but key frames."""
    path = stream(tmp_path / "a.mp4", 60, passing(405, 445), gop=gop)
    lazy = VideoFile(path, lazy=True, hold_s=hold_s)
    gated, every = frames(lazy), frames(VideoFile(path))
    assert [f.time for f in gated] == [f.time for f in every], "the same moments are sampled"
    assert seen_passing(gated) == seen_passing(every) != []
    calm = [f for f in gated if 200 < f.index < 380]
    assert sum(f.quiet for f in calm) > 0.8 * len(calm)
    looks = [b.media_s for a, b in pairwise(calm) if a.image is not b.image and a.quiet and b.quiet]
    assert float(np.median(np.diff(looks))) == pytest.approx(every_s, abs=0.01)
    assert decoded_share(lazy.gated) == pytest.approx(0.2, abs=0.15), "each group is counted, looked at or not"


def test_audits_find_what_the_gate_missed_and_nothing_where_nothing_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A passer-by between two key frames, and sizes that say nothing: only an audit can find them."""
    monkeypatch.setattr(lazy_module, "AUDIT_S", 1.0)  # every group
    monkeypatch.setattr(lazy_module, "RARER", 1.0)
    monkeypatch.setattr(Sizes, "strange", lambda *_: False)
    empty = VideoFile(stream(tmp_path / "empty.mp4", 80), lazy=True)
    frames(empty)
    assert empty.watch.audited >= 20
    assert empty.watch.missed == 0
    path = stream(tmp_path / "passing.mp4", 80, passing(404, 416))
    lazy = VideoFile(path, lazy=True)
    gated = frames(lazy)
    assert (lazy.watch.fired, lazy.watch.missed) == (0, 1)
    assert recall(lazy.gated) == 0.0
    assert seen_passing(gated) == seen_passing(frames(VideoFile(path))) != []


def test_audits_that_find_nothing_grow_rarer_and_one_that_does_brings_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten groups of two seconds between audits, then twenty; the second finds who passed, and ten groups later there is one again."""
    monkeypatch.setattr(lazy_module, "AUDIT_S", 20.0)
    monkeypatch.setattr(lazy_module, "RARER", 2.0)
    monkeypatch.setattr(Sizes, "strange", lambda *_: False)
    calm = VideoFile(stream(tmp_path / "calm.mp4", 110), lazy=True)
    asked = audited_s(calm)
    assert asked[0] == pytest.approx(34, abs=6)
    assert [b - a for a, b in pairwise(asked)] == [40]
    monkeypatch.setattr(lazy_module, "AUDIT_MOST_S", 20.0)
    often = audited_s(VideoFile(tmp_path / "calm.mp4", lazy=True))
    assert [b - a for a, b in pairwise(often)] == [20] * (len(often) - 1)
    monkeypatch.setattr(lazy_module, "AUDIT_MOST_S", 600.0)
    second = round(asked[1] * FPS)  # the group before this key frame is looked back at
    found = VideoFile(stream(tmp_path / "found.mp4", 110, passing(second - 16, second - 4)), lazy=True)
    assert [b - a for a, b in pairwise(audited_s(found))] == [40, 20]
    assert found.watch.missed == 1


def test_a_camera_that_is_woken_often_is_audited_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the time asleep that counts, however often it was broken."""
    monkeypatch.setattr(lazy_module, "AUDIT_S", 30.0)

    def comes_and_stays_for_a_group(number: int, image: Image) -> None:
        if number % 200 < 25:
            image[100:140, 50 + number % 200 : 80 + number % 200] = 230

    lazy = VideoFile(stream(tmp_path / "a.mp4", 100, comes_and_stays_for_a_group), lazy=True)
    frames(lazy)
    assert lazy.watch.fired >= 3
    assert lazy.watch.audited >= 1


def test_broken_packets_lose_no_more_than_themselves(tmp_path: Path) -> None:
    path = stream(tmp_path / "a.mp4", 40, passing(205, 245))
    raw = bytearray(path.read_bytes())
    for at in range(len(raw) // 2, len(raw) // 2 + 400):
        raw[at] ^= 0x5A
    path.write_bytes(raw)
    gated = frames(VideoFile(path, lazy=True))
    times = [f.time for f in gated]
    assert times == sorted(times)
    assert len(times) > 150


def test_the_gate_learns_each_cells_noise_and_a_busy_road_does_not_become_noise() -> None:
    chance = np.random.default_rng(5)
    gate = Gate()

    def look(*, car: bool = False) -> bool:
        picture = np.clip(120 + chance.normal(0, 3, (180, 320)), 0, 255)
        if car:
            picture[80:96, 80:112] = 200
        return gate.look(picture.astype(np.uint8), "key")

    for _ in range(30):
        look()
    assert not any(look() for _ in range(50))
    for number in range(400):  # cars half of the time, for a quarter of an hour
        look(car=number % 2 == 0)
    for _ in range(3):
        look()
    assert look(car=True)


def test_sizes_say_nothing_before_they_know_and_nothing_of_short_groups() -> None:
    sizes = Sizes()
    assert not sizes.strange([10_000] * 10)
    for _ in range(10):
        sizes.learn([100, 110, 90, 105] * 5)
    assert not sizes.strange([100, 111, 91, 104] * 5)
    assert sizes.strange([100] * 10 + [400] * 4 + [100] * 10)
    assert not sizes.strange([500])


def test_an_encoder_whose_pictures_drift_between_key_frames_is_nobody(tmp_path: Path) -> None:
    """A sensor's noise at a fixed rate, two seconds between key frames, decoded without and with the deblocking filter."""
    chance = np.random.default_rng(1)
    ground = np.kron(chance.integers(60, 180, (23, 40, 3)), np.ones((16, 16, 1)))[:360]
    ground += np.kron(chance.integers(-12, 12, (90, 160, 3)), np.ones((4, 4, 1)))
    grain = chance.normal(0, 2.5, (424, 704, 1))

    def pictures() -> Iterator[Image]:
        for _ in range(40 * 15):
            y, x = chance.integers(0, 64, 2)
            yield np.clip(ground + grain[y : y + 360, x : x + 640], 0, 255).astype(np.uint8)

    path = tmp_path / "drift.mp4"
    encode_pictures(pictures(), path, fps=15, gop_s=2.0, most_kbps=400)
    lazy = VideoFile(path, lazy=True, hold_s=1.2)
    late = [frame.quiet for frame in frames(lazy) if frame.media_s > 20]
    assert lazy.watch.dozed > 15
    assert sum(late) > 0.9 * len(late)
