"""Where a picture still shows the floor's own print, and where something covers it.

Grass, gravel and paving have a fine print of their own. Whatever the light does, the print stays where it is: a shadow, a lamp or rain makes it
fainter, and it correlates as before. Whatever lies or stands there replaces it, also where that has the floor's own colour and
brightness: half of a car in the colours of a lawn. So the print says three things that a difference of grey or colour can't:

    under      a change under which the print is seen is light, or leaves, and not a thing
    earlier    where it shows the floor of an hour ago, something that had become floor was taken away
    extent     how far the cover goes on around a change: the whole car, of which only a wheel differs in colour

Normalised cross-correlation (Lewis 1995) of the picture's fine brightness with the floor's, in a window of `WINDOW_PX` (standard deviation), judged
by what is usual over the whole floor in the same picture, since noise, rain and a soft picture lower it everywhere. It tells nothing,
and says so, where the floor is plain, at night when noise hides the print, and over grass that the wind turns from one sample to the next.

Bounded: of earlier floors `PAST` / `APART` prints are kept, 0.8 MB each at most. Rejected: the print as a change of its own (in a hedge it made a
false thing an hour). Not tried: the detector's doubtful boxes as evidence of vehicles.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import cv2
import numpy as np

from pantau.measure.difference import Difference, Floats, Mask, traces
from pantau.measure.floor import Floor

WINDOW_PX: Final = 4.0
PLAIN: Final = 0.02
"""Contrast (of logarithms) below which there is no print to be covered."""
CLEAR: Final = 0.5
"""Expected correlation below which the picture does not show its print well enough to tell."""
GONE: Final = 0.65
"""Of the expected correlation: below it something covers the print."""
MOST_PRINTED: Final = 0.2
"""Share of the zone that must have a print."""
INSIDE_PX: Final = 30
JOIN_PX: Final = 5
SEEN: Final = 0.8
"""Agreement under a change from which the floor is seen there, only lit otherwise."""
PAST, APART = timedelta(hours=3), timedelta(minutes=20)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Of one picture.

    Args:
        agrees: (h, w) correlation with the floor's print, 1 where it is as this picture's noise lets it be.
        printed: (h, w) where there is a print that can be seen above that noise, and it is looked at.
    """

    agrees: Floats
    printed: Mask

    @property
    def covered(self) -> Mask:
        """(h, w) where something covers the print."""
        return np.asarray(self.printed & (self.agrees < GONE), np.bool_)

    def under(self, where: Mask) -> float | None:
        """How well the floor agrees under a region (median); nothing where too little of it has a print."""
        inside = cv2.erode(where.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_)
        inside = inside if inside.sum() >= INSIDE_PX else where
        told = inside & self.printed
        return float(np.median(self.agrees[told])) if 2 * told.sum() > inside.sum() else None

    def extent(self, where: Mask, others: Mask) -> tuple[int, int, int, int]:
        """The box of a region with all cover that it is connected to; `others` is what was there before."""
        covered = ((self.covered & ~others) | where).astype(np.uint8)
        kernel = np.ones((JOIN_PX, JOIN_PX), np.uint8)
        whole = cv2.morphologyEx(cv2.morphologyEx(covered, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel)
        whole = cv2.bitwise_or(whole, where.astype(np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(whole)
        x, y, width, height, _ = stats[int(np.bincount(labels[where]).argmax())].tolist()
        return x, y, x + width, y + height


class Earlier:
    """The prints that the floor had before, for as long as `PAST`: what was taken away again leaves one of them."""

    def __init__(self) -> None:
        self._kept: deque[tuple[datetime, Floats]] = deque(maxlen=round(PAST / APART))

    def step(self, time: datetime, floor: Floor) -> None:
        """Keep the floor's print, seldom."""
        if not self._kept or time - self._kept[-1][0] >= APART:
            self._kept.append((time, floor.grain.astype(np.float16)))

    def shows(self, floor: Floor, difference: Difference, where: Mask) -> bool:
        """Whether a region looks as the floor did before."""
        return any((_under(floor, difference, own.astype(np.float32), where) or 0.0) > SEEN for _, own in self._kept)


def _under(floor: Floor, difference: Difference, own: Floats, where: Mask) -> float | None:
    told = shown(floor, difference, own)
    return told.under(where) if told else None


def shown(floor: Floor, difference: Difference, own: Floats | None = None) -> Shown | None:
    """Where a picture shows its floor's print (or another, `own`); nothing where it can't tell.

    A print of variance m under noise of variance n agrees by sqrt(m / (m + n)); n is what the median of the floor says in this picture.
    """
    own = floor.grain if own is None else own
    now = np.asarray(traces(difference.values)[..., 0], np.float32)
    both, mine, its = (cv2.GaussianBlur(part, (0, 0), WINDOW_PX) for part in (now * own, own * own, now * now))
    looked = floor.zone & difference.seen & floor.known
    some = looked & (mine > PLAIN**2)
    if some.sum() <= MOST_PRINTED * max(int(looked.sum()), 1):
        return None
    agrees = both / np.sqrt(mine * its + np.float32(1e-9))
    usual = float(np.clip(np.median(agrees[some]), 0.01, 0.99))
    noise = float(np.median(mine[some])) * (1 / usual**2 - 1)
    expected = np.sqrt(mine / (mine + np.float32(noise)))
    printed = (mine > PLAIN**2) & (expected >= CLEAR) & difference.seen & floor.known
    return Shown(np.asarray(agrees / np.maximum(expected, CLEAR), np.float32), np.asarray(printed, np.bool_))
