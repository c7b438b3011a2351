"""Rules, alarms and notices in the control database: what an alarm is must survive a kill at any moment.

`keep` writes all that one turn of the engine changed in one transaction: alarms, withdrawn ones gone, snoozes, and the notices
of those that fired or ended. A notice is there as soon as its alarm is: nothing is told that was not kept, and nothing
kept goes untold. Everything is bounded: `expire` lets go of alarms and notices that are older than they are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import sqlalchemy as sa

from pantau.alarm import Alarm, AlarmState, Notice, Still
from pantau.store.alarm_tables import ALARMS, OUTBOX, RULES, SNOOZES, TARGETS
from pantau.store.register_tables import STATE
from pantau.store.sqlite import ControlFile
from pantau.types import EPOCH, require_utc

KEPT: Final = timedelta(days=730)
"""How long alarms are kept: without pictures after a month (`pantau.alert.pictures`), they are a few hundred bytes."""
SENT_KEPT: Final = timedelta(days=7)
MARK: Final = "alarm_minutes"
"""The minute up to which the engine has read, in the state table, in seconds since 1970."""
MEASURING: Final = (
    "kind", "indicator", "event", "direction", "above", "below", "clear", "over_s", "hold_s", "clear_s", "schedule",
)  # fmt: skip
"""Keys of a rule's entry whose change begins a new revision."""
NoticeState = Literal["waiting", "sent", "given_up"]
_TIMES: Final = ("since", "fired", "resolved", "seen", "calm", "acknowledged", "judged")


@dataclass(frozen=True, slots=True)
class Kept:
    """What one turn of the engine changed."""

    alarms: tuple[Alarm, ...] = ()
    gone: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    snoozes: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    mark: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.alarms or self.gone or self.notices or self.snoozes or self.mark)


@dataclass(frozen=True, slots=True)
class Posted:
    """A notice and how its delivery stands."""

    notice: Notice
    state: NoticeState
    attempts: int
    due: datetime
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmQuery:
    """Which alarms, newest onset first; `before` is the (since, id) of the last one of the page above."""

    states: tuple[AlarmState, ...] = ("firing", "resolved")
    rule: str | None = None
    place: str | None = None
    camera: str | None = None
    severity: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    before: tuple[datetime, str] | None = None
    limit: int = 100


