"""The alarm engine: what was committed a moment ago and the minutes that closed, against every rule.

    committed batches ─► take ─► turn ─► points ─► machine ─► desk ─► control database ─► pages, outbox
    closed minutes ───────────────┘          events ─► follower ─┘

`take` is called by whoever commits (any thread) and only queues; `turn` does the work, in one thread, and is told the time. The
queue is bounded: when turns can't keep up the oldest batch is dropped and counted, because a late warning is worth less
than a present one, and its minutes are read from the store anyway. The engine sees numbers only, never a frame.

Restarts: open alarms, with where their state machine stands, are read back; minutes that closed meanwhile are read from the
store from where the last turn stopped; events that were committed but not seen are asked for. What is not watched does not
hold: a pending alarm begins anew when more than its gap has passed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.alarm import Alarm, Cause, Verdict
from pantau.alert.desk import Change, Desk, begun
from pantau.alert.follower import Follower
from pantau.alert.machine import IDLE, Reading, State, Step, advance, stop
from pantau.alert.numbers import Numbers, Register
from pantau.alert.points import Gauged, Point, Points
from pantau.alert.precision import Precision
from pantau.alert.rules import LIVE_GAP_S, Rule
from pantau.alert.targets import Target
from pantau.alert.windows import MINUTE, Cells, closed, readings
from pantau.types import Batch, Run

QUEUE: Final = 20_000
"""Batches that may wait: two seconds of the largest city."""
RUNS: Final = 20_000
TICK: Final = timedelta(seconds=1)
LOOK_BACK: Final = timedelta(hours=6)
"""Minutes older than this are not judged any more after a long stop."""
SAMPLES_MISSED: Final = 3
"""So many scheduled samples without one make a gap, also where a camera looks only once in a while."""
MISSING_S: Final = 5.0
"""A camera is missed after this long at least."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """That silence is calm: when the rules were last looked at, how many there are and at how many places, and which wait for a gauge."""

    checked: datetime | None
    rules: int
    points: int
    dropped: int
    gauged: tuple[Gauged, ...] = ()


class AlarmEngine:
    """Rules against readings. `take`, `begin` and what people say may come from any thread; `turn` from one.

    Args:
        desk: where alarms are.
        numbers: the store.
        timezone: IANA zone in which schedules are read.
    """

    def __init__(self, desk: Desk, numbers: Numbers, timezone: str) -> None:
        self._desk, self._numbers, self._zone = desk, numbers, ZoneInfo(timezone)
        self._lock = threading.RLock()
        self._queue: deque[Batch | Run] = deque(maxlen=QUEUE)
        self._queued = threading.Lock()
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._points = Points((), (), ())
        self._follower = Follower(desk, numbers)
        self._seen: dict[str, dict[str, datetime]] = {}
        self._cadences: dict[str, Mapping[str, float]] = {}
        self._mark: datetime | None = None
        self._started: datetime | None = None
        self._ticked: datetime | None = None
        self.checked: datetime | None = None
        self.dropped = 0
        self.work = threading.Event()

    # --- from anywhere ------------------------------------------------------------------------------------------------

    def begin(self, run: Run) -> None:
        """A run will have batches."""
        self._put(run)

    def take(self, batch: Batch) -> None:
        """A batch was committed."""
        self._put(batch)

    def follow(self, rules: Sequence[Rule], targets: Sequence[Target], register: Register, now: datetime) -> None:
        """These rules, targets, cameras and places are in force from now on."""
        with self._lock:
            points = Points(rules, register.cameras(), register.places(), self._points)
            self._points, self._desk.targets, self._desk.names = points, tuple(targets), points.names
            for camera in points.paced:
                self._pace(camera)
            for alarm in list(self._desk.open.values()):
                self._keep_or_end(alarm, now)
            self._desk.load_snoozes(now)

    def recover(self, now: datetime, mark: datetime | None) -> None:
        """Go on after a stop: minutes are read from `mark`, and events that were not seen are asked for."""
        with self._lock:
            self._started = now
            self._mark = max(mark, closed(now) - LOOK_BACK) if mark else closed(now)
            self._follower.recover(self._points, self._local(now), now)
            for (kind, place), points in self._points.counted.items():
                for point in points:
                    page = self._numbers.events(place, kind, now - timedelta(seconds=point.rule.over_s), now, 1000)
                    point.happened.extend(sorted(event.start for event in page.events))

    def acknowledge(self, alarm: Alarm, now: datetime) -> Alarm:
        """`Desk.acknowledge`, kept at once."""
        with self._lock:
            said = self._desk.acknowledge(self._newest(alarm), now)
            self._desk.save(now)
            return said

    def judge(self, alarm: Alarm, verdict: Verdict, reason: str, now: datetime) -> Alarm:
        """`Desk.judge`, kept at once; a point whose alarm was wrong stands idle."""
        with self._lock:
            said = self._desk.judge(self._newest(alarm), self.rule(alarm.rule), verdict, reason, now)
            if not said.open and (point := self._points.find(alarm.rule, alarm.place)) is not None:
                point.state = State(seen=point.state.seen)
            self._desk.save(now)
            return said

    def rule(self, id_: str) -> Rule | None:
        """A rule in force."""
        return self._points.rules.get(id_)

    def rules(self) -> Mapping[str, Rule]:
        """Every rule in force."""
        return self._points.rules

    def precision(self, rule: str, revision: int) -> Precision:
        """How often a rule was right."""
        with self._lock:
            return self._desk.precision(rule, revision)

    def snoozed_until(self, rule: str, place: str) -> datetime | None:
        """Until when a rule is quiet at a place."""
        with self._lock:
            return self._desk.snoozed_until(rule, place)

    def changed_since(self, version: int) -> tuple[int, tuple[Change, ...]]:
        """`Desk.changed_since`."""
        with self._lock:
            return self._desk.changed_since(version)

    def open(self) -> tuple[Alarm, ...]:
        """Alarms that are pending or firing."""
        with self._lock:
            return tuple(self._desk.open.values())

    def latencies(self) -> tuple[float, ...]:
        """Seconds from when the reading that made an alarm fire could be known to its firing, of the newest alarms."""
        with self._lock:
            return tuple(self._desk.latencies)

    def pulse(self) -> Pulse:
        """When the rules were last looked at."""
        points = self._points
        watching = sum(rule.enabled for rule in points.rules.values())
        return Pulse(self.checked, watching, len(points.all), self.dropped, points.gauged)

    # --- the turn -----------------------------------------------------------------------------------------------------

    def turn(self, now: datetime) -> None:
        """Judge what has come, and what time alone has made due; then keep it.

        Raises:
            StoreError: the store or the control database refused; nothing is lost, the next turn goes on.
        """
        with self._lock:
            self._started = self._started or now
            with self._queued:
                batches, self._queue = self._queue, deque(maxlen=QUEUE)
                self.work.clear()
            for item in batches:
                if isinstance(item, Run):
                    self._run(item)
                elif (run := self._runs.get(item.run)) is not None:
                    self._batch(item, run, now)
            if self._ticked is None or abs(now - self._ticked) >= TICK:
                self._ticked = now
                self._tick(now)
            self._minutes(now)
            self._desk.save(now)
            self.checked = now

    def _put(self, item: Batch | Run) -> None:
        with self._queued:
            self.dropped += len(self._queue) == QUEUE
            self._queue.append(item)
            self.work.set()

    def _run(self, run: Run) -> None:
        self._runs[run.id], self._cadences[run.camera] = run, run.cadence_s
        self._pace(run.camera)
        self._follower.began(run)
        if len(self._runs) > RUNS:
            self._runs.popitem(last=False)

    def _pace(self, camera: str) -> None:
        """Readings of a camera that looks once in a while hang together over longer gaps."""
        for point in self._points.paced.get(camera, ()):
            gap_s = max(LIVE_GAP_S, SAMPLES_MISSED * self._cadence(point.camera, point.family))
            if point.limits.gap_s != gap_s:
                point.limits = replace(point.limits, gap_s=gap_s)

    def _batch(self, batch: Batch, run: Run, now: datetime) -> None:
        newest = self._samples(batch, run)
        sums: dict[tuple[str, str, str], list[float]] = {}
        live = self._points.live
        for one in batch.observations:
            if (one.place, one.indicator) in live:
                entry = sums.setdefault((one.place, one.indicator, one.direction), [0.0, 0.0, 0.0])
                entry[0] += one.value
                entry[1] += 1
                entry[2] = max(entry[2], one.time.timestamp())
        for place, name in {(place, name) for place, name, _ in sums}:
            for point in live[place, name]:
                self._value(point, sums, newest, now)
        for event in batch.events:
            self._follower.event(event, run.id, self._points, self._local(now), now)
            for point in self._points.counted.get((event.kind, event.place), ()):
                point.happened.append(event.start)
        if newest is not None:
            self._count(run.camera, newest, now)

    def _samples(self, batch: Batch, run: Run) -> datetime | None:
        """Note when each family was last sampled; the newest sample of the batch."""
        newest: datetime | None = None
        for family, times in batch.samples.items():
            if times:
                last = max(times)
                self._follower.watched(run.camera, (min(times), last), SAMPLES_MISSED * self._cadence(run.camera))
                seen = self._seen.setdefault(run.camera, {})
                seen[family] = max(last, seen.get(family, last))
                newest = last if newest is None else max(newest, last)
        return newest

    def _value(
        self, point: Point, sums: Mapping[tuple[str, str, str], Sequence[float]], newest: datetime | None, now: datetime
    ) -> None:
        """The mean of the batch's values, at its newest sample."""
        rule = point.rule
        parts = [
            entry
            for way in ({rule.direction, ""} if rule.direction else ("", "forward", "backward"))
            if (entry := sums.get((point.place, rule.indicator, way)))
        ]
        if not parts:
            return
        time = newest or datetime.fromtimestamp(max(part[2] for part in parts), now.tzinfo)
        self.judge_reading(point, Reading(time, sum(p[0] for p in parts) / sum(p[1] for p in parts)), now)

    def _count(self, camera: str, newest: datetime, now: datetime) -> None:
        """How many events began in the window of each point of a camera that counts them."""
        for point in self._points.of_camera.get(camera, ()):
            start = newest - timedelta(seconds=point.rule.over_s)
            while point.happened and point.happened[0] <= start:
                point.happened.popleft()
            whole = self._follower.watched_since(camera, newest) <= start
            self.judge_reading(point, Reading(newest, float(len(point.happened)), whole), now)

    def judge_reading(self, point: Point, reading: Reading, now: datetime) -> None:
        """One reading of one point: through the state machine, and what it says is done."""
        rule, state = point.rule, point.state
        asleep = not point.schedule.covers(reading.time.astimezone(self._zone))
        if asleep or (state.phase == "idle" and self._desk.quiet(rule.id, point.place, now)):
            point.state, steps = stop(state, reading.time)
            if asleep:
                self._do(point, steps, reading, now, "schedule")
            return
        point.state, steps = advance(point.limits, state, reading)
        if point.state is state:
            return
        point.trace.append((reading.time, reading.value))
        self._do(point, steps, reading, now, "cleared")

    def _do(self, point: Point, steps: Sequence[Step], reading: Reading, now: datetime, cause: Cause) -> None:
        desk, state = self._desk, point.state
        key = (point.rule.id, point.place, "")
        if (alarm := desk.open.get(key)) is not None:
            peak = point.limits.further(alarm.peak, reading.value)
            desk.refresh(replace(alarm, seen=reading.time, calm=state.calm, value=reading.value, peak=peak))
        for step in steps:
            alarm = desk.open.get(key)
            if step == "pending":
                desk.pend(point.rule, begun(point, state.since or reading.time, reading.time, reading.value))
            elif alarm is None:
                continue
            elif step == "withdrawn":
                desk.withdraw(alarm)
            elif step == "fired":
                trace = tuple(point.trace)
                desk.fire(point.rule, replace(alarm, trace=trace), state.fired or reading.time, now)
            else:
                desk.resolve(point.rule, alarm, reading.time, now, cause)

    # --- time alone ---------------------------------------------------------------------------------------------------

    def _tick(self, now: datetime) -> None:
        for point in self._points.absent:
            last = self._last(point, now)
            age = (now - last).total_seconds()
            missed = max(MISSING_S, SAMPLES_MISSED * self._cadence(point.camera, point.family))
            self.judge_reading(point, Reading(now, age if age > missed else 0.0, onset=last), now)
        self._follower.tick(self._points, now)

    def _last(self, point: Point, now: datetime) -> datetime:
        """When the camera of a point was last seen, as far as is known."""
        seen = self._seen.get(point.camera, {})
        times = [time for family, time in seen.items() if point.family in {"", family}]
        return max(times, default=point.state.since or self._started or now)

    def _cadence(self, camera: str, family: str = "") -> float:
        """Seconds between scheduled samples of a camera's family, or of its most frequent one."""
        known = self._cadences.get(camera, {})
        return known.get(family, 0.0) if family else min(known.values(), default=0.0)

    def _minutes(self, now: datetime) -> None:
        """Judge every minute that has closed since the last time."""
        end = closed(now)
        start = self._mark or end
        if not self._points.minutely or end <= start:
            self._mark = end
            return
        ends = [start + (i + 1) * MINUTE for i in range(int((end - start) / MINUTE))]
        for family, points in self._points.minutely.items():
            longest = max(point.rule.over_s for point in points)
            cells = Cells(self._numbers.minutes(family, start - timedelta(seconds=longest), end))
            for point in points:
                for reading in readings(point.rule, point.place, cells, ends):
                    self.judge_reading(point, reading, now)
        self._mark = end
        self._desk.read_until(end)

    def _keep_or_end(self, alarm: Alarm, now: datetime) -> None:
        """An open alarm whose rule or place is gone, or measures something else now, is over."""
        rule = self._points.rules.get(alarm.rule)
        same = rule is not None and rule.enabled and rule.revision == alarm.revision
        point = self._points.find(alarm.rule, alarm.place)
        if same and alarm.subject and rule is not None and rule.covers(alarm.place):
            return
        if same and point is not None:
            if point.state is IDLE and alarm.state != "resolved":
                point.state = State(alarm.state, alarm.since, alarm.fired, alarm.seen, alarm.calm)
            return
        if alarm.state == "pending":
            self._desk.withdraw(alarm)
        else:
            self._desk.resolve(rule, alarm, max(now, alarm.since), now, "rule")

    def _newest(self, alarm: Alarm) -> Alarm:
        """The alarm as the desk has it now, when it is open."""
        return self._desk.open.get((alarm.rule, alarm.place, alarm.subject), alarm)

    def _local(self, now: datetime) -> datetime:
        return now.astimezone(self._zone)
