"""The engine over a real control database: what fires, what is kept, what a kill changes (nothing)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pantau.errors import StoreError
from pantau.store.series import Minute
from pantau.types import UNWATCHED, Aggregate, Batch, Event, Observation
from tests.alert.conftest import NOON, RUN, Office

CROWD = {
    "id": "crowd", "place": "a.square", "indicator": "visitors.inside", "above": 5.0, "clear": 3.0, "hold_s": 3.0,
}  # fmt: skip
EDGE = {"id": "edge", "kind": "dwell", "place": "a.*", "severity": "critical"}
SIREN = {"id": "siren", "url": "http://siren.test/on"}


def stay(stage: str, start_s: float = 0.0, end_s: float | None = None, id_: str = "stay-1") -> Event:
    start = NOON + timedelta(seconds=start_s)
    end = None if end_s is None else NOON + timedelta(seconds=end_s)
    return Event(id_, "dwell", "a.edge", start, end, {"stage": stage, "zone_kind": "danger", "limit_s": 2.0})


def test_a_threshold_is_pending_then_firing_then_resolved_and_explains_itself(office: Office) -> None:
    office.album.held = [(NOON - timedelta(seconds=1), b"before"), (NOON + timedelta(seconds=2), b"at")]
    office.rules(CROWD, notify=[SIREN])
    for second, value in enumerate([4, 6, 7, 8, 6, 4, 6, 3]):
        office.at(second).see(value)
        expected = {0: [], 1: ["pending"], 2: ["pending"], 3: ["pending"], 7: ["resolved"]}.get(second, ["firing"])
        assert office.states() == expected, second
    (alarm,) = office.kept()
    assert (alarm.since, alarm.fired, alarm.resolved) == tuple(NOON + timedelta(seconds=s) for s in (1, 4, 7))
    assert (alarm.peak, alarm.limit, alarm.clear, alarm.unit, alarm.cause) == (8.0, 5.0, 3.0, "{person}", "cleared")
    assert [value for _, value in alarm.trace] == [4, 6, 7, 8, 6]
    assert (office.folder / alarm.before.file).read_bytes() == b"before"
    assert (office.folder / alarm.at.file).read_bytes() == b"at"
    notices = office.control.alarms.waiting(10)
    assert [n.notice.id for n in notices] == [f"{alarm.id}.firing", f"{alarm.id}.resolved"]
    assert json.loads(notices[0].notice.body)["data"]["place_name"] == "Pelataran"


def test_what_ends_before_it_fires_leaves_nothing_behind(office: Office) -> None:
    office.album.held = [(NOON, b"before")]
    office.rules(CROWD, notify=[SIREN])
    office.see(6)
    assert office.states() == ["pending"]
    assert list(office.folder.glob("alarms/*/*.jpg"))
    office.at(1).see(5)
    assert office.states() == []
    assert not list(office.folder.glob("alarms/*/*.jpg"))
    assert not office.control.alarms.waiting(10)


def test_without_a_redacted_picture_the_alarm_says_so(office: Office) -> None:
    office.rules({**CROWD, "hold_s": 0.0})
    office.see(6)
    (alarm,) = office.kept()
    assert (alarm.before.file, alarm.at.file) == ("", "")
    assert "no redacted picture" in alarm.at.why


@pytest.mark.parametrize("kills", [[], [1], [2, 3], [4], [5], [6, 7], list(range(9))])
def test_a_kill_in_any_state_changes_nothing(office: Office, kills: list[int]) -> None:
    office.rules(CROWD, notify=[SIREN])
    for second, value in enumerate([4, 6, 7, 8, 6, 6, 4, 3, 2]):
        office.at(second).see(value)
        if second in kills:
            office.kill()
    (alarm,) = office.kept()
    assert (alarm.since, alarm.fired, alarm.resolved) == tuple(NOON + timedelta(seconds=s) for s in (1, 4, 7))
    assert len(office.control.alarms.waiting(10)) == 2


def test_a_camera_that_looks_twice_a_minute_can_hold_a_value(office: Office) -> None:
    office.rules({**CROWD, "hold_s": 60.0})
    office.engine.begin(replace(RUN, cadence_s={"visitors": 30.0}))
    for second in (0, 30, 60, 90):
        office.at(second).see(6 if second else 4, cadence_s=30.0)
    assert office.states() == ["firing"]


def test_silence_does_not_resolve_and_is_no_zero(office: Office) -> None:
    office.rules(CROWD)
    for second in range(5):
        office.at(second).see(6)
    office.at(3600).engine.turn(office.now)
    assert office.states() == ["firing"]
    office.at(3601).see(None)  # a batch without this value
    assert office.states() == ["firing"]
    office.at(3602).see(0)
    assert office.states() == ["resolved"]


def test_bukan_resolves_snoozes_and_is_counted(office: Office) -> None:
    office.rules({**CROWD, "hold_s": 0.0, "snooze_s": 60.0}, notify=[SIREN])
    office.see(6)
    said = office.engine.judge(office.kept()[0], "wrong", "bayangan", office.now)
    assert (said.state, said.cause, said.verdict, said.reason) == ("resolved", "judged", "wrong", "bayangan")
    assert office.engine.precision("crowd", 1) == office.engine.precision("crowd", said.revision)
    assert (office.engine.precision("crowd", 1).right, office.engine.precision("crowd", 1).n) == (0, 1)
    office.at(30).see(9)
    office.kill()
    office.at(59).see(9)
    assert office.states() == ["resolved"], "quiet, also after a restart"
    office.at(61).see(9)
    assert office.states() == ["resolved", "firing"]
    office.engine.judge(office.kept()[1], "right", "", office.now)
    assert office.states() == ["resolved", "firing"], "what is right stays open"
    assert (office.engine.precision("crowd", 1).right, office.engine.precision("crowd", 1).n) == (1, 2)
    office.rules({**CROWD, "hold_s": 1.0})
    assert office.engine.rules()["crowd"].revision == 2
    assert office.engine.precision("crowd", 2).n == 0, "another limit begins anew"
    office.engine.turn(office.now)
    assert office.kept()[1].cause == "rule"


def test_a_dwell_alarm_follows_its_event(office: Office) -> None:
    office.rules(EDGE)
    office.at(1).see(events=[stay("within")])
    assert office.states() == ["pending"]
    office.at(3).see(events=[stay("over")])
    assert office.states() == ["firing"]
    assert office.kept()[0].limit == 2.0
    office.at(9).see(events=[stay("over", end_s=8)])
    (alarm,) = office.kept()
    assert (alarm.state, alarm.cause, alarm.resolved) == ("resolved", "ended", NOON + timedelta(seconds=8))
    office.at(10).see(events=[stay("over", end_s=8)])
    assert office.states() == ["resolved"], "the same event written twice is one alarm"


def test_a_litter_alarm_fires_over_the_limit_and_is_resolved_when_cleared(office: Office) -> None:
    office.rules({**EDGE, "event": "litter"})
    told: dict[str, str | int | float] = {"zone_kind": "litter", "limit_s": 900.0, "items": 2}

    def littered(stage: str, end_s: float | None = None) -> Event:
        return replace(stay(stage, end_s=end_s), kind="litter", attributes={**told, "stage": stage})

    office.at(60).see(events=[littered("within")])
    assert office.states() == ["pending"]
    office.at(960).see(events=[littered("over")])
    assert office.states() == ["firing"]
    office.at(3000).see(events=[littered("over", end_s=2990)])
    (alarm,) = office.kept()
    assert (alarm.state, alarm.cause, alarm.since, alarm.facts["items"]) == ("resolved", "ended", NOON, 2)


def test_a_stay_within_its_limit_fires_nothing(office: Office) -> None:
    office.rules(EDGE)
    office.at(1).see(events=[stay("within")])
    office.at(2).see(events=[stay("within", end_s=2)])
    assert office.states() == []


def test_a_stay_that_goes_on_after_a_restart_is_the_same_alarm(office: Office) -> None:
    office.rules(EDGE, notify=[SIREN])
    office.at(3).see(events=[stay("over")])
    open_ = office.numbers.happened["stay-1"]
    attributes = {**open_.attributes, "ended": "unwatched"}
    office.numbers.happened["stay-1"] = replace(open_, end=NOON + timedelta(seconds=9), attributes=attributes)
    office.at(10).kill()
    assert office.states() == ["firing"]
    office.at(11).see(events=[stay("within", 11, id_="stay-2")])
    office.at(13).see(events=[stay("over", 11, id_="stay-2")])
    office.kill()
    office.at(14).see(events=[stay("over", 11, id_="stay-2")])
    assert office.states() == ["firing"]
    office.at(20).see(events=[stay("over", 11, 20, id_="stay-2")])
    office.kill()
    assert office.states() == ["resolved"]
    assert len(office.control.alarms.waiting(10)) == 2


def test_a_stay_that_nobody_takes_over_ends_when_its_place_was_watched_again(office: Office) -> None:
    office.rules(EDGE)
    office.at(3).see(events=[stay("over")])
    office.at(10).kill()
    office.engine.turn(office.now)
    for second in range(11, 75):
        office.at(second).see(0)
        if second == 60:
            assert office.states() == ["firing"]
    assert [(a.state, a.cause) for a in office.kept()] == [("resolved", "unwatched")]


def test_an_event_that_fog_ended_is_not_cleared_and_is_over_when_its_place_was_watched_again(office: Office) -> None:
    office.rules(EDGE)
    office.at(3).see(events=[stay("over")])
    lost = stay("over", end_s=10)
    office.at(10).see(events=[replace(lost, attributes={**lost.attributes, "ended": UNWATCHED})])
    for second in range(11, 80):
        office.at(second).see(0)
        if second == 60:
            assert office.states() == ["firing"], "nobody knows yet"
    assert [(a.state, a.cause) for a in office.kept()] == [("resolved", "unwatched")]


def test_an_event_that_was_committed_while_the_engine_was_killed_is_not_lost(office: Office) -> None:
    office.rules(EDGE)
    office.numbers.happened["stay-1"] = stay("over")
    office.at(5).kill()
    office.engine.turn(office.now)
    assert office.states() == ["firing"]


def test_absence_fires_when_no_sample_came(office: Office) -> None:
    office.rules({"id": "dark", "kind": "absence", "place": "a", "hold_s": 60.0})
    for second in range(10):
        office.at(second).see(1)
    for second in range(10, 80):
        office.at(second).engine.turn(office.now)
        assert office.states() == ([] if second < 15 else ["pending"] if second < 69 else ["firing"]), second
    (alarm,) = office.kept()
    assert (alarm.since, alarm.fired) == (NOON + timedelta(seconds=9), NOON + timedelta(seconds=69))
    office.kill()
    office.at(90).engine.turn(office.now)
    assert office.states() == ["firing"]
    office.at(91).see(1)
    office.at(92).engine.turn(office.now)
    assert office.states() == ["resolved"]


def minute(i: int, total: float, observed_s: float = 60.0, way: str = "forward") -> Minute:
    other = "forward" if way == "forward" else "backward"
    return Minute("a.gate", other, NOON + timedelta(minutes=i), observed_s, {"person": Aggregate(0, total)})  # type: ignore[arg-type]  # one of two words


GATE = {"id": "gate", "place": "a.gate", "indicator": "visitors.person", "over_s": 120.0, "above": 100.0}


@pytest.mark.parametrize("turns", [range(0, 900, 7), [0, 840]], ids=["each minute", "after a long stop"])
def test_closed_minutes_are_judged_each_once_even_after_a_stop(office: Office, turns: range | list[int]) -> None:
    office.rules(GATE, notify=[SIREN])
    office.numbers.kept = [minute(i, total) for i, total in enumerate([40, 50, 60, 70, 20, 20, 20])]
    office.engine.recover(NOON, NOON)
    for second in turns:
        office.at(second).engine.turn(office.now)
        if second == turns[0]:
            office.kill()
    (alarm,) = office.kept()
    assert (alarm.fired, alarm.resolved) == (NOON + timedelta(minutes=3), NOON + timedelta(minutes=5))
    assert len(office.control.alarms.waiting(10)) == 2


def test_the_latency_of_an_alarm_leaves_out_what_its_rule_waits_for(office: Office) -> None:
    office.rules(GATE, CROWD)
    office.numbers.kept = [minute(0, 60), minute(1, 60)]
    office.engine.recover(NOON, NOON)
    office.at(154).engine.turn(office.now)  # the minutes ended at 120 and settled at 150
    for second in range(160, 165):  # three seconds are the rule's own
        office.at(second).see(9)
    assert office.engine.latencies() == (4.0, 0.0)


def test_a_window_with_a_hole_can_raise_but_not_calm(office: Office) -> None:
    office.rules(GATE, {**GATE, "id": "empty", "above": None, "below": 30.0})
    office.engine.recover(NOON, NOON)
    office.numbers.kept = [minute(0, 60), minute(1, 110, 20.0), minute(3, 5, 10.0), minute(5, 1), minute(6, 1)]
    seen: dict[str, list[str]] = {}
    for second in range(0, 600, 30):
        office.at(second).engine.turn(office.now)
        for alarm in office.kept():
            if not seen.get(alarm.rule) or seen[alarm.rule][-1] != alarm.state:
                seen.setdefault(alarm.rule, []).append(f"{alarm.state}")
    assert seen["gate"] == ["firing", "resolved"]
    assert {a.rule: a.fired for a in office.kept()} == {
        "gate": NOON + timedelta(minutes=2),
        "empty": NOON + timedelta(minutes=7),
    }


def test_a_rate_is_how_much_a_value_rose(office: Office) -> None:
    rising = {
        "id": "rise",
        "kind": "rate",
        "place": "a.gate",
        "indicator": "visitors.person",
        "over_s": 120.0,
        "above": 20,
    }
    office.rules(rising)
    office.engine.recover(NOON, NOON)
    office.numbers.kept = [minute(i, total) for i, total in enumerate([10, 12, 25, 33, 34])]
    office.at(400).engine.turn(office.now)
    (alarm,) = office.kept()
    assert (alarm.fired, alarm.peak, alarm.resolved) == (
        NOON + timedelta(minutes=4), 21.0, NOON + timedelta(minutes=5)
    )  # fmt: skip


def test_events_are_counted_within_their_window(office: Office) -> None:
    office.rules({"id": "jam", "place": "a.gate", "event": "crossing", "over_s": 10.0, "above": 1.0})
    for second in range(15):
        office.at(second).see()
    for second in (15, 18):
        crossing = Event(f"c{second}", "crossing", "a.gate", NOON + timedelta(seconds=second))
        office.at(second).see(events=[crossing])
    assert office.states() == ["firing"]
    office.kill()
    for second in range(19, 29):
        office.at(second).see()
    assert office.states() == ["firing"], "after a restart a window that was not watched whole does not calm"
    for second in range(29, 40):
        office.at(second).see()
    assert office.states() == ["resolved"]


def test_outside_of_its_hours_a_rule_is_silent(office: Office) -> None:
    office.rules({**CROWD, "hold_s": 0.0, "schedule": "18:00-19:01"})  # noon UTC is 19:00 in Jakarta
    office.at(59).see(9)
    assert office.states() == ["firing"]
    office.at(61).see(9)
    assert [(a.state, a.cause) for a in office.kept()] == [("resolved", "schedule")]


def test_readers_are_told_of_what_is_kept_and_of_what_is_gone(office: Office) -> None:
    office.rules(CROWD)
    version, changes = office.engine.changed_since(0)
    assert not changes
    office.see(6)
    assert office.woken == 1
    version, (change,) = office.engine.changed_since(version)
    assert (change.alarm.state, change.gone) == ("pending", False)
    office.at(1).see(1)
    version, (change,) = office.engine.changed_since(version)
    assert change.gone
    assert office.engine.changed_since(version)[1] == ()


def test_a_batch_of_an_unknown_run_is_left_alone(office: Office) -> None:
    office.rules(CROWD)
    office.engine.take(batch_of(office, "nobody"))
    office.engine.turn(office.now)
    assert office.states() == []


def batch_of(office: Office, run: str) -> Batch:
    return Batch(run, 1, {}, (Observation("a.square", "visitors.inside", "", office.now, 0.2, 9.0),))


def test_a_full_disk_loses_no_alarm(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.rules({**CROWD, "hold_s": 0.0}, notify=[SIREN])
    real: Callable[..., None] = office.control.alarms.keep

    def full(kept: object) -> None:
        raise StoreError("full")

    monkeypatch.setattr(office.control.alarms, "keep", full)
    with pytest.raises(StoreError):
        office.see(6)
    assert office.woken == 0
    monkeypatch.setattr(office.control.alarms, "keep", real)
    office.at(1).see(6)
    assert office.states() == ["firing"]
    assert len(office.control.alarms.waiting(10)) == 1
    assert RUN.camera == "a"
