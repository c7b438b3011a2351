"""What has changed is put together without being cut, and what is found on the sheet goes back to its place."""

from __future__ import annotations

import numpy as np
import pytest

from pantau.see.heads import Found
from pantau.see.sheet import CELL, MARGIN, Sheet, changed, grey, packed, rectangles, sheet_of, sizes
from pantau.types import Floats, Image

NOBODY = np.empty((0, 4), np.float32)
CELLS = (20, 36)


def found(*boxes: tuple[float, float, float, float], label: int = 0) -> Found:
    n = len(boxes)
    xyxy = np.array(boxes, np.float32).reshape(n, 4)
    return Found(xyxy, np.full(n, 0.5, np.float32), np.full(n, label, np.int64))


def sheet(*cells: tuple[int, int], boxes: Floats = NOBODY) -> Sheet:
    wanted = np.zeros(CELLS, bool)
    for row, column in cells:
        wanted[row, column] = True
    made = sheet_of(wanted, boxes)
    assert made is not None
    return made


def test_noise_has_not_changed_and_a_small_dark_thing_has() -> None:
    chance = np.random.default_rng(1)
    ground = chance.integers(60, 180, (320, 576, 3))

    def taken() -> Image:
        return np.clip(ground + chance.normal(0, 4, (320, 576, 1)), 0, 255).astype(np.uint8)

    before, after = taken(), taken()
    assert not changed(grey(after), grey(before)).any()
    after[98:108, 196:202] = after[98:108, 196:202] * 0.75
    assert np.argwhere(changed(grey(after), grey(before))).tolist() == [[6, 12]]


def test_in_another_light_everything_has_changed() -> None:
    """What moved at the same moment differs by no more than all else."""
    before = np.full((320, 576, 3), 100, np.uint8)
    assert changed(grey(before + np.uint8(30)), grey(before)).all()


@pytest.mark.parametrize("seed", range(5))
def test_patches_lie_beside_one_another_and_show_what_has_changed_with_a_margin(seed: int) -> None:
    chance = np.random.default_rng(seed)
    cells = [(int(chance.integers(CELLS[0])), int(chance.integers(CELLS[1]))) for _ in range(8)]
    made = sheet(*cells)
    picture = chance.integers(0, 256, (CELLS[0] * CELL, CELLS[1] * CELL, 3)).astype(np.uint8)
    drawn, taken = made.draw(picture), np.zeros((made.size[0] // CELL, made.size[1] // CELL), int)
    for patch in made.patches:
        (x, y, w, h), (u, v) = patch.rect, patch.at
        taken[v : v + h, u : u + w] += 1
        there = picture[y * CELL : (y + h) * CELL, x * CELL : (x + w) * CELL]
        np.testing.assert_array_equal(drawn[v * CELL : (v + h) * CELL, u * CELL : (u + w) * CELL], there)
    assert taken.max() == 1
    assert all(made.looked()[cell] for cell in cells)
    assert made.looked().sum() < taken.sum()


def test_boxes_go_back_to_where_they_were_and_hold_where_nobody_looked() -> None:
    made = sheet((3, 5), (15, 30))
    assert len(made.patches) == 2
    on_sheet = []
    for patch in made.patches:
        u, v = (at * CELL + (MARGIN + 0.5) * CELL for at in patch.at)
        on_sheet.append((u - 4, v - 4, u + 4, v + 4))
    held = found((5.5 * CELL - 9, 3.5 * CELL - 9, 5.5 * CELL + 9, 3.5 * CELL + 9), (300, 100, 320, 140), label=1)
    merged = made.merged(found(*on_sheet), held)
    centres = {(float(box[0] + box[2]) / 2 / CELL, float(box[1] + box[3]) / 2 / CELL) for box in merged.xyxy[:2]}
    assert centres == {(5.5, 3.5), (30.5, 15.5)}
    assert merged.xyxy[2:].tolist() == [[300, 100, 320, 140]], "the one that was looked at anew is not held"
    assert merged.label.tolist() == [0, 0, 1]


def test_what_is_seen_of_the_surroundings_or_beyond_the_patches_is_not_found() -> None:
    made = sheet((3, 5))
    (patch,) = made.patches
    u, v = patch.at[0] * CELL, patch.at[1] * CELL
    margin, beyond = (u + 2, v + 2, u + 6, v + 6), (made.size[1] - 6, made.size[0] - 6, made.size[1], made.size[0])
    assert len(made.merged(found(margin, beyond), found()).xyxy) == 0


def test_a_patch_at_the_edge_of_the_picture_is_looked_at_up_to_the_edge() -> None:
    made = sheet((0, 0))
    assert made.looked()[0, 0]
    (patch,) = made.patches
    u, v = patch.at[0] * CELL, patch.at[1] * CELL
    assert made.merged(found((u, v, u + 8, v + 8)), found()).xyxy.tolist() == [[0, 0, 8, 8]]


def test_a_box_that_is_touched_is_looked_at_whole_and_another_is_not() -> None:
    boxes = np.array([[80, 48, 112, 160], [400, 48, 420, 100]], np.float32)
    made = sheet((4, 5), boxes=boxes)
    (patch,) = made.patches
    x, y, w, h = made.inner(patch)
    assert (x * CELL, y * CELL) == (80, 48)
    assert ((x + w) * CELL, (y + h) * CELL) == (112, 160)


def test_what_is_too_much_for_a_sheet_is_the_whole_picture() -> None:
    assert sheet_of(np.ones(CELLS, bool), NOBODY) is None
    cells = np.zeros(CELLS, bool)
    cells[::4] = True
    assert sheet_of(cells, NOBODY) is None


def test_two_near_ones_are_one_when_that_is_no_more_to_look_at() -> None:
    cells = np.zeros(CELLS, bool)
    cells[5, 5] = cells[5, 7] = True
    assert rectangles(cells) == [(4, 4, 5, 3)]
    cells[:] = False
    cells[5, 5] = cells[12, 20] = True
    assert len(rectangles(cells)) == 2


def test_sheets_have_sizes_that_networks_take_and_none_is_larger_than_the_picture() -> None:
    for high, wide in ((20, 36), (24, 32), (36, 20), (12, 64)):
        found_sizes = sizes(high, wide)
        assert all(h % 2 == 0 and w % 2 == 0 and h <= high and w <= wide for h, w in found_sizes)
        assert [h * w for h, w in found_sizes] == sorted(h * w for h, w in found_sizes)


def test_what_does_not_fit_is_not_packed() -> None:
    assert packed([(0, 0, 5, 5)], (4, 8)) is None
    assert packed([(0, 0, 4, 4), (4, 0, 4, 4)], (4, 8)) is not None
    assert packed([(0, 0, 4, 4), (4, 0, 4, 4), (0, 0, 1, 1)], (4, 8)) is None
