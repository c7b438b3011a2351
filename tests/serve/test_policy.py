"""What a taught function sees is opened by name only, wherever else everything is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pantau.places import Zone
from pantau.serve.release.policy import Policy, policy_of
from pantau.store.releases import Decision
from pantau.vocabulary import indicator

ZONE = Zone(id="k.duduk", camera="k", name="Orang duduk", kind="scene", polygon=((0.2, 0.2), (0.8, 0.2), (0.8, 0.8)))
NAMED, ALL = "scene", ""


@pytest.mark.parametrize(
    ("taken", "open_"),
    [
        ([], False),
        ([(ALL, "", True)], False),
        ([(ALL, "k.duduk", True)], False),
        ([("visitors", "", True)], False),
        ([(NAMED, "", True)], True),
        ([(NAMED, "k", True)], True),
        ([(NAMED, "", True), (ALL, "", True)], True),
        ([(NAMED, "", True), (ALL, "k.duduk", True)], True),
        ([(NAMED, "", True), (ALL, "k.duduk", False)], False),
        ([(NAMED, "", False), (ALL, "k.duduk", True)], False),
        ([(NAMED, "", True), (NAMED, "k.duduk", False), (ALL, "k.duduk", True)], False),
    ],
)
def test_a_taught_function_is_closed_until_its_family_is_opened_by_name(
    taken: list[tuple[str, str, bool]], open_: bool
) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    decisions = [
        Decision(family=family, place=place, open=allow, by="Sri", time=at + timedelta(days=n))
        for n, (family, place, allow) in enumerate(taken)
    ]
    for name in ("scene.yes_s", "scene.abstain_s", "scene.n"):
        found = policy_of(ZONE, indicator(name), decisions)
        assert found.rule == ("counted" if open_ else "closed")
        assert not open_ or (found.decision is not None and found.decision.family == NAMED)
    assert policy_of(ZONE, indicator("water.level"), []) == Policy("counted")
