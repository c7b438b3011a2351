"""A detector that looks at what has changed finds what one finds that looks at everything, for less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pantau.see.changed import WHOLE_EVERY, Changed
from pantau.see.headed import HeadedModel, HeadedSettings
from pantau.see.heads import Found
from pantau.see.registry import ModelEntry
from pantau.types import Detections, Image

Toy = tuple[ModelEntry, Path]
WIDTH, HEIGHT = 576, 320
SETTINGS = HeadedSettings(floor=0.3)
PATCHED = replace(SETTINGS, patches=True)


def street(*cells: tuple[int, int]) -> Image:
    """A grey picture with red cells of 4x4 pixels, at (column, row)."""
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    for column, row in cells:
        picture[row * 4 : row * 4 + 4, column * 4 : column * 4 + 4] = (0, 0, 255)
    return picture


@pytest.fixture
def models(toy: Toy) -> tuple[HeadedModel, HeadedModel]:
    """One that looks at all of a picture, one that looks at what has changed; both at its own scale."""
    entry, path = toy
    entry = replace(entry, input=replace(entry.input, size=(HEIGHT, WIDTH)))
    return HeadedModel(entry, path, "f32", SETTINGS, 1), HeadedModel(entry, path, "f32", PATCHED, 1)


def boxes(found: Detections | None) -> set[tuple[float, ...]]:
    assert found is not None
    return {tuple(box) for box in found.xyxy.round().tolist()}


def test_whoever_comes_walks_stands_and_goes_is_found_as_by_one_who_looks_at_everything(
    models: tuple[HeadedModel, HeadedModel],
) -> None:
    whole, patched = (model.open() for model in models)
    for n in range(40):
        there = [(20, 30)] if 5 <= n < 33 else []  # stands
        there += [(100, 3 + 2 * n)] if n < 36 else []  # walks
        there += [(143, 79), (0, 0)] if n in {9, 10, 23} else []  # at the edges
        picture = street(*there)
        assert boxes(patched.detect(picture)) == boxes(whole.detect(picture)), n


def test_it_costs_what_has_changed_and_the_whole_now_and_then() -> None:
    looked: list[int] = []

    def look(picture: Image) -> Found:
        looked.append(picture.shape[0] * picture.shape[1])
        return Found(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64))

    ask = Changed(look)
    for n in range(2 * WHOLE_EVERY):
        ask(street((40 + 2 * n, 40)))
    whole = HEIGHT * WIDTH
    assert looked.count(whole) == 2
    assert max(size for size in looked if size != whole) < 0.15 * whole
    looked.clear()
    for _ in range(2 * WHOLE_EVERY):
        ask(street((40 + 2 * (2 * WHOLE_EVERY - 1), 40)))
    assert looked == [whole, whole], "nothing has changed"


def test_what_creeps_is_looked_at_again_once_it_has_crept_far_enough() -> None:
    times = 0

    def look(_picture: Image) -> Found:
        nonlocal times
        times += 1
        return Found(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64))

    ask = Changed(look)
    for level in range(7):  # two levels a look, in one corner
        picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        picture[32:64, 32:64] += np.uint8(2 * level)
        ask(picture)
    assert times == 1 + 2, "the first, and at six levels and at twelve"


def test_a_picture_of_another_size_is_looked_at_whole(models: tuple[HeadedModel, HeadedModel]) -> None:
    whole, patched = (model.open() for model in models)
    for picture in (street((9, 9)), street((9, 9))[:, : WIDTH // 2], street((30, 9))):
        assert boxes(patched.detect(picture)) == boxes(whole.detect(picture))


def test_the_method_says_so_and_who_can_not_does_not(models: tuple[HeadedModel, HeadedModel], toy: Toy) -> None:
    whole, patched = models
    assert patched.method == f"{whole.method}-patches"
    entry, path = toy
    for other in (replace(entry.input, divisor=0), replace(entry.input, fit="corner")):
        assert not HeadedModel(replace(entry, input=other), path, "f32", PATCHED, 1).patches
