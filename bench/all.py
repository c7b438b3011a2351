"""Run measurements and keep their figures in `bench/results.json`: `python -m bench.all [NAME …] [--quick]`.

Without names, every one there is. A quick run is not kept: its figures are not for quoting.

Each runs as a program of its own, so that none warms another's caches; its last line on stdout is its result, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAMES = [
    "counting",
    "tracking",
    "detectors",
    "ground",
    "parking",
    "water",
    "litter",
    "health",
    "scene",
    "crowd",
    "store",
    "api",
    "release",
    "forecast",
    "gate",
    "streams",
    "patches",
    "shadow",
    "rtsp",
    "alarms",
]
FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"


def main(arguments: list[str]) -> int:
    """Run the measurements that exist; one that fails is said and leaves the other figures standing."""
    asked = [word for word in arguments if not word.startswith("-")]
    options = [word for word in arguments if word.startswith("-")]
    failed = sorted(set(asked) - set(NAMES))
    ran = 0
    for name in [n for n in NAMES if (FOLDER / f"{n}.py").exists() and (not asked or n in asked)]:
        print(f"==> python -m bench.{name} {' '.join(options)}", file=sys.stderr, flush=True)
        run = subprocess.run(
            [sys.executable, "-m", f"bench.{name}", *options], stdout=subprocess.PIPE, text=True, check=False
        )
        if run.returncode or not run.stdout.strip():
            failed.append(name)
            continue
        ran += 1
        if "--quick" not in options:
            _keep(json.loads(run.stdout.strip().splitlines()[-1]))
    print(json.dumps({"bench": "all", "ran": ran, "failed": failed}))
    return 1 if failed else 0


def name_of(result: Mapping[str, Any]) -> str:
    """What a result is kept and quoted as: its bench, and the arithmetic of its network where that isn't f32.

    On a CPU with bf16 a look is cheaper: that changes every ratio to what asks a network, and is no newer measurement of the same.
    """
    return (
        f"{result['bench']}.bf16" if "-bf16-" in str(result["figures"].get("precision", "")) else str(result["bench"])
    )


def _keep(result: dict[str, Any]) -> None:
    """Put a result in the place of its older one; read anew, because a long run is not alone."""
    kept = {name_of(one): one for one in json.loads(RESULTS.read_text("utf-8"))} if RESULTS.exists() else {}
    kept[name_of(result)] = result
    names = [*NAMES, *sorted(set(kept) - set(NAMES))]  # one of a newer bench is kept by an older run
    results = [kept[n] for n in names if n in kept]
    RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
