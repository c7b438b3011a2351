from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from pantau.serve.memory import MemoryNumbers
from pantau.serve.series.download import number, text
from pantau.serve.series.tables import breaks, hold
from pantau.store.buckets import starts
from pantau.store.series import Series, Tier

DAYS = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-05T00:00:00Z"}
ASK = {"place": "pets.W", "indicator": "visitors.person", **DAYS}


def ask(client: TestClient, **query: str) -> dict[str, Any]:
    answer = client.get("/api/v1/series", params=ASK | query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_series_has_a_point_for_every_bucket_and_null_where_nothing_was_seen(room: TestClient) -> None:
    series = ask(room)
    assert len(series["t"]) == 72
    assert (series["from"], series["to"]) == ("2026-03-02T00:00:00Z", "2026-03-05T00:00:00Z")
    (column,) = series["columns"]
    hole = series["t"].index("2026-03-03T05:00:00Z")
    assert column["values"][hole - 1 : hole + 4] == [52.0, None, None, None, 56.0]
    assert series["coverage"][hole] == 0.0
    assert column["label"]["id"] == "Orang lewat"
    assert series["validation"] == "unvalidated"


def test_the_public_is_told_of_an_outage_but_not_why(browse: Callable[..., TestClient]) -> None:
    hidden, told = ask(browse()), ask(browse(room=True))
    (gap,) = hidden["gaps"]
    assert gap == {"from": "2026-03-03T05:00:00Z", "to": "2026-03-03T08:00:00Z", "kind": "outage", "reason": ""}
    assert told["gaps"][0] == gap | {"reason": "10.1.2.3:554 does not answer"}


def test_before_the_first_number_and_after_now_nothing_is_missing(room: TestClient) -> None:
    series = ask(room, **{"from": "2026-02-20T00:00:00Z", "to": "2026-03-08T00:00:00Z"})
    assert [gap["from"] for gap in series["gaps"]] == ["2026-03-03T05:00:00Z"]


def test_a_gap_without_an_outage_is_said_to_be_unwatched(room: TestClient, numbers: MemoryNumbers) -> None:
    numbers.happened.clear()
    assert ask(room)["gaps"][0]["kind"] == "unwatched"


def test_the_public_sees_an_hour_fifteen_minutes_after_its_end(browse: Callable[..., TestClient]) -> None:
    """It is 12:40: hour 11 ended at 12:00 and is out, hour 12 runs."""
    hidden, told = ask(browse()), ask(browse(room=True))
    at = told["t"].index("2026-03-04T12:00:00Z")
    assert told["columns"][0]["values"][at - 1 : at + 1] == [83.0, None]  # hours() ends at hour 83
    assert hidden["held"][at - 1 : at + 2] == [False, True, True]
    assert hidden["coverage"][at] is None
    assert not any(told["held"])


@given(
    st.sampled_from(["hour", "day"]),
    st.integers(0, 8 * 24 * 3600).map(lambda s: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=s)),
    st.sampled_from(["UTC", "Asia/Makassar", "Pacific/Auckland", "Australia/Lord_Howe"]),
)
def test_exactly_what_ended_a_quarter_of_an_hour_ago_is_released(tier: Tier, now: datetime, timezone: str) -> None:
    grid = starts(tier, timezone, datetime(2026, 2, 25, tzinfo=UTC), datetime(2026, 3, 12, tzinfo=UTC))
    n = len(grid)
    series = Series(
        place="p",
        tier=tier,
        timezone=timezone,
        starts=grid,
        columns={"visitors.person": tuple(float(i) for i in range(n))},
        coverage=(1.0,) * n,
        method=("m",) * n,
        revision=(1,) * n,
        provisional=(False,) * n,
    )
    shown, held, ends = hold(series, now, public=True)
    assert ends[:-1] == grid[1:]
    for i in range(n):
        out = ends[i] <= now - timedelta(minutes=15)
        assert held[i] is not out
        assert (shown.columns["visitors.person"][i] is not None) is out
        assert (shown.coverage[i] > 0, bool(shown.method[i]), bool(shown.revision[i])) == (out, out, out)
        assert shown.provisional[i] is not out
    assert hold(series, now, public=False)[0] == series


