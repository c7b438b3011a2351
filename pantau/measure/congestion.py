"""Whether a section of road is congested: the space-mean speed of the last minutes, with hysteresis.

The speed is Edie's (1963): distance covered ÷ time spent by all vehicles on the section, here over `WINDOW_S`, which is longer than a
signal's cycle, so that a red light is not a jam. It becomes congested below `BELOW_KMH` and free again above `ABOVE_KMH`, or when
nobody has been there. Below 10 km/h is level of service F of urban roads in PM 96/2015; no rule says more. Before half a window
was watched nothing is said.
"""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_S: Final = 180.0
WATCHED_S: Final = 90.0
BELOW_KMH: Final = 10.0
ABOVE_KMH: Final = 15.0
PRESENT_S: Final = 60.0
"""Seconds that vehicles spent on the section, all together, below which their speed says nothing of congestion."""


class Congestion:
    """The state of one section; `step` is given what each look saw, rising in time."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, float, int, float]] = deque()
        self.congested: bool | None = None
        self.kmh: float | None = None

    def step(self, now_s: float, speeds_kmh: list[float], look_s: float) -> bool | None:
        """The state after this look at vehicles of such speeds, `look_s` after the one before; None while not known."""
        self._looks.append((now_s, sum(speeds_kmh), len(speeds_kmh), look_s))
        while self._looks[0][0] <= now_s - WINDOW_S:
            self._looks.popleft()
        watched = sum(look[3] for look in self._looks)
        present = sum(look[2] * look[3] for look in self._looks)
        if watched < WATCHED_S:
            return self.congested
        if present < PRESENT_S:
            self.congested, self.kmh = False, None
            return False
        self.kmh = sum(look[1] * look[3] for look in self._looks) / present
        self.congested = self.kmh < (ABOVE_KMH if self.congested else BELOW_KMH)
        return self.congested

    def clear(self) -> None:
        """Forget what was seen: nobody watched in between."""
        self._looks.clear()
        self.congested, self.kmh = None, None
