"""Teaching over the API, on the real teacher and register: name, look, mark, refuse, learn, forget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from pantau.findings import Live, Sight
from pantau.lessons import FEWEST
from pantau.measure.lesson import packed
from pantau.measure.taught import picture_of
from pantau.serve.app import create_app
from pantau.serve.memory import MemorySessions, memory_services
from pantau.store.control import Control
from pantau.teaching import REMEMBERED, Teacher
from pantau.types import Floats
from tests.serve.conftest import CAMERA, NOW

ROOT = "/api/v1/cameras/pets/functions"
PLACE = f"{ROOT}/pets.tengah-banjir"


class Desk:
    """A signed-in page, and a camera that looks when it is told."""

    def __init__(self, control: Control) -> None:
        self.services = memory_services(NOW)
        self.services = replace(
            self.services,
            register=control,
            sessions=MemorySessions(("kode",)),
            teacher=Teacher(control, self.services.board, lambda: NOW),
        )
        self.client = TestClient(create_app(self.services), base_url="http://localhost", raise_server_exceptions=False)
        assert self.client.post("/api/v1/session", json={"code": "kode"}).status_code == 204
        self.looks = 0
        self.rng = np.random.default_rng(0)

    def see(self, mean: float = 0.0, fault: str = "") -> str:
        """The zone is looked at; the time of the look, as the API tells it."""
        self.looks += 1
        values = self.rng.normal(0, 0.2, 6) + np.array([1, mean, 0, 0, 0, 0])
        vector: Floats = (values / np.linalg.norm(values)).astype(np.float32)
        at = NOW + timedelta(hours=7 * self.looks)
        sight = Sight(
            "pets.tengah-banjir", 1, at, "untaught", model="m", vector=packed(vector), picture=picture_of(vector),
            thumbnail=b"\xff\xd8 %d" % self.looks,
        )  # fmt: skip
        seen = replace(sight, vector=b"", picture="", thumbnail=b"", fault=fault) if fault else sight
        self.services.board.post(Live("pets", at, "live", sights=(seen,)))
        (told,) = self.client.get(ROOT).json()["functions"]
        return str(told["sight"]["time"])

    def mark(self, time: str, label: str) -> tuple[int, str]:
        """Status, and what is said where it is refused."""
        answer = self.client.post(f"{PLACE}/examples", json={"time": time, "label": label})
        return answer.status_code, answer.json().get("detail", "")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    control = Control.open(tmp_path, clock=lambda: NOW)
    control.apply([CAMERA])
    made = Desk(control)
    named = made.client.post(ROOT, json={"zone": "pets.tengah", "name": "banjir"})
    assert (named.status_code, named.json()["id"], named.json()["fewest"]) == (201, "pets.tengah-banjir", FEWEST)
    yield made
    made.client.close()
    control.close()


def test_what_was_shown_can_be_seen_and_marked_for_a_minute(desk: Desk) -> None:
    first = desk.see()
    second = desk.see()
    assert desk.client.get(f"{PLACE}/still").content == b"\xff\xd8 2"
    assert desk.client.get(f"{PLACE}/still", params={"time": first}).content == b"\xff\xd8 1"
    assert desk.mark(first, "normal") == (201, "")
    assert desk.mark(second, "yes") == (201, "")
    for _ in range(REMEMBERED):
        desk.see()
    status, said = desk.mark(first, "normal")
    assert status == 409
    assert "looked at again since" in said
    assert desk.client.get(f"{PLACE}/still", params={"time": first}).status_code == 404


def test_two_labels_for_one_still_are_refused_until_the_first_is_taken_away(desk: Desk) -> None:
    time = desk.see()
    assert desk.mark(time, "normal")[0] == 201
    status, said = desk.mark(time, "yes")
    assert status == 409
    assert "already marked normal" in said
    (function,) = desk.client.get(ROOT).json()["functions"]
    (example,) = function["examples"]
    assert (example["label"], example["by"], example["thumbnail"]) == ("normal", "admin", True)
    there = f"{PLACE}/examples/{example['picture']}"
    assert desk.client.get(there).content == b"\xff\xd8 1"
    assert desk.client.delete(there).status_code == 204
    assert desk.client.delete(there).status_code == 404
    assert desk.mark(time, "yes") == (201, "")


def test_nothing_can_be_marked_where_nothing_is_seen(desk: Desk) -> None:
    status, said = desk.mark(desk.see(fault="hidden"), "normal")
    assert (status, said) == (409, "nothing is seen of 'pets.tengah-banjir' now: hidden")


def test_it_learns_once_there_is_enough_and_says_its_error(desk: Desk) -> None:
    for number in range(2 * FEWEST - 1):
        assert desk.mark(desk.see(2.0 * (number % 2)), "yes" if number % 2 else "normal")[0] == 201
    refused = desk.client.post(f"{PLACE}/lesson")
    assert (refused.status_code, "needs 1 more not normal" in refused.json()["detail"]) == (409, True)
    assert desk.mark(desk.see(2.0), "yes")[0] == 201
    report = desk.client.post(f"{PLACE}/lesson").json()
    assert (report["normal"], report["yes"], report["groups"]) == (FEWEST, FEWEST, 2 * FEWEST)
    (function,) = desk.client.get(ROOT).json()["functions"]
    assert (function["in_force"], function["by"], function["report"]) == (2 * FEWEST, "admin", report)
