"""The state machine of an alarm, against every sequence of readings, gaps and restarts that Hypothesis can think of."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pantau.alert.machine import IDLE, Limits, Reading, State, Step, advance, stop

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class AlarmMachine(RuleBasedStateMachine):
    """Readings of any value, late ones, incomplete ones, silences, and restarts; a model keeps its own account."""

    @initialize(
        upward=st.booleans(),
        hold_s=st.sampled_from([0.0, 3.0, 10.0]),
        clear_s=st.sampled_from([0.0, 4.0]),
        band=st.sampled_from([0.0, 2.0]),
    )
    def begin(self, upward: bool, hold_s: float, clear_s: float, band: float) -> None:
        above, below = (5.0, None) if upward else (None, 5.0)
        clear = 5.0 - band if upward else 5.0 + band
        self.limits = Limits(above=above, below=below, clear=clear, hold_s=hold_s, clear_s=clear_s, gap_s=10.0)
        self.state, self.now = IDLE, NOON
        self.open, self.fires, self.ends = False, 0, 0
        self.beyond_since: datetime | None = None
        self.newest: datetime | None = None

    @rule(wait_s=st.sampled_from([0.5, 1.0, 3.0, 10.0, 11.0, 600.0]), value=st.floats(0, 10), whole=st.booleans())
    def read(self, wait_s: float, value: float, whole: bool) -> None:
        self.now += timedelta(seconds=wait_s)
        counts = whole or (self.limits.beyond(value) and self.limits.above is not None)
        if counts:
            if self.newest is None or self.now - self.newest > timedelta(seconds=self.limits.gap_s):
                self.beyond_since = None
            self.beyond_since = (self.beyond_since or self.now) if self.limits.beyond(value) else None
            self.newest = self.now
        before = self.state
        self.state, steps = advance(self.limits, before, Reading(self.now, value, whole))
        if not counts:
            assert self.state == before, "an incomplete window says nothing about calm"
        self.account(steps, value)

    @rule(back_s=st.floats(0, 100), value=st.floats(0, 10))
    def read_late(self, back_s: float, value: float) -> None:
        if self.newest is not None:
            late = Reading(self.newest - timedelta(seconds=back_s), value)
            assert advance(self.limits, self.state, late) == (self.state, ()), "what is late changes nothing"

    @rule(silence_s=st.floats(0, 10_000))
    def nothing_comes(self, silence_s: float) -> None:
        self.now += timedelta(seconds=silence_s)  # and nobody calls the machine: missing data can't end an alarm

    @rule()
    def restart(self) -> None:
        again = pickle.loads(pickle.dumps(self.state))
        assert again == self.state
        self.state = again

    @rule()
    def end_of_schedule(self) -> None:
        self.now += timedelta(seconds=1)
        self.state, steps = stop(self.state, self.now)
        self.beyond_since = None
        self.account(steps, None)

    def account(self, steps: tuple[Step, ...], value: float | None) -> None:
        for step in steps:
            if step == "fired":
                assert not self.open, "one alarm is open at most"
                assert self.beyond_since is not None
                held = (self.now - self.beyond_since).total_seconds()
                assert held >= self.limits.hold_s, "never before its hold time, all of it observed"
                self.open, self.fires = True, self.fires + 1
            elif step == "resolved":
                assert self.open, "only what has fired is resolved"
                assert value is None or self.limits.calm(value)
                self.open, self.ends = False, self.ends + 1

    @invariant()
    def every_fire_is_resolved_or_open(self) -> None:
        if hasattr(self, "fires"):
            assert self.fires == self.ends + self.open
            assert (self.state.phase == "firing") == self.open
            assert (self.state.since is None) == (self.state.phase == "idle")


TestAlarmMachine = AlarmMachine.TestCase

LIMITS = Limits(above=5.0, clear=3.0, hold_s=3.0, gap_s=10.0)


def run(
    limits: Limits, values: Sequence[tuple[float, float]], state: State = IDLE
) -> tuple[State, list[tuple[float, Step]]]:
    taken: list[tuple[float, Step]] = []
    for second, value in values:
        state, steps = advance(limits, state, Reading(after(second), value))
        taken += [(second, step) for step in steps]
    return state, taken


def test_it_fires_when_it_has_held_and_is_resolved_where_it_clears() -> None:
    values = [(0, 4.0), (1, 6.0), (2, 6.0), (3, 7.0), (4, 6.0), (5, 4.0), (6, 6.0), (7, 3.0), (8, 6.0)]
    _, steps = run(LIMITS, values)
    assert steps == [(1, "pending"), (4, "fired"), (7, "resolved"), (8, "pending")]


def test_a_value_that_trembles_at_its_limit_makes_one_alarm() -> None:
    values = [(float(i), 5.1 if i % 2 or i < 5 else 4.9) for i in range(100)]
    _, steps = run(LIMITS, values)
    assert [step for _, step in steps] == ["pending", "fired"]


def test_unobserved_time_does_not_count_as_held() -> None:
    state, steps = run(LIMITS, [(0, 6.0), (20, 6.0)])
    assert steps == [(0, "pending"), (20, "withdrawn"), (20, "pending")]
    assert run(LIMITS, [(23, 6.0)], state)[1] == [(23, "fired")]


@given(st.lists(st.tuples(st.floats(0.1, 20), st.floats(0, 10)), max_size=40), st.integers(0, 40))
def test_going_on_from_a_kept_state_is_going_on(steps: list[tuple[float, float]], cut: int) -> None:
    times = [sum(wait for wait, _ in steps[: i + 1]) for i in range(len(steps))]
    values = [(time, value) for time, (_, value) in zip(times, steps, strict=True)]
    whole = run(LIMITS, values)
    state, first = run(LIMITS, values[:cut])
    again, rest = run(LIMITS, values[cut:], pickle.loads(pickle.dumps(state)))
    assert (again, first + rest) == whole