class Alarms:
    """The alarms of a data folder. Safe from any thread and process."""

    def __init__(self, file: ControlFile) -> None:
        self._file = file

    @staticmethod
    def apply(
        connection: sa.Connection, rules: Sequence[Mapping[str, Any]], targets: Sequence[Mapping[str, Any]]
    ) -> None:
        """Put these entries of rules and targets in force, and no others, within the caller's transaction."""
        old = {row.id: row for row in connection.execute(sa.select(RULES))}
        newest = sa.select(ALARMS.c.rule, sa.func.max(ALARMS.c.revision)).group_by(ALARMS.c.rule)
        used = {row[0]: row[1] for row in connection.execute(newest)}
        connection.execute(sa.delete(RULES))
        connection.execute(sa.delete(TARGETS))
        for position, entry in enumerate(rules):
            before = old.get(entry["id"])
            same = before is not None and _measures(before.entry) == _measures(entry)
            known = max(before.revision if before else 0, used.get(entry["id"], 0))
            row = {"id": entry["id"], "position": position, "entry": dict(entry)}
            connection.execute(
                sa.insert(RULES).values(**row, revision=before.revision if before and same else known + 1)
            )
        for position, entry in enumerate(targets):
            row = {"id": entry["id"], "position": position, "entry": dict(entry)}
            connection.execute(sa.insert(TARGETS).values(row))

    def rules(self) -> tuple[dict[str, Any], ...]:
        """Every rule's entry with its revision, in the order of the file."""
        with self._file.read() as connection:
            rows = connection.execute(sa.select(RULES).order_by(RULES.c.position)).mappings().all()
        return tuple({**row["entry"], "revision": row["revision"]} for row in rows)

    def targets(self) -> tuple[dict[str, Any], ...]:
        """Every target's entry, in the order of the file; never with a secret."""
        with self._file.read() as connection:
            return tuple(connection.scalars(sa.select(TARGETS.c.entry).order_by(TARGETS.c.position)).all())

    def keep(self, kept: Kept) -> None:
        """Write what changed, all or nothing.

        Raises:
            StoreError: nothing was changed.
        """
        with self._file.write() as connection:
            for id_ in (*kept.gone, *(alarm.id for alarm in kept.alarms)):
                connection.execute(sa.delete(ALARMS).where(ALARMS.c.id == id_))
            # Those that have ended come first: the index lets one alarm of a place be open.
            for alarm in sorted(kept.alarms, key=lambda one: one.open):
                connection.execute(sa.insert(ALARMS).values(_row(alarm)))
            for (rule, place), until in kept.snoozes.items():
                connection.execute(sa.delete(SNOOZES).where(SNOOZES.c.rule == rule, SNOOZES.c.place == place))
                connection.execute(sa.insert(SNOOZES).values(rule=rule, place=place, until=until.isoformat()))
            for notice in kept.notices:
                _post(connection, notice)
            if kept.mark is not None:
                connection.execute(sa.delete(STATE).where(STATE.c.key == MARK))
                seconds = int((kept.mark - EPOCH).total_seconds())
                connection.execute(sa.insert(STATE).values(key=MARK, value=seconds))

    def mark(self) -> datetime | None:
        """The end of the last minute that the engine has read."""
        with self._file.read() as connection:
            value = connection.scalar(sa.select(STATE.c.value).where(STATE.c.key == MARK))
        return None if value is None else EPOCH + timedelta(seconds=value)

    def alarm(self, id_: str) -> Alarm | None:
        """One alarm."""
        return next(iter(self._read(sa.select(ALARMS).where(ALARMS.c.id == id_))), None)

    def open(self) -> tuple[Alarm, ...]:
        """Every alarm that is pending or firing."""
        return self._read(sa.select(ALARMS).where(ALARMS.c.state != "resolved").order_by(ALARMS.c.since))

    def of_subject(self, rule: str, place: str, subject: str) -> Alarm | None:
        """The newest alarm of a rule and place about this event, or that took it over, if there ever was one."""
        also = ALARMS.c.facts["also"].as_string().contains(subject, autoescape=True)
        same = (ALARMS.c.rule == rule, ALARMS.c.place == place, sa.or_(ALARMS.c.subject == subject, also))
        return next(iter(self._read(sa.select(ALARMS).where(*same).order_by(ALARMS.c.since.desc()).limit(1))), None)

    def page(self, query: AlarmQuery) -> tuple[Alarm, ...]:
        """The alarms that a question asks for, newest onset first."""
        columns = ALARMS.c
        wanted = sa.select(ALARMS).where(columns.state.in_(query.states))
        for column, value in (
            (columns.rule, query.rule), (columns.place, query.place), (columns.camera, query.camera),
            (columns.severity, query.severity),
        ):  # fmt: skip
            if value is not None:
                wanted = wanted.where(column == value)
        if query.start is not None:
            wanted = wanted.where(columns.since >= query.start.isoformat())
        if query.end is not None:
            wanted = wanted.where(columns.since < query.end.isoformat())
        if query.before is not None:
            cut = (query.before[0].isoformat(), query.before[1])
            wanted = wanted.where(sa.tuple_(columns.since, columns.id) < cut)
        return self._read(wanted.order_by(columns.since.desc(), columns.id.desc()).limit(query.limit))

    def judged(self) -> Mapping[tuple[str, int], tuple[int, int]]:
        """For each rule and revision: how many of its alarms were right, and how many were judged."""
        counted = (sa.func.sum(sa.case((ALARMS.c.verdict == "right", 1), else_=0)), sa.func.count())
        wanted = sa.select(ALARMS.c.rule, ALARMS.c.revision, *counted).where(ALARMS.c.verdict != "")
        with self._file.read() as connection:
            rows = connection.execute(wanted.group_by(ALARMS.c.rule, ALARMS.c.revision)).all()
        return {(rule, revision): (int(right), int(n)) for rule, revision, right, n in rows}

    def snoozes(self, now: datetime) -> Mapping[tuple[str, str], datetime]:
        """Until when which rule is quiet at which place."""
        wanted = sa.select(SNOOZES).where(SNOOZES.c.until > require_utc(now).isoformat())
        with self._file.read() as connection:
            rows = connection.execute(wanted).all()
        return {(rule, place): datetime.fromisoformat(until) for rule, place, until in rows}

    def waiting(self, limit: int, resting: Collection[str] = ()) -> tuple[Posted, ...]:
        """Notices that wait, the oldest first, but for targets that are left alone for a while."""
        wanted = sa.select(OUTBOX).where(OUTBOX.c.state == "waiting", OUTBOX.c.target.not_in(resting))
        return self._posted(wanted.order_by(OUTBOX.c.time, OUTBOX.c.id).limit(limit))

    def told(self, notice: Notice, state: NoticeState, due: datetime, trouble: str) -> None:
        """One try is over: how it came out, and when the next is due."""
        same = (OUTBOX.c.id == notice.id, OUTBOX.c.target == notice.target)
        values = {"state": state, "due": due.isoformat(), "trouble": trouble, "attempts": OUTBOX.c.attempts + 1}
        with self._file.write() as connection:
            connection.execute(sa.update(OUTBOX).where(*same).values(values))

    def notices(self, alarm: str) -> tuple[Posted, ...]:
        """What was or is to be told of an alarm."""
        return self._posted(sa.select(OUTBOX).where(OUTBOX.c.id.startswith(f"{alarm}.", autoescape=True)))

    def outbox(self) -> Mapping[str, int]:
        """How many notices wait, were sent and were given up, of the last days."""
        with self._file.read() as connection:
            rows = connection.execute(sa.select(OUTBOX.c.state, sa.func.count()).group_by(OUTBOX.c.state)).all()
        return {"waiting": 0, "sent": 0, "given_up": 0} | {state: int(n) for state, n in rows}

    def expire(self, now: datetime) -> None:
        """Let go of what is older than it is kept."""
        old, sent = (require_utc(now) - KEPT).isoformat(), (now - SENT_KEPT).isoformat()
        with self._file.write() as connection:
            connection.execute(sa.delete(ALARMS).where(ALARMS.c.state == "resolved", ALARMS.c.since < old))
            connection.execute(sa.delete(OUTBOX).where(OUTBOX.c.state != "waiting", OUTBOX.c.time < sent))
            connection.execute(sa.delete(SNOOZES).where(SNOOZES.c.until <= now.isoformat()))

    def _read(self, wanted: sa.Select[Any]) -> tuple[Alarm, ...]:
        with self._file.read() as connection:
            return tuple(_alarm(row) for row in connection.execute(wanted).mappings())

    def _posted(self, wanted: sa.Select[Any]) -> tuple[Posted, ...]:
        with self._file.read() as connection:
            rows = connection.execute(wanted).mappings().all()
        return tuple(
            Posted(
                Notice(id=r["id"], target=r["target"], time=datetime.fromisoformat(r["time"]), body=r["body"]),
                r["state"],
                r["attempts"],
                datetime.fromisoformat(r["due"]),
                r["trouble"],
            )
            for r in rows
        )


