"""Run every measurement there is and keep their figures in `bench/results.json`: `python -m bench.all [--quick]`.

Each runs as a program of its own, so that none warms another's caches; its last line on stdout is its result, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

NAMES = [
    "counting",
    "tracking",
    "ground",
    "parking",
    "water",
    "litter",
    "health",
    "crowd",
    "store",
    "api",
    "forecast",
    "streams",
    "rtsp",
    "alarms",
]
FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"


def main(arguments: list[str]) -> int:
    """Run the measurements that exist; one that fails is said and leaves the other figures standing."""
    results = []
    failed = []
    for name in [name for name in NAMES if (FOLDER / f"{name}.py").exists()]:
        print(f"==> python -m bench.{name} {' '.join(arguments)}", file=sys.stderr, flush=True)
        run = subprocess.run(
            [sys.executable, "-m", f"bench.{name}", *arguments], stdout=subprocess.PIPE, text=True, check=False
        )
        if run.returncode or not run.stdout.strip():
            failed.append(name)
        else:
            results.append(json.loads(run.stdout.strip().splitlines()[-1]))
    if results and not failed and "--quick" not in arguments:
        RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(json.dumps({"bench": "all", "ran": len(results), "failed": failed}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
