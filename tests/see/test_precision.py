"""bf16 is taken only where it is faster and finds the same; the choice is made once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from pantau.see import precision
from pantau.see.engine import Engine, Precision, Request
from pantau.see.headed import same_boxes
from pantau.see.placing import place
from pantau.see.precision import FILE, choose_precision, compare, drawn_street
from pantau.see.registry import ModelEntry
from pantau.types import Floats, Image

Toy = tuple[ModelEntry, Path]
SIZE = (96, 128)


class Clockwork:
    """An engine whose inferences move a clock of our own."""

    backend: Final = "clockwork"

    def __init__(self, precision: Precision, seconds: float, hands: list[float]) -> None:
        self.precision: Final = precision
        self._seconds = seconds
        self._hands = hands

    def request(self) -> Request:
        return self

    def infer(self, array: Floats) -> dict[str, Floats]:
        self._hands[0] += self._seconds
        return {"y": array}


@pytest.mark.parametrize(
    ("f32", "bf16", "same", "chosen"),
    [(2.0, 1.0, True, "bf16"), (2.0, 1.0, False, "f32"), (1.0, 3.6, True, "f32"), (1.0, 0.95, True, "f32")],
)
def test_the_faster_one_that_agrees_wins(f32: float, bf16: float, same: bool, chosen: str) -> None:
    hands = [0.0]
    engines: dict[Precision, Engine] = {"f32": Clockwork("f32", f32, hands), "bf16": Clockwork("bf16", bf16, hands)}
    arrays = [np.zeros((1, 3), np.float32)]
    assert compare(engines, arrays, lambda _a, _b: same, lambda: hands[0]) == chosen


@pytest.fixture
def capable(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A CPU that says it has bf16; the list notes every comparison."""
    compared: list[str] = []

    def note(engines: dict[Precision, Engine], arrays: Sequence[Floats], agree: object) -> Precision:
        assert len(arrays) == precision.STREETS
        del agree
        compared.append(" ".join(engines))
        return "bf16"

    monkeypatch.setattr(precision, "openvino_facts", lambda: ("2026.4", "a CPU", frozenset({"FP32", "BF16"})))
    monkeypatch.setattr(precision, "compare", note)
    return compared


def choose(toy: Toy, folder: Path) -> str:
    entry, path = toy

    def ready(image: Image) -> Floats:
        return place(image, entry.input, SIZE)[0]

    return choose_precision(entry, path, folder, SIZE, ready, partial(same_boxes, entry))


def test_a_choice_is_remembered(toy: Toy, tmp_path: Path, capable: list[str]) -> None:
    assert [choose(toy, tmp_path), choose(toy, tmp_path)] == ["bf16", "bf16"]
    assert capable == ["f32 bf16"]
    (key,) = json.loads((tmp_path / FILE).read_text())
    assert key.startswith("centernet|")
    assert key.endswith(f"|a CPU|2026.4|96x128|{precision.RULE}")


@pytest.mark.parametrize("content", ["", "[1]", '{"other": "f32"}'])
def test_a_memory_that_can_not_be_used_is_measured_again(
    toy: Toy, tmp_path: Path, capable: list[str], content: str
) -> None:
    (tmp_path / FILE).write_text(content)
    assert choose(toy, tmp_path) == "bf16"
    assert len(capable) == 1


def test_the_memory_is_bounded(toy: Toy, tmp_path: Path, capable: list[str]) -> None:
    (tmp_path / FILE).write_text(json.dumps({str(i): "f32" for i in range(500)}))
    choose(toy, tmp_path)
    assert len(json.loads((tmp_path / FILE).read_text())) == precision.REMEMBERED
    assert capable


def test_a_cpu_without_bf16_is_not_asked(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "openvino_facts", lambda: ("2026.4", "a CPU", frozenset({"FP32"})))
    assert choose(toy, tmp_path) == "f32"
    assert not (tmp_path / FILE).exists()


def test_the_drawn_street_is_the_same_each_time_and_has_detail() -> None:
    first, second = drawn_street((192, 256)), drawn_street((192, 256))
    np.testing.assert_array_equal(first, second)
    assert (first != drawn_street((192, 256), 1)).mean() > 0.5
    assert first.shape == (192, 256, 3)
    assert first.std() > 20


def test_boxes_are_the_same_only_when_they_are(toy: Toy) -> None:
    random = np.random.default_rng(3)
    first = {
        "tower_0_keypoints": random.random((1, 24, 32, 80)).astype(np.float32),
        "tower_0_wh": random.uniform(5, 40, (1, 24, 32, 4)).astype(np.float32),
    }
    same = partial(same_boxes, toy[0])
    assert same([first], [first])
    nearly = {name: found * np.float32(1.002) for name, found in first.items()}
    assert same([first], [nearly])
    wider = {**first, "tower_0_wh": first["tower_0_wh"] * np.float32(1.5)}
    assert not same([first], [wider])
    assert not same([first, first], [first, wider])
    assert not same([first], [{**first, "tower_0_keypoints": first["tower_0_keypoints"] * np.float32(0.8)}])


def test_what_is_less_sure_than_any_box_that_is_given_out_is_not_judged(toy: Toy) -> None:
    """On CPUs whose bf16 rounds in another place, noise below the floor is other noise, and f32 was taken at twice the time."""
    random = np.random.default_rng(4)
    sides = np.full((1, 24, 32, 4), 20, np.float32)

    def heard(noise: Floats) -> dict[str, Floats]:
        heat = noise.copy()
        heat[0, 5, ::7, 0] = 0.6
        return {"tower_0_keypoints": heat, "tower_0_wh": sides}

    first, second = (random.uniform(0, 0.04, (1, 24, 32, 80)).astype(np.float32) for _ in range(2))
    assert same_boxes(toy[0], [heard(first)], [heard(second)])
    assert not same_boxes(toy[0], [heard(first)], [{"tower_0_keypoints": second, "tower_0_wh": sides}])