def test_minutes_are_for_the_room(browse: Callable[..., TestClient]) -> None:
    query = ASK | {"tier": "minute", "from": "2026-03-04T12:00:00Z", "to": "2026-03-04T12:30:00Z"}
    for path in ("series", "series.csv"):
        refused = browse().get(f"/api/v1/{path}", params=query)
        assert (refused.status_code, refused.json()["title"]) == (403, "Minutes are for the room")
    client = browse(room=True)
    assert len(client.get("/api/v1/series", params=query).json()["t"]) == 30


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"tier": "minute", "from": "2026-01-01T00:00:00Z"}, 422, "tier=hour"),
        ({"tier": "hour", "from": "2020-01-01T00:00:00Z"}, 422, "tier=day"),
        ({"tier": "day", "from": "1975-01-01T00:00:00Z"}, 422, "tier=month"),
        ({"place": "city"}, 404, "/api/v1/places"),
        ({"indicator": "visitors.nobody"}, 422, "visitors.person"),
        ({"indicator": "visitors.inside"}, 422, "a line has no"),
        ({"place": "none"}, 404, "/api/v1/places"),
        ({"place": "a\0b"}, 404, "/api/v1/places"),
        ({"from": "2026-03-06T00:00:00Z"}, 422, "not earlier"),
        ({"from": "2026-03-02T00:00:00"}, 422, "timezone"),
        ({"from": "yesterday"}, 422, "from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, 422, "1970"),
        ({"to": "9999-12-31T23:59:59-14:00"}, 422, "1970"),
        ({"tier": "week"}, 422, "tier"),
        ({"direction": "up"}, 422, "direction"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    room: TestClient, query: dict[str, str], status: int, words: str
) -> None:
    for path in ("series", "series.csv"):
        answer = room.get(f"/api/v1/{path}", params=ASK | query)
        assert answer.status_code == status
        assert words in answer.json()["detail"]


def test_indicators_of_two_families_are_asked_for_apart(public: TestClient) -> None:
    answer = public.get("/api/v1/series", params=ASK | {"indicator": ["visitors.person", "traffic.car"]})
    assert (answer.status_code, answer.json()["title"]) == (422, "One family at a time")


def test_an_indicator_asked_for_twice_comes_once(public: TestClient) -> None:
    answer = public.get("/api/v1/series", params=ASK | {"indicator": ["visitors.person", "visitors.person"]})
    assert len(answer.json()["columns"]) == 1


def test_the_usual_range_is_used_when_none_is_given(public: TestClient, numbers: MemoryNumbers, now: datetime) -> None:
    public.get("/api/v1/series", params={"place": "pets.W", "indicator": "visitors.person", "tier": "day"})
    query, *_ = numbers.asked
    assert (query.start, query.end) == (now - timedelta(days=400), now)


def test_csv_and_json_have_the_same_numbers(browse: Callable[..., TestClient]) -> None:
    for client in (browse(room=True), browse()):
        series = ask(client)
        answer = client.get("/api/v1/series.csv", params=ASK)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert (
            answer.headers["content-disposition"] == 'attachment; filename="pantau_pets.W_hour_20260302_20260305.csv"'
        )
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert list(rows[0]) == [
            "start",
            "place",
            "tier",
            "direction",
            "coverage",
            "provisional",
            "method",
            "visitors.person",
            "visitors.person.validation",
            "visitors.person.state",
            "night",
            "rain",
            "self_check",
        ]
        assert [row["start"] for row in rows] == series["t"]
        assert [_value(row["visitors.person"]) for row in rows] == series["columns"][0]["values"]
        assert [_value(row["coverage"]) for row in rows] == series["coverage"]
        assert [row["provisional"] == "true" for row in rows] == series["provisional"]


def _value(cell: str) -> float | None:
    return float(cell) if cell else None


@given(st.none() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_a_cell_reads_back_as_itself(value: float | None) -> None:
    assert _value(number(value)) == value


@given(st.text())
def test_no_text_in_a_cell_is_a_formula(cell: str) -> None:
    written = text(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert written.removeprefix("'") == cell.removeprefix("'")


def test_finished_public_numbers_may_be_kept_and_running_ones_are_asked_for_again(
    browse: Callable[..., TestClient],
) -> None:
    finished = {"to": "2026-03-04T00:00:00Z"}
    public, room = browse(), browse(room=True)
    for path in ("series", "series.csv"):
        url = f"/api/v1/{path}"
        assert public.get(url, params=ASK | finished).headers["cache-control"] == "public, max-age=300"
        assert public.get(url, params=ASK).headers["cache-control"] == "public, no-cache"
        assert room.get(url, params=ASK | finished).headers["cache-control"] == "no-store"
        assert public.get(url, params=ASK).headers["vary"].startswith("Cookie")


def test_an_unchanged_series_is_not_sent_again(public: TestClient) -> None:
    tag = public.get("/api/v1/series", params=ASK).headers["etag"]
    assert public.get("/api/v1/series", params=ASK, headers={"if-none-match": tag}).status_code == 304


def test_a_new_method_or_a_moved_line_is_a_break() -> None:
    grid = starts("hour", "UTC", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 6, tzinfo=UTC))
    series = Series(
        place="p",
        tier="hour",
        timezone="UTC",
        starts=grid,
        columns={},
        coverage=(0.0, 1.0, 0.0, 1.0, 1.0, 1.0),
        method=("", "a", "", "a", "b", "b"),
        revision=(0, 1, 0, 1, 1, 2),
        provisional=(False,) * 6,
    )
    assert [(b.t, b.method, b.revision) for b in breaks(series)] == [(grid[4], "b", 1), (grid[5], "b", 2)]
