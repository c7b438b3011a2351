"""Guesses how long the next inference takes, so that one that can't be in time isn't begun."""

from __future__ import annotations

from typing import Final

WEIGHT: Final = 0.2
"""Of the newest duration in the moving mean."""
RELENT: Final = 0.9
"""What a refusal leaves of the guess, so that one slow picture doesn't end the watch."""


class Pace:
    """Moving mean of durations, seconds. Not for several threads."""

    def __init__(self) -> None:
        self._expected_s: float | None = None

    @property
    def expected_s(self) -> float | None:
        """The guess; nothing before the first duration."""
        return self._expected_s

    def too_slow(self, deadline_s: float | None) -> bool:
        """Whether the next one is expected to take longer than the deadline allows; without a guess it is tried."""
        if deadline_s is None or self._expected_s is None or self._expected_s <= deadline_s:
            return False
        self._expected_s *= RELENT
        return True

    def took(self, duration_s: float) -> None:
        """Learn from one duration."""
        old = self._expected_s
        self._expected_s = duration_s if old is None else old + WEIGHT * (duration_s - old)
