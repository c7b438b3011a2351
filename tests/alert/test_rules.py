"""What a rule may say, and what a rule file carries; a wrong one is refused with what was perhaps meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from pantau.alert.points import Gauged, Points
from pantau.alert.rule_file import RuleEntry, is_rule_file, load_rule_file, rules_of, written
from pantau.alert.rules import Rule, check
from pantau.camera_file import load_one_camera
from pantau.errors import ConfigError
from pantau.places import Mark, Place, Site
from tests.alert.conftest import CAMERA

PLACES: tuple[Place, ...] = (
    *CAMERA.lines,
    *CAMERA.zones,
    Site(id="akl.queen", name="Queen", timezone="Pacific/Auckland"),
)
CROWD: dict[str, Any] = {"id": "crowd", "place": "a.square", "indicator": "visitors.inside", "above": 5}


def rule(**said: object) -> Rule:
    return RuleEntry.model_validate({**CROWD, **said}).rule()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"indicator": "visitors.insid"}, "did you mean 'visitors.inside'?"),
        ({"indicator": "", "event": "dwel", "over_s": 60}, "did you mean 'dwell'?"),
        ({"place": "a.sqare"}, "did you mean 'a.square'?"),
        ({"place": ("a.square", "b.*")}, "no place is called 'b.*'"),
        ({"place": "a.gate"}, "'a.gate' is a line, which has no 'visitors.inside'; it has: visitors.person"),
        ({"below": 2}, "set either above or below"),
        ({"above": None}, "set either above or below"),
        ({"clear": 6}, "would never be resolved"),
        ({"above": None, "below": 2, "clear": 1}, "would never be resolved"),
        ({"over_s": 90}, "whole minutes"),
        ({"indicator": "visitors.person", "place": "a.gate"}, "needs a window: set over_s"),
        ({"kind": "rate"}, "needs a window: set over_s"),
        ({"indicator": ""}, "an indicator or an event"),
        ({"event": "crossing"}, "an indicator or an event, not both"),
        ({"kind": "dwell", "above": None}, "dwell is about an event that lasts"),
        ({"kind": "absence", "above": None, "hold_s": 1}, "hold_s of 10 s or more"),
        ({"kind": "absence", "hold_s": 60}, "takes no above"),
    ],
)
def test_a_rule_that_can_not_hold_is_refused_with_the_reason(said: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        check(rule(**said), [CAMERA], PLACES)
    assert words in str(refusal.value)
    assert "rule 'crowd'" in str(refusal.value)


@pytest.mark.parametrize(
    ("said", "places"),
    [
        ({}, ("a.square",)),
        ({"place": "a.*"}, ("a.square", "a.edge")),
        ({"place": "*", "indicator": "visitors.person", "over_s": 60}, ("a.gate", "akl.queen")),
        ({"kind": "absence", "place": "*", "indicator": "", "above": None, "hold_s": 60}, ("a",)),
        ({"kind": "absence", "place": "a.edge", "indicator": "", "above": None, "hold_s": 60}, ("a.edge",)),
        ({"kind": "dwell", "place": "a.*", "indicator": "", "above": None}, ("a.gate", "a.square", "a.edge")),
    ],
)
def test_a_pattern_names_the_places_that_have_what_is_watched(said: dict[str, object], places: tuple[str, ...]) -> None:
    assert check(rule(**said), [CAMERA], PLACES) == places


def test_what_is_worked_out_when_asked_can_not_be_watched_but_its_parts_can() -> None:
    watched = {"place": "a.gate", "above": 60.0, "over_s": 300}
    with pytest.raises(ConfigError, match=r"'speed\.car_p85' is worked out of speed\.car when it is asked"):
        check(rule(**watched, indicator="speed.car_p85"), [CAMERA], PLACES)
    assert check(rule(**watched, indicator="speed.car"), [CAMERA], PLACES) == ("a.gate",)


@pytest.mark.parametrize(("event", "place"), [("congestion", "a.square"), ("moved", "a")])
def test_a_jam_and_a_moved_camera_last_so_that_a_rule_can_follow_them(event: str, place: str) -> None:
    said = {"kind": "dwell", "event": event, "place": place, "indicator": "", "above": None}
    assert check(rule(**said), [CAMERA], PLACES) == (place,)


def test_a_rule_on_silent_gauges_holds_at_gauges_alone_and_before_there_is_one() -> None:
    said = {"kind": "dwell", "event": "unread", "place": "*", "indicator": "", "above": None}
    gauge = (Mark((0.5, 0.9), 0.0), Mark((0.5, 0.2), 120.0))
    edge = replace(CAMERA.zones[0], id="a.kali", kind="water", gauge=gauge)
    assert check(rule(**said), [CAMERA], PLACES) == ()
    assert check(rule(**said), [CAMERA], ()) == ()
    assert check(rule(**said), [CAMERA], (*PLACES, edge)) == ("a.kali",)


def test_rules_that_wait_for_a_gauge_are_known_by_their_places() -> None:
    gauge = (Mark((0.5, 0.9), 0.0), Mark((0.5, 0.2), 120.0))
    edge = replace(CAMERA.zones[0], id="a.kali", name="Kali", kind="water", gauge=gauge)
    level = rule(id="siaga", name="Siaga", place="a.*", indicator="water.level", above=60.0, over_s=180)
    wet = rule(id="basah", place="a.*", indicator="water.flooded", above=30.0, over_s=180)
    points = Points([level, wet], [CAMERA], (*PLACES, edge))
    assert points.gauged == (Gauged("siaga", "Siaga", "a.kali", "Kali", "a"),)


def test_a_rule_file_is_taken_or_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(tomli_w.dumps({"rule": [CROWD], "notify": [{"id": "siren", "url": "http://10.0.0.9/on"}]}))
    assert is_rule_file(path)
    found = load_rule_file(path)
    assert rules_of([{**written(found.rule[0]), "revision": 3}])[0] == found.rule[0].rule(3)
    for table, words in (
        ({"rule": [CROWD, CROWD]}, "two rules have the id 'crowd'"),
        ({"rule": [{**CROWD, "abov": 3}]}, "unknown key; did you mean 'above'?"),
        ({"rule": [{**CROWD, "schedule": "Mon 06:00-07:00"}]}, "schedule 'Mon"),
        ({"notify": [{"id": "s", "url": "ftp://10.0.0.9"}]}, "http:// or https://"),
        ({"notify": [{"id": "s", "url": "http://h/?token=abc"}]}, "the query holds 'token'"),
        ({"notify": [{"id": "s", "url": "http://h/", "secret": "hunter2"}]}, "expected whsec_"),
        ({"notify": [{"id": "s", "url": "http://h/", "on": ["pending"]}]}, "expected firing, resolved"),
    ):
        path.write_text(tomli_w.dumps(table))
        with pytest.raises(ConfigError) as refusal:
            load_rule_file(path)
        assert words in str(refusal.value)
        assert "hunter2" not in str(refusal.value)
    path.write_text(tomli_w.dumps({"rule": [CROWD], "camera": [{"id": "a"}]}))
    with pytest.raises(ConfigError, match="two files"):
        is_rule_file(path)


@pytest.mark.parametrize(("camera", "rules"), [("pets", "alarms"), ("staged", "staged-alarms")])
def test_the_sample_rules_hold_on_the_sample_camera(camera: str, rules: str) -> None:
    examples = Path(__file__).parents[2] / "examples"
    known = load_one_camera(examples / f"{camera}.toml")
    found = load_rule_file(examples / f"{rules}.toml").rule
    assert found
    for entry in found:
        assert len(check(entry.rule(), [known], [*known.lines, *known.zones])) == 1
