"""The state machine of an alarm: pure, with the time passed in.

                 beyond                beyond for hold_s              calm for clear_s
        idle ─────────────► pending ─────────────────────► firing ─────────────────────► resolved, and idle again
          ▲                    │ not beyond, or a gap         │
          └────────────────────┘                              └ missing data changes nothing

`Limits` says what beyond and calm are: above `above` and at most `clear` (or below `below` and at least `clear`); between
the two nothing changes, so that a value trembling at its limit makes one alarm. What holds, whatever comes:

* nothing fires before it has held for `hold_s` of *observed* time: readings further apart than `gap_s` begin anew;
* a gap is no reading: it neither raises nor resolves; a reading of an incomplete window (`whole` false) can say that a sum
  is already beyond, never that it is calm;
* a reading that is not newer than the newest taken changes nothing, so a minute that comes late or is written again is
  judged once, as it was first known;
* the state is a value: who keeps it and goes on with it later goes on exactly.

Source: the pending and firing of Prometheus' alerting rules (`for`, `keep_firing_for`) and ISA-18.2 (deadband, on-delay,
off-delay). Rejected: counting readings instead of seconds (a camera that slows down would warn later), and resolving when
data stop (a camera that was torn down would end its own alarm).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

Phase = Literal["idle", "pending", "firing"]
Step = Literal["pending", "withdrawn", "fired", "resolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a value is beyond, when it is calm, and for how long.

    Args:
        above, below: beyond is strictly past it; exactly one of the two is set.
        clear: where a firing alarm's value is back.
        hold_s: seconds it must stay beyond before it fires.
        clear_s: seconds it must stay calm before it is resolved.
        gap_s: readings further apart than this do not hang together.
    """

    above: float | None = None
    below: float | None = None
    clear: float = 0.0
    hold_s: float = 0.0
    clear_s: float = 0.0
    gap_s: float = 10.0

    def beyond(self, value: float) -> bool:
        """Whether the condition holds."""
        return value > self.above if self.above is not None else value < (self.below or 0.0)

    def calm(self, value: float) -> bool:
        """Whether a firing alarm's value is back."""
        return value <= self.clear if self.above is not None else value >= self.clear

    def further(self, one: float | None, other: float) -> float:
        """The one of two values that is further beyond."""
        if one is None:
            return other
        return max(one, other) if self.above is not None else min(one, other)


@dataclass(frozen=True, slots=True)
class Reading:
    """One value at one moment; `onset` is since when it holds, where that is earlier; `whole` as said above."""

    time: datetime
    value: float
    whole: bool = True
    onset: datetime | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Where one rule stands at one place.

    Args:
        since: when the condition began to hold; None when idle.
        fired: when it fired.
        seen: time of the newest reading taken.
        calm: while firing, since when the value is back.
    """

    phase: Phase = "idle"
    since: datetime | None = None
    fired: datetime | None = None
    seen: datetime | None = None
    calm: datetime | None = None


IDLE: Final = State()


def advance(limits: Limits, state: State, reading: Reading) -> tuple[State, tuple[Step, ...]]:
    """The state after a reading, and the steps taken, in order."""
    if state.seen is not None and reading.time <= state.seen:
        return state, ()
    broken = state.seen is not None and _seconds(state.seen, reading.time) > limits.gap_s
    beyond = limits.beyond(reading.value)
    if not reading.whole and (not beyond or limits.below is not None):
        return state, ()  # as much a gap as no reading at all
    state = replace(state, seen=reading.time)
    if state.phase == "firing":
        return _firing(limits, state, reading, broken=broken)
    steps: tuple[Step, ...] = ()
    if state.phase == "pending" and (broken or not beyond):
        state, steps = State(seen=reading.time), ("withdrawn",)
    if not beyond:
        return state, steps
    if state.phase == "idle":
        state, steps = replace(state, phase="pending", since=reading.onset or reading.time), (*steps, "pending")
    return due(limits, state, reading.time, steps)


def due(limits: Limits, state: State, now: datetime, before: tuple[Step, ...] = ()) -> tuple[State, tuple[Step, ...]]:
    """A pending state fires when it has held long enough at `now`; `before` are steps taken already."""
    if state.phase != "pending" or state.since is None or _seconds(state.since, now) < limits.hold_s:
        return state, before
    return replace(state, phase="firing", fired=now, calm=None), (*before, "fired")


def stop(state: State, now: datetime) -> tuple[State, tuple[Step, ...]]:
    """The condition is over, or no longer asked about: what is open ends."""
    if state.phase == "idle":
        return state, ()
    return State(seen=now), ("withdrawn",) if state.phase == "pending" else ("resolved",)


def _firing(limits: Limits, state: State, reading: Reading, *, broken: bool) -> tuple[State, tuple[Step, ...]]:
    if not limits.calm(reading.value):
        return replace(state, calm=None), ()
    calm = reading.time if state.calm is None or broken else state.calm
    if _seconds(calm, reading.time) < limits.clear_s:
        return replace(state, calm=calm), ()
    return stop(state, reading.time)


def _seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()
