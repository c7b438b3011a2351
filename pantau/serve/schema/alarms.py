"""What the API answers about alarms and rules; the conventions are those of `pantau.serve.schema.answer`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from pantau.findings import WaterWhy
from pantau.serve.schema.answer import Answer, Words

SeverityName = Literal["info", "warning", "critical"]
StateName = Literal["pending", "firing", "resolved"]
RuleKind = Literal["threshold", "rate", "absence", "dwell"]
Attribute = str | int | float


class PrecisionAnswer(Answer):
    """How often a rule was right: of the alarms that people judged."""

    right: int = Field(description="Judged right.", examples=[8])
    n: int = Field(description="Judged.", examples=[10])
    interval: tuple[float, float] | None = Field(description="95 % of the share (Wilson); null without judgements.")


class StillAnswer(Answer):
    """A redacted picture that was kept, or why there is none."""

    picture: str | None = Field(description="Its address.")
    time: AwareDatetime | None = Field(description="When it was taken.")
    why: str = Field(description="Why there is none.")


class ReadingAnswer(Answer):
    """One value on the way to the limit."""

    t: AwareDatetime
    value: float


class AlarmAnswer(Answer):
    """An alarm and its explanation."""

    id: str
    rule: str = Field(examples=["pelataran-ramai"])
    name: str = Field(description="Of the rule.")
    kind: RuleKind
    action: str = Field(description="What to do, as the rule says it.")
    severity: SeverityName
    state: StateName
    place: str
    place_name: str
    camera: str = Field(description="Empty for places without one.")
    camera_name: str
    indicator: str = Field(description="What was measured; empty for events.")
    label: Words | None = Field(description="Of the indicator.")
    since: AwareDatetime = Field(description="When the condition began to hold.")
    fired: AwareDatetime | None
    resolved: AwareDatetime | None
    value: float | None = Field(description="Newest.")
    peak: float | None = Field(description="Furthest beyond the limit.")
    limit: float | None
    clear: float | None = Field(description="Where it counts as back.")
    side: Literal["above", "below"] = Field(description="On which side of the limit it is beyond.")
    unit: str = Field(description="UCUM.")
    hold_s: float = Field(description="How long it had to hold, seconds.")
    cause: Literal["", "cleared", "ended", "schedule", "judged", "rule", "unwatched"] = Field(
        description="Why it is over: its value came back, its event ended, its hours ended, somebody said it was wrong, "
        "its rule changed, or what had raised it was no longer watched."
    )
    acknowledged: AwareDatetime | None
    verdict: Literal["", "right", "wrong"]
    reason: str
    judged: AwareDatetime | None
    before: StillAnswer = Field(description="From before the onset.")
    at: StillAnswer = Field(description="From when it fired.")
    trace: tuple[ReadingAnswer, ...] = Field(description="The readings up to its firing, oldest first.")
    facts: dict[str, Attribute] = Field(description="Of the event it follows.")
    precision: PrecisionAnswer
    snooze_s: float = Field(description="How long its rule is quiet there after it was judged wrong, seconds.")
    snoozed_until: AwareDatetime | None


class ReasonAnswer(Answer):
    """Why something of water is not known: a code, and what its sentence is filled with."""

    code: WaterWhy
    values: dict[str, str]


class UnguardedAnswer(Answer):
    """A rule that waits for a level that does not come: at this place it guards nothing."""

    rule: str
    name: str
    place: str
    place_name: str
    since: AwareDatetime = Field(description="Since when no level comes.")
    reason: ReasonAnswer | None = Field(description="Null where the camera itself sends no usable pictures.")


class PulseAnswer(Answer):
    """That silence is calm."""

    checked: AwareDatetime | None = Field(description="When every rule was last looked at.")
    rules: int = Field(description="Rules in force.")
    points: int = Field(description="Places where they are watched, rule by rule.")
    waiting: int = Field(description="Notices that are to be delivered.")
    given_up: int = Field(description="Notices of the last week that nobody took.")
    unguarded: tuple[UnguardedAnswer, ...] = Field(description="Rules that wait for a level that does not come.")


class AlarmsAnswer(Answer):
    """A page of alarms, newest onset first."""

    alarms: tuple[AlarmAnswer, ...]
    next: str | None = Field(description="Give it as `before` for the next page; null at the end.")
    pulse: PulseAnswer


class NoticeAnswer(Answer):
    """How the delivery of a notice stands."""

    target: str
    event: StateName
    state: Literal["waiting", "sent", "given_up"]
    attempts: int
    trouble: str


class AlarmDetail(Answer):
    """An alarm with what was told of it."""

    alarm: AlarmAnswer
    notices: tuple[NoticeAnswer, ...]


class AlarmEvent(Answer):
    """The data of one ``event: alarm``: an alarm as it is now."""

    alarm: AlarmAnswer
    gone: bool = Field(description="True when it ended before it fired: forget it.")


class RuleAnswer(Answer):
    """A rule in force and how often it was right."""

    id: str
    name: str
    kind: RuleKind
    places: tuple[str, ...] = Field(description="Patterns of ids; * stands for anything.")
    indicator: str
    event: str
    above: float | None
    below: float | None
    clear: float | None
    over_s: float
    hold_s: float
    clear_s: float
    severity: SeverityName
    schedule: str
    snooze_s: float
    action: str
    enabled: bool
    revision: int
    precision: PrecisionAnswer


class RulesAnswer(Answer):
    """Every rule in force."""

    rules: tuple[RuleAnswer, ...]


class Judgement(Answer):
    """Whether an alarm was right."""

    verdict: Literal["right", "wrong"]
    reason: str = Field(default="", max_length=300, description="In a few words.", examples=["bayangan"])


class Proposal(Answer):
    """A rule that is to be rehearsed, as a rule file says it."""

    entry: dict[str, str | float | bool | list[str] | None]


class RehearsalAnswer(Answer):
    """What a rule would have done over the last week."""

    told: str = Field(description="In a sentence.")
    alarms: int
    a_day: float
    share: Annotated[float, Field(description="Of the watched time, how much it would have been firing.")]
    known: bool = Field(description="Whether enough was stored to say anything.")
    constant: bool
    frequent: bool
