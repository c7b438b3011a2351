"""What a rule would have done last week, over a real store, asked by the real command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.alert.rehearsal import rehearse
from pantau.alert.rule_file import RuleEntry
from pantau.commands.register import apply_file, export_file
from pantau.commands.rules import list_alarms
from pantau.config import Settings
from pantau.errors import ConfigError
from pantau.store.control import Control
from pantau.store.store import Store
from pantau.types import Batch, Event, Key, Observation, Run
from tests.alert.conftest import CAMERA

NOW = datetime.now(UTC).replace(second=45, microsecond=0)
KEYS = (
    Key("visitors", "a.square", 1, ""),
    Key("visitors", "a.gate", 1, "forward"),
    Key("visitors", "a.gate", 1, "backward"),
)
RUN = Run(
    id="a-1", camera="a", kind="live", started=NOW, keys=KEYS, method={"visitors": "uji"}, cadence_s={"visitors": 30.0}
)  # fmt: skip
SETTINGS = Settings.model_validate({"city": {"region": "33.74"}})
CROWD = """
[[rule]]
id = "crowd"
place = "a.square"
indicator = "visitors.inside"
above = {above}
"""


def fill(folder: Path, hours: int = 4) -> None:
    """Some hours until now: nine are inside during the first ten minutes of each hour, one otherwise; one dwell each hour."""
    control = Control.open(folder, clock=lambda: NOW)
    control.apply([CAMERA])
    control.close()
    store = Store.open(folder, timezone="Asia/Jakarta", clock=lambda: NOW)
    store.begin(RUN)
    start = (NOW - timedelta(hours=hours)).replace(second=0)
    times = [start + timedelta(seconds=30 * i) for i in range(hours * 120)]
    for seq, hour in enumerate(range(hours), start=1):
        mine = times[hour * 120 : (hour + 1) * 120]
        inside = [
            Observation("a.square", "visitors.inside", "", t, 30.0, 9.0 if i < 20 else 1.0) for i, t in enumerate(mine)
        ]
        at = mine[0]
        stay = Event(
            f"stay-{hour}", "dwell", "a.edge", at, at + timedelta(minutes=6), {"stage": "over", "limit_s": 60.0}
        )
        store.write(Batch(RUN.id, seq, {"visitors": tuple(mine)}, tuple(inside), (stay,)))
    store.close()


@pytest.mark.parametrize(
    ("said", "alarms", "share"),
    [
        ({"indicator": "visitors.inside", "above": 5}, 4, 10 / 60),
        ({"indicator": "visitors.inside", "above": 0.5, "clear": 0}, 1, 1.0),
        ({"indicator": "visitors.inside", "above": 5, "hold_s": 1200}, 0, 0.0),
        ({"indicator": "visitors.inside", "above": 5, "over_s": 600}, 4, 6 / 60),
        ({"kind": "dwell", "place": "a.edge"}, 4, 24 / (7 * 24 * 60)),
        ({"kind": "dwell", "place": "a.edge", "hold_s": 600}, 0, 0.0),
        ({"kind": "absence", "place": "a.square", "hold_s": 60}, 0, 0.0),
    ],
)
def test_a_rule_is_rehearsed_on_the_stored_week(
    tmp_path: Path, said: dict[str, object], alarms: int, share: float
) -> None:
    fill(tmp_path)
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: NOW)
    rule = RuleEntry.model_validate({"id": "r", "place": "a.square", **said}).rule()
    done = rehearse(rule, [rule.places[0]], store, NOW, lambda time: time)
    store.close()
    assert done.alarms == alarms, done.told()
    assert done.share == pytest.approx(share, abs=0.05), done.told()


def apply(path: Path, home: Path, *, force: bool = False) -> str:
    return "\n".join(apply_file(path, SETTINGS, home, force=force))


def test_a_rule_that_would_have_fired_all_week_is_refused_unless_forced(tmp_path: Path) -> None:
    fill(tmp_path / "data")
    path = tmp_path / "rules.toml"
    path.write_text(CROWD.format(above=0.5))
    with pytest.raises(ConfigError, match=r"firing 100% of the time.*--force.*nothing was changed"):
        apply(path, tmp_path)
    control = Control.open(tmp_path / "data", clock=lambda: NOW)
    assert control.alarms.rules() == ()
    control.close()
    assert "in force: 1 rules" in apply(path, tmp_path, force=True)


def test_a_rule_that_would_fire_too_often_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pantau.alert.rehearsal.MOST_A_DAY", 12.0)
    fill(tmp_path / "data")
    path = tmp_path / "rules.toml"
    path.write_text(CROWD.format(above=5))
    said = apply(path, tmp_path)
    assert "4 times" in said
    assert "that is too often to be listened to" in said
    assert "in force: 1 rules" in said


def test_rules_go_out_as_they_came_in_without_secrets(tmp_path: Path) -> None:
    fill(tmp_path / "data")
    path = tmp_path / "rules.toml"
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    path.write_text(
        CROWD.format(above=5) + f'[[notify]]\nid = "siren"\nurl = "http://10.0.0.9/on"\nsecret = "{secret}"\n'
    )
    apply(path, tmp_path)
    said = export_file(tmp_path / "out.toml", SETTINGS, tmp_path)
    assert "1 rules" in said
    text = (tmp_path / "out.rules.toml").read_text()
    assert secret not in text + (tmp_path / "out.toml").read_text()
    assert "crowd" in text
    again = apply(tmp_path / "out.rules.toml", tmp_path)
    assert "rehearse" not in again, "what is in force already is not rehearsed again"
    assert list(list_alarms(SETTINGS, tmp_path, everything=True, json_lines=False)) == ["no alarms; 1 rules in force"]
