"""Alarm rules between files and the control database, rehearsed before they are taken; and the list of alarms.

A rehearsal needs the stored minutes. They belong to the running city, so it is asked over its own API, signed in with a
one-time code that this command makes; where no city runs, this command opens the store for a moment. Where neither can be had the
rules are taken, and it is said that they were not rehearsed.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pantau.alarm import Alarm
from pantau.alert.desk import told
from pantau.alert.points import OF_GAUGE
from pantau.alert.precision import Precision
from pantau.alert.rehearsal import MOST_FIRING, rehearse
from pantau.alert.rule_file import load_rule_file, rules_of, written
from pantau.alert.rules import Rule, check
from pantau.commands.gauges import refused_gauges
from pantau.config import Settings
from pantau.errors import ConfigError, LockedError, PantauError
from pantau.ingest.decode import wall_clock as now
from pantau.store.alarms import AlarmQuery
from pantau.store.control import Control
from pantau.store.store import Store

ASK_S = 60.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rehearsal says: in a sentence, and whether the rule would have been constant or frequent."""

    told: str
    constant: bool
    frequent: bool


Ask = Callable[[str, Mapping[str, Any]], Any]
"""Gives a body to a path of a running city, and its answer back."""
Rehearse = Callable[[Rule, Mapping[str, Any]], Verdict]


def apply_rules(file: Path, settings: Settings, home: Path, *, force: bool) -> Iterator[str]:
    """Put the rules of `file` in force, and no others; what each would have done last week.

    Raises:
        ConfigError: a rule is wrong, or would have been firing all the time and `force` is not given; nothing was changed.
    """
    said = load_rule_file(file)
    entries = [written(entry) for entry in said.rule]
    rules = rules_of({**entry, "revision": 1} for entry in entries)
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        cameras, places = control.cameras(), control.places()
        for rule in rules:
            check(rule, cameras, places)
        held = {entry["id"]: {**entry, "revision": 1} for entry in control.alarms.rules()}
        fresh = [
            (rule, entry)
            for rule, entry in zip(rules, entries, strict=True)
            if rule.enabled and held.get(rule.id) != {**entry, "revision": 1}
        ]
        yield from _rehearsed(fresh, settings, home, control, force=force)
        secrets = {entry.id: entry.secret for entry in said.notify if entry.secret}
        control.apply_rules(entries, [written(entry) for entry in said.notify], secrets)
        yield f"in force: {len(rules)} rules, {len(said.notify)} to notify"
        for zone, why in refused_gauges(control):
            for rule in rules:
                if rule.enabled and rule.indicator in OF_GAUGE and rule.covers(zone.id):
                    yield f"rule {rule.id!r} guards nothing at {zone.id!r}: {why}"
        for entry in said.notify:
            if not control.secret(entry.id):
                yield f"notify {entry.id!r} has no secret: its receiver can't tell who sends"
    finally:
        control.close()


def list_alarms(settings: Settings, home: Path, *, everything: bool, json_lines: bool) -> Iterator[str]:
    """Open alarms, or all of the newest hundred; a line each."""
    control = Control.open(settings.data.store_at(home), clock=now)
    zone = ZoneInfo(settings.city.zone)
    try:
        rules = {rule.id: rule for rule in rules_of(control.alarms.rules())}
        names = {place.id: place.name for place in control.places()}
        judged = control.alarms.judged()
        found = control.alarms.page(AlarmQuery()) if everything else control.alarms.open()
    finally:
        control.close()
    if not found and not json_lines:
        yield f"no {'alarms' if everything else 'open alarms'}; {len(rules)} rules in force"
    for alarm in found:
        rule = rules.get(alarm.rule)
        if json_lines:
            data = told(rule, alarm, names, now())["data"] if rule else {"id": alarm.id, "rule": alarm.rule}
            yield json.dumps({**data, "verdict": alarm.verdict, "reason": alarm.reason}, ensure_ascii=False)  # type: ignore[dict-item]  # data is a table
            continue
        right = Precision(*judged.get((alarm.rule, alarm.revision), (0, 0)))
        since = alarm.since.astimezone(zone)
        value = "" if alarm.peak is None else f"  {alarm.peak:g} (limit {_number(alarm)}) {alarm.unit}"
        yield (
            f"{alarm.state:8} {alarm.severity:8} {since:%Y-%m-%d %H:%M:%S}  {rule.name if rule else alarm.rule}: "
            f"{names.get(alarm.place, alarm.place)}{value}  right {right.right} of {right.n}"
        )


