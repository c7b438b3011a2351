"""A trial is a folder of files, apart from the store: it outlives a restart, and one runs at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.errors import ConfigError, StoreError
from pantau.store.trials import COUNTS, Trial, Trials

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
TRIAL = Trial(model="simpang", cameras=("a", "b"), started=NOON, until=NOON + timedelta(days=7))


def test_it_is_found_again_by_another_process(tmp_path: Path) -> None:
    Trials(tmp_path).begin(TRIAL)
    assert Trials(tmp_path).running(NOON) == TRIAL
    assert Trials(tmp_path).all("lain") == ()


def test_it_is_over_when_its_time_is(tmp_path: Path) -> None:
    trials = Trials(tmp_path)
    trials.begin(TRIAL)
    assert trials.running(TRIAL.until) is None


def test_a_second_one_is_refused_while_one_runs_and_taken_after(tmp_path: Path) -> None:
    trials = Trials(tmp_path)
    trials.begin(TRIAL)
    later = replace(TRIAL, model="lain", started=NOON + timedelta(hours=1))
    with pytest.raises(ConfigError, match=r"simpang is being tried until 2026-02-07 12:00 UTC.*--stop"):
        trials.begin(later)
    trials.end(TRIAL, NOON + timedelta(minutes=30))
    trials.begin(later)
    assert [one.model for one in trials.all()] == ["lain", "simpang"]


def test_trouble_is_told_and_does_not_bring_back_what_was_stopped(tmp_path: Path) -> None:
    trials = Trials(tmp_path)
    trials.begin(TRIAL)
    trials.tell(TRIAL, "no memory")
    assert trials.all()[0].trouble == "no memory"
    trials.end(trials.all()[0], NOON)
    trials.tell(TRIAL, "late")
    assert trials.running(NOON) is None


def test_a_line_that_a_power_cut_left_half_is_left_out(tmp_path: Path) -> None:
    trials = Trials(tmp_path)
    trials.begin(TRIAL)
    assert trials.counts(TRIAL) == ()
    trials.add(TRIAL, ['{"a": 1}', '{"a": 2}'])
    with (tmp_path / "trials" / TRIAL.id / COUNTS).open("a") as file:
        file.write('{"a": ')
    assert trials.counts(TRIAL) == ('{"a": 1}', '{"a": 2}')
    trials.add(TRIAL, ['{"a": 3}'])
    assert trials.counts(TRIAL) == ('{"a": 1}', '{"a": 2}', '{"a": 3}')


def test_a_file_that_is_no_trial_is_named(tmp_path: Path) -> None:
    Trials(tmp_path).begin(TRIAL)
    path = tmp_path / "trials" / TRIAL.id / "trial.json"
    path.write_text("{}")
    with pytest.raises(StoreError, match=r"trial\.json: is no trial"):
        Trials(tmp_path).running(NOON)
