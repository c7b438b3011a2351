"""How many cores there are where a container or a service has only a part of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pantau.see.cores import busy_s, cores


def group(tree: Path, path: str, **files: str) -> Path:
    """A control group with these files; what the process is told of it."""
    folder = tree / path
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return tree


@pytest.fixture(autouse=True)
def eight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer of eight cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.mark.parametrize(
    ("told", "expected"),
    [("200000 100000", 2), ("150000 100000", 2), ("10000 100000", 1), ("max 100000", 8), ("9900000 100000", 8)],
)
def test_a_container_has_its_quota(tmp_path: Path, own: Path, told: str, expected: int) -> None:
    own.write_text("0::/\n")
    assert cores(group(tmp_path / "tree", "", cpu__max=told), own) == expected


def test_a_service_has_what_is_left_by_it_and_all_above_it(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/system.slice/pantau.service\n")
    tree = group(tmp_path / "tree", "system.slice", cpu__max="300000 100000")
    assert cores(group(tree, "system.slice/pantau.service", cpu__max="max 100000"), own) == 3
    assert cores(group(tree, "system.slice/pantau.service", cpu__max="100000 100000"), own) == 1


def test_the_older_tree_is_read_too(tmp_path: Path, own: Path) -> None:
    own.write_text("12:pids:/\n4:cpu,cpuacct:/pantau\n0::/\n")
    tree = tmp_path / "tree"
    group(tree, "cpu,cpuacct/pantau", cpu__cfs_quota_us="250000\n", cpu__cfs_period_us="100000\n")
    assert cores(tree, own) == 3
    group(tree, "cpu,cpuacct/pantau", cpu__cfs_quota_us="-1\n")
    assert cores(tree, own) == 8


@pytest.mark.parametrize("told", ["", "garbage", "0::/nowhere"])
def test_without_control_groups_all_that_the_affinity_leaves(tmp_path: Path, own: Path, told: str) -> None:
    assert cores(tmp_path / "nothing", own) == 8
    own.write_text(told)
    assert cores(tmp_path / "nothing", own) == 8


def test_how_busy_they_were_is_of_those_that_this_process_may_use(tmp_path: Path) -> None:
    stat, hertz = tmp_path / "stat", os.sysconf("SC_CLK_TCK")
    rows = [f"cpu{n} {10 * hertz} 0 {2 * hertz} {900 * hertz} 70 0 0 {hertz} 5 0" for n in range(9)]
    stat.write_text("\n".join(["cpu  1 2 3 4 5 6 7 8 9 10", *rows, "intr 1 2 3"]))
    assert busy_s(stat) == pytest.approx(8 * 13.0)
    assert busy_s(tmp_path / "nowhere") == 0.0
