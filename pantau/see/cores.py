"""How many cores this process may use: those of its affinity, or fewer where its container or service has a quota; and how busy they are.

A quota of one and a half cores on a machine of 32 leaves 32 in the affinity; who started 32 inferences side by side there would see each of
them stopped for most of the time. Source: Linux, "Control Group v2", cpu.max, and "CFS Bandwidth Control" for the older tree; proc(5), /proc/stat.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

TREE: Final = Path("/sys/fs/cgroup")
OWN: Final = Path("/proc/self/cgroup")
STAT: Final = Path("/proc/stat")
WORK: Final = (0, 1, 2, 5, 6, 7)
"""Columns of a core's line in which it worked: user, nice, system, irq, softirq, steal; the others are idle, or in these already."""


def cores(tree: Path = TREE, own: Path = OWN) -> int:
    """At least one.

    Args:
        tree: where the control groups are mounted.
        own: which of them this process is in.
    """
    there = len(os.sched_getaffinity(0))
    return max(1, min([there, *(math.ceil(quota) for quota in _quotas(tree, own))]))


def busy_s(stat: Path = STAT) -> float:
    """Seconds that the cores of this process's affinity were busy, with whatever, since the computer started; 0 where that can't be read."""
    try:
        lines = stat.read_text("ascii").splitlines()
    except (OSError, ValueError):
        return 0.0
    mine = {f"cpu{number}" for number in os.sched_getaffinity(0)}
    ticks = [line.split()[1:] for line in lines if line.partition(" ")[0] in mine]
    return sum(int(told[column]) for told in ticks for column in WORK) / os.sysconf("SC_CLK_TCK")


def _quotas(tree: Path, own: Path) -> Iterator[float]:
    """Cores, of each group that this process is in and of all above it; groups without a limit tell none."""
    try:
        lines = own.read_text("ascii").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        root = tree if number == "0" else tree / controllers
        if number != "0" and "cpu" not in controllers.split(","):
            continue
        group = root / path.strip("/")
        for one in (group, *group.parents):
            with suppress(OSError, ValueError, ZeroDivisionError):
                yield _quota(one, unified=number == "0")
            if one == root:
                break


def _quota(group: Path, *, unified: bool) -> float:
    """Cores.

    Raises:
        OSError, ValueError: it has none.
    """
    if unified:
        quota, period = (group / "cpu.max").read_text("ascii").split()
    else:
        quota, period = ((group / f"cpu.cfs_{name}_us").read_text("ascii") for name in ("quota", "period"))
    if float(quota) <= 0:  # "max" is no number; the older tree says -1
        raise ValueError(quota)
    return float(quota) / float(period)