def _number(alarm: Alarm) -> str:
    return "-" if alarm.limit is None else f"{alarm.limit:g}"


def _rehearsed(
    fresh: Sequence[tuple[Rule, Mapping[str, Any]]], settings: Settings, home: Path, control: Control, *, force: bool
) -> Iterator[str]:
    if not fresh:
        return
    constant = []
    try:
        with _stage(settings, home, control) as rehearsal:
            for rule, entry in fresh:
                verdict = rehearsal(rule, entry)
                constant += [verdict.told] if verdict.constant else []
                yield verdict.told + ("; that is too often to be listened to" if verdict.frequent else "")
    except (LockedError, OSError) as error:
        yield f"not rehearsed on last week's numbers: {error}"
    if constant and not force:
        raise ConfigError(
            f"{'; '.join(constant)}: firing for more than {MOST_FIRING:.0%} of the time it says nothing; raise the limit or hold_s, "
            "give it a schedule, or take it as it is with --force; nothing was changed"
        )


@contextmanager
def _stage(settings: Settings, home: Path, control: Control) -> Iterator[Rehearse]:
    """Where rules are rehearsed: the store itself, or the city that owns it."""
    zone = ZoneInfo(settings.city.zone)
    try:
        store = Store.open(settings.data.store_at(home), timezone=settings.city.zone, clock=now)
    except LockedError:
        with running(settings, control) as ask:
            yield _asked(ask)
        return
    cameras, places = control.cameras(), control.places()

    def here(rule: Rule, entry: Mapping[str, Any]) -> Verdict:
        del entry
        done = rehearse(rule, check(rule, cameras, places), store, now(), lambda time: time.astimezone(zone))
        return Verdict(done.told(), done.constant, done.frequent)

    try:
        yield here
    finally:
        store.close()


@contextmanager
def running(settings: Settings, control: Control) -> Iterator[Ask]:
    """Speak to the city that owns the store, signed in by a one-time code of the same control database, for a moment."""
    address = f"http://{settings.server.host}:{settings.server.port}"
    _, headers = _post(f"{address}/api/v1/session", {"code": control.new_code()}, {})
    session = {"cookie": headers.get("set-cookie", "").split(";")[0]}
    try:
        yield lambda path, body: _post(f"{address}{path}", body, session)[0]
    finally:
        control.end_session(session["cookie"].partition("=")[2])


def _asked(running_city: Ask) -> Rehearse:
    """Ask a running city."""

    def ask(rule: Rule, entry: Mapping[str, Any]) -> Verdict:
        del rule
        told_ = running_city("/api/v1/rules/rehearsal", {"entry": dict(entry)})
        return Verdict(told_["told"], told_["constant"], told_["frequent"])

    return ask


def _post(url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[Any, Mapping[str, str]]:
    sent = {"content-type": "application/json", **headers}
    request = urllib.request.Request(url, json.dumps(body).encode(), sent, method="POST")  # noqa: S310  # our own server
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ASK_S) as answer:
            text = answer.read()
            return (json.loads(text) if text else None), dict(answer.headers.items())
    except urllib.error.HTTPError as error:
        raise PantauError(
            f"the running city answered {error.code}: {error.read(500).decode(errors='replace')}"
        ) from None
