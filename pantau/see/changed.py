"""Looks at the parts of a picture that have changed, and holds what was found elsewhere.

Idea: `pantau.see.sheet` says what has changed since it was last looked at and puts it together; the network looks at that; what is found goes back to its
place. Every `WHOLE_EVERY`-th look, and whenever too much has changed for a sheet to be worth it, is at the whole picture.

What it changes: an object is seen with a cell of what is around it and not with the whole street, so its confidence is another by a little; and what was
doubtful and has not moved is asked again once in `WHOLE_EVERY` looks, not each time. ``python -m bench.patches`` tells what that does to boxes and to
counts. Limits: for networks whose input may have any size, on a CPU (a card takes pictures in batches of one size); a picture that shakes is looked at whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pantau.see.heads import Found
from pantau.see.sheet import CELL, Grey, changed, grey, sheet_of
from pantau.types import Image

WHOLE_EVERY: Final = 10

Look = Callable[[Image], Found]
"""What a network finds in a picture of its input's scale, in pixels of that; of any size in whole steps."""


class Changed:
    """One camera's `Look`, which asks another one for as little as it can.

    Args:
        look: asked for whole pictures and for sheets.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._seen: Grey | None = None
        self._found: Found | None = None
        self._since = 0  # looks since the last one at all of it

    def __call__(self, picture: Image) -> Found:
        """What is in the picture, (H, W, 3) uint8 BGR with whole cells."""
        now, self._since = grey(picture), self._since + 1
        if self._seen is None or self._found is None or self._seen.shape != now.shape or self._since >= WHOLE_EVERY:
            return self._whole(picture, now)
        cells = changed(now, self._seen)
        if not cells.any():
            return self._found
        sheet = sheet_of(cells, self._found.xyxy)
        if sheet is None:
            return self._whole(picture, now)
        self._found = sheet.merged(self._look(sheet.draw(picture)), self._found)
        for x, y, w, h in map(sheet.inner, sheet.patches):
            place = slice(y * CELL, (y + h) * CELL), slice(x * CELL, (x + w) * CELL)
            self._seen[place] = now[place]
        return self._found

    def _whole(self, picture: Image, now: Grey) -> Found:
        self._found, self._seen, self._since = self._look(picture), now, 0
        return self._found
