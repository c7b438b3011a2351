"""The reader of a live stream, without a network: when it asks anew."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import av
import pytest

from pantau.ingest import backlog as backlog_module
from pantau.ingest import reader as reader_module
from pantau.ingest.backlog import Arrived, Backlog, Ended, Item, Skipped
from pantau.ingest.fault import FAULTS
from pantau.ingest.reader import Reader
from tests.made_streams import stream

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[Item]]:
    """A function that says what waits of twenty seconds with one key frame, read after a connection that was given up, where at most so many bytes may wait."""
    clip = stream(tmp_path / "endless.mp4", 20, gop=1000)
    monkeypatch.setattr(reader_module, "connect", lambda *_: av.open(str(clip)))

    def run(most_bytes: int) -> list[Item]:
        monkeypatch.setattr(backlog_module, "MOST_BYTES", most_bytes)
        ticks, stop, backlog = count(), threading.Event(), Backlog()
        reader = Reader(
            name="c", locate=str, credentials=None, timeout_s=3.0, clock=lambda: START + timedelta(seconds=next(ticks) / 10),
            sleep=lambda _: stop.set(), rng=random.Random(1), backlog=backlog, stop=stop,
        )  # fmt: skip
        with av.open(str(clip)) as other:
            reader.give_up(other.streams.video[0], FAULTS["stamps"])
        reader.run()
        items = list[Item]()
        while (item := backlog.take(0.0)) is not None:
            items.append(item)
        return items

    return run


def test_a_stream_that_was_too_much_and_sends_no_key_frame_again_is_asked_anew(
    read: Callable[[int], list[Item]],
) -> None:
    _, *whole, ended = read(2**20)
    assert isinstance(ended, Ended)
    assert ended.fault.code == "ended", "what the connection before has done is not held against this one"
    sizes = [item.packet.size for item in whole if isinstance(item, Arrived)]
    assert len(sizes) == len(whole) > 200

    _, skipped, ended = read(sum(sizes[:50]))
    assert isinstance(skipped, Skipped)
    assert 130 < skipped.packets < 133
    assert isinstance(ended, Ended)
    assert ended.fault.code == "no-pictures"
