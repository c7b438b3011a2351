from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.findings import Live
from pantau.ports import Board
from pantau.serve.kept.board import PICTURES, FullError, LiveBoard, tag_of

TIME = datetime(2026, 3, 4, tzinfo=UTC)


def live(camera: str, step_ms: float = 0.0, picture: bytes = b"") -> Live:
    return Live(camera, TIME, "live", step_ms=step_ms, picture=picture)


def test_it_is_a_board() -> None:
    assert isinstance(LiveBoard(), Board)


def test_the_latest_post_wins() -> None:
    board = LiveBoard()
    board.post(live("a", 1))
    board.post(live("a", 2))
    assert board.latest("a") == live("a", 2)
    assert board.all() == (live("a", 2),)
    assert board.latest("b") is None


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.data())
def test_a_reader_who_looks_now_and_then_ends_up_with_what_is_shown(posts: list[str], data: st.DataObject) -> None:
    board = LiveBoard()
    version = 0
    seen: dict[str, Live] = {}
    for i, camera in enumerate(posts):
        board.post(live(camera, i))
        if data.draw(st.booleans()):
            version, changed = board.changed_since(version)
            assert len({c.camera for c in changed}) == len(changed)
            seen |= {c.camera: c for c in changed}
    version, changed = board.changed_since(version)
    seen |= {c.camera: c for c in changed}
    assert seen == {c.camera: c for c in board.all()}
    assert board.changed_since(version) == (version, ())


def test_it_holds_no_more_cameras_than_it_may() -> None:
    board = LiveBoard(cameras=2)
    for camera in ("a", "b", "a", "c"):
        board.post(live(camera, picture=camera.encode()))
    assert [one.camera for one in board.all()] == ["a", "c"]
    assert board.picture("b") is None


def test_a_forgotten_camera_is_gone() -> None:
    board = LiveBoard()
    board.post(live("a", picture=b"x"))
    board.forget("a")
    assert (board.latest("a"), board.picture("a")) == (None, None)


def test_a_picture_is_found_by_its_tag_while_it_is_recent() -> None:
    board = LiveBoard()
    pictures = [f"picture {i}".encode() for i in range(PICTURES + 1)]
    for picture in pictures:
        board.post(live("a", picture=picture))
        board.post(live("a", 9.0, picture=picture))
    tags = [tag_of(picture) for picture in pictures]
    assert board.picture("a", tags[1]) == (tags[1], pictures[1])
    assert board.picture("a", tags[0]) == (tags[-1], pictures[-1])
    assert board.picture("a") == (tags[-1], pictures[-1])


def test_a_camera_that_shows_no_picture_shows_no_older_one_either() -> None:
    board = LiveBoard()
    board.post(live("a", picture=b"old"))
    board.post(live("a"))
    assert board.picture("a", tag_of(b"old")) is None


def test_a_post_from_a_thread_wakes_a_waiting_reader() -> None:
    board = LiveBoard()

    async def read() -> tuple[bool, tuple[Live, ...]]:
        with board.watch() as watcher:
            threading.Thread(target=board.post, args=(live("a"),)).start()
            return await watcher.wait(5.0), board.changed_since(0)[1]

    assert asyncio.run(read()) == (True, (live("a"),))
    assert board.watching == 0


def test_waiting_ends_when_nothing_comes() -> None:
    async def read() -> bool:
        with LiveBoard().watch() as watcher:
            return await watcher.wait(0.01)

    assert not asyncio.run(read())


def test_no_post_is_missed_between_looking_and_waiting() -> None:
    """Threads post as fast as they can; the reader must see the last post of each without polling."""
    board = LiveBoard()
    last = 500

    def write(camera: str) -> None:
        for i in range(last + 1):
            board.post(live(camera, i))

    async def read() -> None:
        with board.watch() as watcher:
            threads = [threading.Thread(target=write, args=(camera,)) for camera in "ab"]
            for thread in threads:
                thread.start()
            version, done = 0, set[str]()
            async with asyncio.timeout(20):
                while done != {"a", "b"}:
                    version, changed = board.changed_since(version)
                    done |= {one.camera for one in changed if one.step_ms == last}
                    if not changed:
                        assert await watcher.wait(10.0)
            for thread in threads:
                thread.join()

    asyncio.run(read())


def test_closing_wakes_everybody() -> None:
    board = LiveBoard()

    async def read() -> bool:
        with board.watch() as watcher:
            board.close()
            return await watcher.wait(5.0)

    assert asyncio.run(read())
    assert board.closed


def test_only_so_many_readers_may_wait() -> None:
    board = LiveBoard(watchers=1)

    async def read() -> None:
        with board.watch(), pytest.raises(FullError, match="live pages"), board.watch():
            pass
        with board.watch():
            assert board.watching == 1

    asyncio.run(read())


def test_posting_survives_a_reader_whose_loop_has_ended() -> None:
    board = LiveBoard()
    held = []

    async def leave_open() -> None:
        context = board.watch()
        context.__enter__()
        held.append(context)

    asyncio.run(leave_open())
    board.post(live("a"))
    board.post(replace(live("a"), status="ended"))
    latest = board.latest("a")
    assert latest is not None
    assert latest.status == "ended"


def test_a_camera_is_looked_at_for_a_while_after_its_picture_was_asked_for() -> None:
    now = [100.0]
    board = LiveBoard(clock=lambda: now[0])
    board.picture("a")
    assert not board.looked_at("a"), "there is no picture to look at"
    board.post(Live("a", datetime(2026, 1, 1, tzinfo=UTC), "live", picture=b"jpeg"))
    assert not board.looked_at("a")
    board.picture("a")
    assert board.looked_at("a")
    assert not board.looked_at("b")
    now[0] += 11
    assert not board.looked_at("a")
