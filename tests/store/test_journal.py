"""What is acknowledged is read back; what is half written never was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.errors import StoreError
from pantau.store.journal import Journal
from pantau.store.series import SeriesQuery
from pantau.store.store import Store
from pantau.types import Batch, Event, Key, Observation, Run

T = datetime(2026, 11, 23, 3, 0, 0, 123_456, tzinfo=UTC)
BATCHES = [
    Batch(
        "r", seq, {"traffic": (T, T + timedelta(seconds=seq))},
        (Observation("c.line", "traffic.car", "forward", T, 0.0, 0.1),),
        (
            Event("a", "crossing", "c.line", T, None, {"class": "car", "speed": 31.5, "n": 2}, "p.jpg"),
            Event("b", "stay", "c.line", T, T + timedelta(hours=1)),
        ),
    )
    for seq in (1, 2)
]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "pantau.journal")
    for batch in BATCHES:
        journal.append(batch)
    journal.close()
    return journal.path


def read(path: Path) -> list[Batch]:
    journal = Journal(path)
    try:
        return list(journal.batches())
    finally:
        journal.close()


def test_batches_come_back_as_they_were_until_the_journal_is_cleared(path: Path) -> None:
    assert read(path) == BATCHES
    journal = Journal(path)
    journal.clear()
    journal.append(BATCHES[1])
    journal.close()
    assert read(path) == BATCHES[1:]


def test_a_line_that_was_not_finished_is_left_out(path: Path) -> None:
    whole = path.read_bytes()
    first = len(whole.splitlines(keepends=True)[0])
    for cut in range(first, len(whole), 7):
        path.write_bytes(whole[:cut])
        assert read(path) == BATCHES[:1]


def test_a_damaged_line_before_the_last_is_refused(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[30] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="line 1 is damaged"):
        read(path)


def test_nothing_is_kept_after_it_is_closed(path: Path) -> None:
    journal = Journal(path)
    journal.close()
    with pytest.raises(StoreError, match="closed"):
        journal.append(BATCHES[0])


def opened(folder: Path) -> Store:
    return Store.open(folder, timezone="Asia/Jakarta", clock=lambda: T + timedelta(days=1))


def cars(store: Store) -> float | None:
    query = SeriesQuery(place="c.line", indicators=("traffic.car",), tier="hour", start=T, end=T + timedelta(hours=1))
    return store.series(query).columns["traffic.car"][0]


def test_a_journal_that_is_already_in_the_tables_counts_nothing_twice(tmp_path: Path) -> None:
    key = Key("traffic", "c.line", 1, "forward")
    run = Run(
        id="r", camera="c", kind="live", started=T, keys=(key,), method={"traffic": "m"}, cadence_s={"traffic": 1.0}
    )
    store = opened(tmp_path)
    store.begin(run)
    store.write(BATCHES[0])
    before = (tmp_path / "pantau.journal").read_bytes()
    store.write(BATCHES[1])
    store.close()
    assert (tmp_path / "pantau.journal").read_bytes() == b""
    (tmp_path / "pantau.journal").write_bytes(before + before[:40])
    again = opened(tmp_path)
    assert cars(again) == pytest.approx(0.2)
    again.write(Batch("r", 3, {}, BATCHES[0].observations))
    again.close()
    last = opened(tmp_path)
    assert cars(last) == pytest.approx(0.3)
    last.close()


def test_the_journal_of_another_store_is_refused_by_name(path: Path) -> None:
    with pytest.raises(StoreError, match=r"pantau\.journal belongs to another store"):
        opened(path.parent)
    path.unlink()
    opened(path.parent).close()
