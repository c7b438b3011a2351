"""What is believed of one slot: a two-state filter in log-odds, in which every cue convinces only so far.

    belief > 0   a vehicle is on it        SURE = 1.75 log-odds (85 %) either way, else the slot is *unknown*
    step         relax towards "don't know" for the time that passed, then add each cue's weight up to its limit

A cue is (weight, limit): it moves the belief by its weight, never past its limit, and never back. So a detector that misses
the same car a hundred times is one silent witness, not a hundred: its samples are not independent, and a plain product of
likelihoods would be sure of an empty slot after three. Only what compares the pixels themselves may convince fully. A
sample without a cue (someone stands before it) changes nothing but the time; a state that nobody could check for long
becomes unknown by itself.

Source: a hidden Markov model of two states (Rabiner 1989) with capped evidence. Rejected: a majority vote over the last n
samples (needs a fixed cadence, knows no doubt), and an undamped Bayes filter (sure of what it only failed to see).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

from pantau.findings import SlotState

SURE: Final = 1.75
"""Log-odds from which a state is told: 85 %. Between, it is unknown."""
MOST: Final = 3.0
"""Log-odds that no evidence exceeds (95 %), so that a change convinces within a few samples."""
FORGET_S: Final = 1800.0
"""Time constant of forgetting: after so long without a cue, the log-odds are down to 37 %."""


class Cue(NamedTuple):
    """One witness: how far it moves the belief, and the log-odds beyond which it convinces no one."""

    weight: float
    limit: float


class Belief:
    """Log-odds that a vehicle is on the slot; 0: nothing is known."""

    def __init__(self) -> None:
        self.log_odds = 0.0

    def step(self, elapsed_s: float, cues: Iterable[Cue]) -> None:
        """Let `elapsed_s` pass, then hear the cues; their order does not matter."""
        self.log_odds *= math.exp(-max(elapsed_s, 0.0) / FORGET_S)
        heard = list(cues)
        for side in (1.0, -1.0):  # what speaks for it and what speaks against it, each to its own limit
            for cue in sorted((c for c in heard if c.weight * side > 0), key=lambda c: abs(c.limit)):
                moved = self.log_odds + cue.weight
                self.log_odds = side * max(min(side * moved, side * cue.limit), side * self.log_odds)
        self.log_odds = min(max(self.log_odds, -MOST), MOST)

    @property
    def state(self) -> SlotState:
        """What may be told."""
        if abs(self.log_odds) < SURE:
            return "unknown"
        return "occupied" if self.log_odds > 0 else "free"

    @property
    def confidence(self) -> float:
        """Probability of the likelier state, 0.5 to 1."""
        return 1 / (1 + math.exp(-abs(self.log_odds)))
