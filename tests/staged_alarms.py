"""The alarms of a staged city (`tests.staged_city`): a test raises them, a page judges them."""

from __future__ import annotations

import queue
import threading
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from pantau.serve.schema import alarms as alarm_schema
from pantau.serve.schema import answer


def words(text: str) -> answer.Words:
    return answer.Words(id=text, en=f"{text} (en)")


def sent(kind: str, data: BaseModel) -> str:
    """One server-sent event."""
    return f"event: {kind}\ndata: {data.model_dump_json(by_alias=True)}\n\n"


class StagedAlarms:
    """What the pages see of alarms, and who listens."""

    def __init__(self) -> None:
        self.streams: set[queue.SimpleQueue[str | None]] = set()
        self.lock = threading.Lock()
        self.alarms: dict[str, alarm_schema.AlarmAnswer] = {}
        self.rules = 1
        self.checked = True
        self.unguarded: tuple[alarm_schema.UnguardedAnswer, ...] = ()
        self.said: list[tuple[str, str]] = []

    def warn(self, severity: alarm_schema.SeverityName = "warning", **change: object) -> alarm_schema.AlarmAnswer:
        """An alarm fires, or changes."""
        now = datetime.now(UTC)
        none = alarm_schema.StillAnswer(picture=None, time=None, why="uji")
        picture = alarm_schema.StillAnswer(picture="/api/v1/cameras/uji/picture?t=1", time=now, why="")
        alarm = alarm_schema.AlarmAnswer(
            id=f"alarm-{severity}", rule="ramai", name="Pelataran ramai", kind="threshold", action="Lihat gambarnya.",
            severity=severity, state="firing", place="uji.Z", place_name="Pelataran uji", camera="uji",
            camera_name="Kamera uji", indicator="visitors.inside", label=words("Orang di dalam zona"),
            since=now - timedelta(seconds=5), fired=now, resolved=None, value=6.2, peak=7.0, limit=5.0, clear=4.0,
            side="above", unit="{person}", hold_s=3.0, cause="", acknowledged=None, verdict="", reason="", judged=None,
            before=picture, at=none,
            trace=tuple(
                alarm_schema.ReadingAnswer(t=now - timedelta(seconds=9 - i), value=2.0 + i / 2) for i in range(10)
            ),
            facts={}, precision=alarm_schema.PrecisionAnswer(right=8, n=10, interval=(0.49, 0.943)), snooze_s=1800.0,
            snoozed_until=None,
        ).model_copy(update=change)  # fmt: skip
        self.tell(alarm)
        return alarm

    def tell(self, alarm: alarm_schema.AlarmAnswer) -> None:
        """Send an alarm as it is now to everybody who listens."""
        self.alarms[alarm.id] = alarm
        text = sent("alarm", alarm_schema.AlarmEvent(alarm=alarm, gone=False))
        with self.lock:
            for stream in self.streams:
                stream.put(text)

    def alarm_page(self, query: dict[str, list[str]]) -> alarm_schema.AlarmsAnswer:
        checked = datetime.now(UTC) if self.checked else datetime.now(UTC) - timedelta(minutes=1)
        pulse = alarm_schema.PulseAnswer(
            checked=checked, rules=self.rules, points=3, waiting=0, given_up=0, unguarded=self.unguarded
        )
        states = query.get("state", ["firing", "resolved"])
        found = tuple(one for one in self.alarms.values() if one.state in states)
        return alarm_schema.AlarmsAnswer(alarms=found, next=None, pulse=pulse)

    def judge(self, path: str, said: dict[str, str]) -> alarm_schema.AlarmDetail | None:
        """What a page says of an alarm."""
        id_, _, what = path.removeprefix("/alarms/").partition("/")
        alarm = self.alarms.get(id_)
        if alarm is None:
            return None
        now = datetime.now(UTC)
        self.said.append((what, said.get("verdict", "") + said.get("reason", "")))
        change: dict[str, object] = {"acknowledged": now}
        if what == "verdict":
            change |= {"verdict": said["verdict"], "reason": said["reason"], "judged": now}
            if said["verdict"] == "wrong":
                change |= {"state": "resolved", "resolved": now, "cause": "judged"}
        self.tell(alarm.model_copy(update=change))
        return alarm_schema.AlarmDetail(alarm=self.alarms[id_], notices=())
