"""Imports over the API: for the signed-in, to declared sites, all rows or none."""

from __future__ import annotations

from fastapi.testclient import TestClient

from pantau.serve.memory import MemoryNumbers

ROW = {"time": "2026-03-04T17:00:00+13:00", "indicator": "sensor.level", "value": 212.0, "unit": "cm"}


def test_the_public_may_bring_in_nothing(public: TestClient) -> None:
    assert public.post("/api/v1/imports/akl.quay", json={"rows": [ROW]}).status_code == 401


def test_rows_are_kept_and_counted(room: TestClient, numbers: MemoryNumbers) -> None:
    answer = room.post("/api/v1/imports/akl.quay", json={"rows": [ROW]})
    assert answer.json() == {"place": "akl.quay", "rows": 1, "values": 1}
    assert len(numbers.imported) == 1


def test_a_wrong_row_is_named_and_nothing_is_kept(room: TestClient, numbers: MemoryNumbers) -> None:
    answer = room.post("/api/v1/imports/akl.quay", json={"rows": [ROW, ROW | {"unit": "m"}]})
    assert answer.status_code == 422
    assert "row 2: sensor.level is in 'cm', got 'm'" in answer.json()["detail"]
    assert not numbers.imported


def test_a_camera_place_and_an_unknown_one_take_no_imports(room: TestClient) -> None:
    for place in ("pets.W", "nowhere"):
        answer = room.post(f"/api/v1/imports/{place}", json={"rows": [ROW]})
        assert answer.status_code == 404
        assert "[[sensor]]" in answer.json()["detail"]
