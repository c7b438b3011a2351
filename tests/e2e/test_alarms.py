"""The sample city raises and resolves an alarm by itself, on real footage, with real redacted pictures."""

from __future__ import annotations

import urllib.request

import pytest

from tests.running_city import RunningCity, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def test_the_plaza_fills_and_empties_and_the_alarm_says_so(demo: RunningCity) -> None:
    def over() -> bool:
        return any(one["cause"] == "cleared" for one in demo.get("alarms", rule="pelataran-ramai")["alarms"])

    until("an alarm fires and is resolved", over, 120)
    alarm = next(one for one in demo.get("alarms", rule="pelataran-ramai")["alarms"] if one["cause"] == "cleared")
    assert alarm["peak"] > alarm["limit"] == 5
    assert [reading["value"] > 5 for reading in alarm["trace"]][-3:] == [True] * 3
    for which in ("before", "at"):
        request = urllib.request.Request(demo.address + alarm[which]["picture"], headers={"cookie": demo.cookie})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.read(3) == b"\xff\xd8\xff"
    assert alarm["before"]["time"] < alarm["since"] < alarm["fired"] <= alarm["resolved"]
    asked = urllib.request.Request(f"{demo.address}/metrics", headers={"cookie": demo.cookie})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert b"pantau_alarm_latency_p95_seconds" in answer.read()
