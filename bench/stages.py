"""Where the CPU time of a camera goes: `python -m bench.stages [active|mixed|quiet]`, after the seconds in which it learns.

The loop of `bench.streams` on its short stream under `cProfile`, with the time of the process as its clock; each stage has the time of the functions named
here with all that they call, and no function is in two stages. Profiling makes Python's own part look larger than it is, C's not.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import sys
import time
from collections.abc import Mapping
from typing import Final

import av
from typing_extensions import override

from bench import data
from bench.made_streams import counted, say, stream
from bench.streams import AFTER_S, scripts
from pantau.commands.plan import TAIL_S, Stopwatch

STAGES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "network": (("engine.py", "infer"),),
    "put into the network": (("placing.py", "place"),),
    "boxes out of it": (("heads.py", "_centernet"), ("headed.py", "road_users"), ("boxes.py", "suppress")),
    "decoding": (("decode.py", "decode"), ("lazy.py", "_alone")),
    "gate": (("gate.py", "look"), ("gate.py", "look_back"), ("stir.py", "look"), ("rest.py", "give"), ("sizes.py", "strange")),
    "picture to BGR": (("decode.py", "picture"),),
    "packets and their times": (("lazy.py", "_take"), ("lazy.py", "_quiet"), ("timeline.py", "place"), ("cadence.py", "take")),
    "tracker": (("tracker.py", "step"),),
    "crossings": (("passers.py", "step"),),
    "quality": (("quality.py", "step"),),
    "scene and ledger": (("scene.py", "show"), ("ledger.py", "observe"), ("pipeline.py", "_keep"), ("pipeline.py", "_flush")),
}  # fmt: skip
WARM_S: Final = 3.0


class _Between(Stopwatch):
    """Has the profiler run from one second of the stream to another."""

    def __init__(self, from_s: float, to_s: float, profiler: cProfile.Profile) -> None:
        super().__init__(from_s)
        self._from_s, self._to_s, self._profiler, self._running = from_s, to_s, profiler, False

    @override
    def at(self, media_s: float) -> None:
        super().at(media_s)
        wanted = self._from_s <= media_s < self._to_s
        if wanted != self._running:
            self._running = wanted
            (self._profiler.enable if wanted else self._profiler.disable)()


def main(arguments: list[str]) -> int:
    """Print the shares, the largest first."""
    name = arguments[0] if arguments else "active"
    detector, profiler = data.loaded("centernet", "auto"), cProfile.Profile(timer=time.process_time)
    path = stream(f"{name}-quick", scripts(quick=True)[name])
    with av.open(str(path)) as container:
        end_s = (container.duration or 0) / 1e6 - TAIL_S
    counted(path, detector, _Between(WARM_S if name == "active" else AFTER_S, end_s, profiler))
    profiler.disable()
    shares = shares_of(pstats.Stats(profiler))
    for stage, share in shares.items():
        say(f"{share:6.1%}  {stage}")
    print(
        json.dumps({"bench": "stages", "stream": name, "figures": {stage: round(s, 4) for stage, s in shares.items()}})
    )
    return 0


def shares_of(stats: pstats.Stats) -> dict[str, float]:
    """Of all time; what is in no stage is `other`."""
    total, spent = 0.0, dict.fromkeys(STAGES, 0.0)
    for (file, _, function), (_, _, own, cumulative, _) in stats.stats.items():  # type: ignore[attr-defined]  # typeshed has no stats
        total += own
        for stage, functions in STAGES.items():
            if any(file.endswith(f"/{module}") and function == called for module, called in functions):
                spent[stage] += cumulative
    shares = {stage: seconds / total for stage, seconds in spent.items()}
    ordered = dict(sorted(shares.items(), key=lambda item: -item[1]))
    return ordered | {"other": 1 - sum(shares.values())}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