def _measures(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What of a rule's entry makes it another rule when it changes."""
    return {key: entry.get(key) for key in MEASURING}


def _post(connection: sa.Connection, notice: Notice) -> None:
    """Put a notice into the outbox unless it is there: told twice, it is one."""
    same = (OUTBOX.c.id == notice.id, OUTBOX.c.target == notice.target)
    if connection.scalar(sa.select(OUTBOX.c.id).where(*same)) is None:
        said = {"id": notice.id, "target": notice.target, "body": notice.body, "time": notice.time.isoformat()}
        new = {"state": "waiting", "attempts": 0, "due": said["time"], "trouble": ""}
        connection.execute(sa.insert(OUTBOX).values({**said, **new}))


def _row(alarm: Alarm) -> dict[str, Any]:
    row: dict[str, Any] = {one.name: getattr(alarm, one.name) for one in fields(Alarm)}
    row |= {name: time.isoformat() for name in _TIMES if (time := row[name]) is not None}
    row |= {name: _still_row(row[name]) for name in ("before", "at")}
    return row | {
        "facts": dict(alarm.facts),
        "trace": [[time.isoformat(), value] for time, value in alarm.trace],
    }


def _alarm(row: sa.RowMapping) -> Alarm:
    told: dict[str, Any] = {one.name: row[one.name] for one in fields(Alarm)}
    told |= {name: datetime.fromisoformat(told[name]) for name in _TIMES if told[name] is not None}
    told |= {name: _still(told[name]) for name in ("before", "at")}
    told["trace"] = tuple((datetime.fromisoformat(time), float(value)) for time, value in told["trace"])
    return Alarm(**told)


def _still_row(still: Still) -> dict[str, str | None]:
    return {"file": still.file, "time": still.time.isoformat() if still.time else None, "why": still.why}


def _still(row: Mapping[str, str | None]) -> Still:
    time = row["time"]
    return Still(row["file"] or "", datetime.fromisoformat(time) if time else None, row["why"] or "")
