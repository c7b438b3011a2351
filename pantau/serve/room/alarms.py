"""Alarms for the signed-in: what is open, what was, why, and what people say of them. No route here is public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse

from pantau.alarm import Alarm, Still
from pantau.alert.rehearsal import rehearse
from pantau.alert.rule_file import rules_of
from pantau.alert.rules import Rule, check
from pantau.errors import ConfigError
from pantau.serve.http.audience import ADMIN, ROOM, ServicesOf
from pantau.serve.http.caching import RULES
from pantau.serve.http.gate import MOST_BODY
from pantau.serve.http.problems import ProblemError
from pantau.serve.room.unguarded import unguarded
from pantau.serve.schema.alarms import (
    AlarmAnswer,
    AlarmDetail,
    AlarmEvent,
    AlarmsAnswer,
    Judgement,
    NoticeAnswer,
    PrecisionAnswer,
    Proposal,
    PulseAnswer,
    ReadingAnswer,
    RehearsalAnswer,
    RuleAnswer,
    RulesAnswer,
    SeverityName,
    StateName,
    StillAnswer,
)
from pantau.serve.schema.answer import Words
from pantau.serve.series.asking import Moment, decode_cursor, encode_cursor, range_of
from pantau.serve.series.download import csv_response, csv_text, moment, number, text
from pantau.serve.services import Services
from pantau.store.alarms import AlarmQuery
from pantau.vocabulary import indicators

MOST_ALARMS = 20_000
"""Rows of one CSV."""
HEAD = (
    "id", "rule", "severity", "state", "place", "camera", "since", "fired", "resolved", "peak", "limit", "unit", "cause",
    "acknowledged", "verdict", "reason",
)  # fmt: skip

router = APIRouter(prefix="/api/v1", tags=["alarms"], max_body_size=MOST_BODY)
AlarmId = Annotated[str, Path(max_length=64)]


def alarms_question(  # noqa: PLR0913, PLR0917  # FastAPI makes one query parameter of each
    services: ServicesOf,
    state: Annotated[list[StateName] | None, Query(description="Only in these states; repeat it.")] = None,
    rule: Annotated[str, Query(max_length=64, description="Only of this rule.")] = "",
    place: Annotated[str, Query(max_length=140, description="Only of this place.")] = "",
    camera: Annotated[str, Query(max_length=70, description="Only of this camera.")] = "",
    severity: Annotated[SeverityName | None, Query(description="Only of this severity.")] = None,
    from_: Annotated[Moment, Query(alias="from")] = None,
    to: Moment = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Alarms on one page.")] = 100,
    before: Annotated[str, Query(max_length=600, description="`next` of the page above.")] = "",
) -> AlarmQuery:
    """The alarms a request asks for.

    Raises:
        ProblemError: 422.
    """
    start, end = range_of(services.clock(), from_, to, timedelta(days=30))
    return AlarmQuery(
        states=tuple(state) if state else ("firing", "resolved"),
        rule=rule or None,
        place=place or None,
        camera=camera or None,
        severity=severity,
        start=start if from_ else None,
        end=end if to else None,
        before=decode_cursor(before) if before else None,
        limit=limit,
    )


AlarmsQuestion = Annotated[AlarmQuery, Depends(alarms_question)]


@router.get("/alarms", dependencies=[ROOM], summary="Alarms, newest onset first")
def alarms(services: ServicesOf, response: Response, question: AlarmsQuestion) -> AlarmsAnswer:
    """Firing and resolved ones, or those asked for; each with its explanation."""
    response.headers["Cache-Control"] = RULES["never"]
    found = services.alarms.page(question)
    more = len(found) == question.limit
    names = names_of(services)
    return AlarmsAnswer(
        alarms=tuple(answer_of(services, one, names) for one in found),
        next=encode_cursor((found[-1].since, found[-1].id)) if more else None,
        pulse=pulse_of(services),
    )


@router.get(
    "/alarms.csv",
    dependencies=[ROOM],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    summary="The same alarms as CSV, all pages",
)
def alarms_as_csv(services: ServicesOf, question: AlarmsQuestion) -> Response:
    """At most 20,000 rows."""

    def rows() -> Iterator[list[str]]:
        before, left = question.before, MOST_ALARMS
        while left > 0:
            page = services.alarms.page(replace(question, before=before, limit=min(500, left)))
            yield from (_row(one) for one in page)
            left -= len(page)
            if len(page) < 500:
                return
            before = page[-1].since, page[-1].id

    return csv_response(f"pantau_alarms_{services.clock():%Y%m%d}.csv", csv_text(HEAD, rows()), "never")


@router.get("/alarms/{alarm}", dependencies=[ROOM], summary="One alarm")
def one_alarm(services: ServicesOf, response: Response, alarm: AlarmId) -> AlarmDetail:
    """With its explanation and with what was told of it to the outside."""
    response.headers["Cache-Control"] = RULES["never"]
    return _detail(services, _find(services, alarm))


@router.get(
    "/alarms/{alarm}/picture",
    dependencies=[ROOM],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
    summary="The picture from before an alarm, or from when it fired",
)
def alarm_picture(
    services: ServicesOf,
    alarm: AlarmId,
    which: Annotated[Literal["before", "at"], Query(description="Before the onset, or when it fired.")] = "at",
) -> Response:
    """A JPEG in which people, faces and plates are hidden."""
    found = _find(services, alarm)
    still = found.before if which == "before" else found.at
    jpeg = services.alarms.picture(still)
    if jpeg is None:
        raise ProblemError(404, "No picture", still.why or "it is older than pictures of alarms are kept")
    return Response(jpeg, headers={"Cache-Control": RULES["never"]}, media_type="image/jpeg")


@router.post("/alarms/{alarm}/acknowledge", dependencies=[ROOM], summary="Say that an alarm has been seen")
def acknowledge(services: ServicesOf, alarm: AlarmId) -> AlarmDetail:
    """It stays open, and no longer sounds anywhere."""
    return _detail(services, services.alarms.acknowledge(_find(services, alarm)))


@router.post("/alarms/{alarm}/verdict", dependencies=[ROOM], summary="Say whether an alarm was right")
def judge(services: ServicesOf, alarm: AlarmId, said: Judgement) -> AlarmDetail:
    """An open alarm that was wrong is resolved, and its rule is quiet at its place for its `snooze_s`."""
    return _detail(services, services.alarms.judge(_find(services, alarm), said.verdict, said.reason.strip()))


@router.get("/rules", dependencies=[ROOM], summary="Every alarm rule")
def rules(services: ServicesOf, response: Response) -> RulesAnswer:
    """With how often each was right."""
    response.headers["Cache-Control"] = RULES["never"]
    return RulesAnswer(rules=tuple(_rule(services, one) for one in services.alarms.rules().values()))


@router.post("/rules/rehearsal", dependencies=[ADMIN], summary="What a rule would have done last week")
def rehearsal(services: ServicesOf, proposal: Proposal) -> RehearsalAnswer:
    """Over the stored minutes and events; nothing is changed. `pantau apply` asks this of a running city."""
    zone = ZoneInfo(services.city.timezone)
    try:
        (rule,) = rules_of([{**proposal.entry, "revision": 1}])
        places = check(rule, services.register.cameras(), services.register.places())
    except ConfigError as error:
        raise ProblemError(422, "No such rule", str(error)) from error
    done = rehearse(rule, places, services.numbers, services.clock(), lambda time: time.astimezone(zone))
    return RehearsalAnswer(
        told=done.told(), alarms=done.alarms, a_day=done.a_day, share=done.share, known=done.known,
        constant=done.constant, frequent=done.frequent,
    )  # fmt: skip


def names_of(services: Services) -> Mapping[str, str]:
    """Names of places and cameras."""
    places = {place.id: place.name for place in services.register.places()}
    return places | {camera.id: camera.name for camera in services.register.cameras()}


def pulse_of(services: Services) -> PulseAnswer:
    """When the rules were last looked at, and how delivery stands."""
    pulse, outbox = services.alarms.pulse(), services.alarms.outbox()
    return PulseAnswer(
        checked=pulse.checked,
        rules=pulse.rules,
        points=pulse.points,
        waiting=outbox.get("waiting", 0),
        given_up=outbox.get("given_up", 0),
        unguarded=unguarded(services),
    )


def event_of_alarm(services: Services, alarm: Alarm, names: Mapping[str, str], *, gone: bool) -> AlarmEvent:
    """What the live stream says of a change."""
    return AlarmEvent(alarm=answer_of(services, alarm, names), gone=gone)


def answer_of(services: Services, alarm: Alarm, names: Mapping[str, str]) -> AlarmAnswer:
    """An alarm with its explanation; of a rule that is gone, what the alarm itself remembers."""
    rule = services.alarms.rules().get(alarm.rule)
    measured = indicators().get(rule.indicator) if rule else None
    copied: dict[str, Any] = {
        name: getattr(alarm, name)
        for name in (
            "id", "rule", "severity", "state", "place", "camera", "since", "fired", "resolved", "value", "peak", "limit",
            "clear", "unit", "cause", "acknowledged", "verdict", "reason", "judged",
        )
    }  # fmt: skip
    return AlarmAnswer(
        **copied,
        name=rule.name if rule else alarm.rule,
        kind=rule.kind if rule else "threshold",
        action=rule.action if rule else "",
        place_name=names.get(alarm.place, alarm.place),
        camera_name=names.get(alarm.camera, alarm.camera),
        indicator=measured.id if measured else "",
        label=Words(id=measured.label.id, en=measured.label.en) if measured else None,
        side="below" if rule and rule.below is not None else "above",
        hold_s=rule.hold_s if rule else 0.0,
        before=_still(alarm, alarm.before, "before"),
        at=_still(alarm, alarm.at, "at"),
        trace=tuple(ReadingAnswer(t=t, value=value) for t, value in alarm.trace),
        facts=dict(alarm.facts),
        precision=_precision(services, alarm.rule, alarm.revision),
        snooze_s=rule.snooze_s if rule else 0.0,
        snoozed_until=services.alarms.snoozed_until(alarm.rule, alarm.place),
    )


def _detail(services: Services, alarm: Alarm) -> AlarmDetail:
    notices = services.alarms.notices(alarm.id)
    return AlarmDetail(
        alarm=answer_of(services, alarm, names_of(services)),
        notices=tuple(
            NoticeAnswer(
                target=one.notice.target,
                event="resolved" if one.notice.id.endswith(".resolved") else "firing",
                state=one.state,
                attempts=one.attempts,
                trouble=one.trouble,
            )
            for one in notices
        ),
    )


def _find(services: Services, alarm: str) -> Alarm:
    if "\0" not in alarm and (found := services.alarms.alarm(alarm)) is not None:
        return found
    raise ProblemError(404, "No such alarm", f"there is no alarm {alarm[:64]!r}; /api/v1/alarms lists them")


def _still(alarm: Alarm, still: Still, which: Literal["before", "at"]) -> StillAnswer:
    address = f"/api/v1/alarms/{alarm.id}/picture?which={which}" if still.file else None
    return StillAnswer(picture=address, time=still.time, why=still.why)


def _precision(services: Services, rule: str, revision: int) -> PrecisionAnswer:
    found = services.alarms.precision(rule, revision)
    return PrecisionAnswer(right=found.right, n=found.n, interval=found.interval)


def _rule(services: Services, rule: Rule) -> RuleAnswer:
    fields = {name: getattr(rule, name) for name in RuleAnswer.model_fields if name != "precision"}
    return RuleAnswer(**fields, precision=_precision(services, rule.id, rule.revision))


def _row(alarm: Alarm) -> list[str]:
    def at(time: datetime | None) -> str:
        return moment(time) if time else ""

    return [
        alarm.id, text(alarm.rule), alarm.severity, alarm.state, text(alarm.place), text(alarm.camera), at(alarm.since),
        at(alarm.fired), at(alarm.resolved), number(alarm.peak), number(alarm.limit), alarm.unit, alarm.cause,
        at(alarm.acknowledged), alarm.verdict, text(alarm.reason),
    ]  # fmt: skip
