"""What the gate misses: `python -m bench.gate [--quick] [--tuned]`. Composite: real grounds, noise, people and vehicles.

Streams of places where nobody is for a minute and more, and then somebody comes (`bench.compose.idle_stream`), are fed packet by
packet to the decoder that a live camera has (`pantau.ingest.lazy.LazyDecoder`). A coming is a *transition* when the gate slept as it
began. It is caught when every picture of the middle half of the way, where lines are crossed, was decoded; what an audit
decoded by chance does not count. `recall_low` is the lower end of the exact one-sided 95 % interval.

    recall.all      over all comings, also those that found the camera awake
    shown.recall    of the transitions of which a key frame or more show somebody; recall.unshown: of who came and went between two
    recall.whole    transitions of which every picture was decoded, from the first in which anything can be seen
    recall.touched  … of which any was
    idle.X          of the empty streams: share of time decoded, and how often an hour the gate fired, by what disturbs
    naive           key frames compared by one threshold on how many pixels differ, set to be awake as often on the empty streams
    doze.X          the same streams dozed through, as cameras that count are where key frames are more than a second apart: the share of comings that found the
                    detector at rest (transitions) and were looked at in the middle half of their way; doze.idle: share of empty time in which it was asked all the same
    shuffled        the same windows half a minute later, when nobody is there: what waking by chance would catch
    audit           in the first turn every group that the gate called quiet is audited: what audits find of whom the gate missed (`found`), how often they find
                    something where nobody is (`false`, by what disturbs), what then is caught (`recall`), and the recall that they estimate beside the true one

Settings may be changed while looking at the places `TUNED` (``--tuned`` measures those); everything reported is of `REPORTED`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from bench import data
from bench.compose.idle import DISTURBANCES, FPS
from bench.compose.idle_stream import REPORTED, SECONDS, TUNED, Bed, Coming, beds, made, number_of, packets, truth
from bench.compose.passer import HEIGHT, LEVELS, STAY_S
from bench.naive_gate import at_ends, key_pictures, scores
from pantau.findings import recall
from pantau.ingest.decode import picture_stream
from pantau.ingest.gate import SIGMAS, Gate, Luma
from pantau.ingest.lazy import AUDIT_S, LONG_S, LazyDecoder
from pantau.ingest.rest import BACK_S

LEARNED_S: Final = 40.0
"""Before it the gate learns; idle time is counted from here."""
LATER_S: Final = 30.0
AUDITED: Final = 3
"""Of so many beds one has a turn in which every quiet group is audited: that decodes all."""
LOOKED_BACK: Final = round(BACK_S * FPS)
"""Pictures before the first that stirs which a doze looks at too: whether it rested is told by the one before them."""
Flags = npt.NDArray[np.bool_]


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two turns of five streams")
    parser.add_argument("--tuned", action="store_true", help="only the places on which settings may be changed")
    options = parser.parse_args()
    wanted = beds(REPORTED[:1], 5, 2) if options.quick else beds(REPORTED, 10, 7)
    measured = every(beds(TUNED, 5, 4) if options.tuned else wanted)
    figures = figures_of(measured)
    figures["look_ms"] = look_ms()
    data.report(
        "gate", figures, "composite: traffic, PETS09-S2L1, car-detection and street photographs", quick=options.quick
    )


def every(wanted: Sequence[Bed]) -> list[Measured]:
    """All beds, on the cores that there are."""
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)) + 1) as pool:
        return list(pool.map(measure, wanted))


# --- watching ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Night:
    """What the decoder did with a stream.

    Args:
        decoded: of each picture, whether the gate had it decoded; an audit only where every quiet group has one.
        fates: (first picture, what became of it) of each group that ended asleep: fired, quiet, or what an audit said: clean, missed.
    """

    decoded: Flags
    fates: tuple[tuple[int, str], ...]

    def asleep(self, first: int, group: int) -> bool:
        """Whether the gate slept at the key frame before a picture; the pictures since may have been decoded because of it."""
        return not self.decoded[(first - 1) // group * group]

    def fired(self) -> int:
        """How often it woke after it had learned."""
        return sum(fate == "fired" and at >= LEARNED_S * FPS for at, fate in self.fates)


def watched(folder: Path, turn: int | None, *, audit_s: float | None = None, hold_s: float = LONG_S) -> Night:
    """Feed a stream to the decoder; with `audit_s`, audited so often, and found or not the gate keeps its limit.

    With `hold_s` 0 it dozes: all is decoded, and what is told is what the detector was asked about.
    """
    decoded, fates, group_at = np.zeros(SECONDS * FPS, bool), list[tuple[int, str]](), 0
    with av.open(str(folder / "bed.mp4")) as container:
        decoder = LazyDecoder(
            picture_stream(container, folder.name), {"broken": 0}, audit_s=AUDIT_S if audit_s is None else audit_s, hold_s=hold_s
        )  # fmt: skip
        for packet in packets(folder, turn, container):
            before = decoder.watch.counts()
            pictures = list(decoder.feed(packet))
            after = decoder.watch.counts()
            audited = after["audited"] > before["audited"]
            for seen in pictures:
                decoded[round((seen.clock_s or 0) * FPS)] = not seen.quiet and (audit_s is not None or not audited)
            if packet.is_keyframe:
                if fate := _fate(before, after):
                    fates.append((group_at, fate))
                group_at = number_of(packet)
            if audit_s is not None and decoder.gate is not None:
                decoder.gate.sigmas = SIGMAS
        for seen in decoder.flush():
            decoded[round((seen.clock_s or 0) * FPS)] = not seen.quiet
    return Night(decoded, tuple(fates))


def _fate(before: dict[str, int], after: dict[str, int]) -> str:
    """What became of the group that a key frame ended."""
    for name, fate in (("missed", "missed"), ("audited", "clean"), ("fired", "fired"), ("quiet", "quiet")):
        if after[name] > before[name]:
            return fate
    return ""


# --- one bed ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Seen:
    """A coming, how many key frames show it, and what was made of it: by the gate, the naive baseline; half a minute later; and while it dozed."""

    coming: Coming
    keys: int
    asleep: bool
    caught: bool
    whole: bool
    touched: bool
    later: bool
    naive: npt.NDArray[np.float64]
    audited: bool | None = None
    rested: bool = False
    woken: bool = False


@dataclass(slots=True)
class Measured:
    """Of one bed. `asked` is the share of the empty stream at which the detector was asked while it dozed. `audits` counts groups by (fate, whether somebody was in sight); `still` are the naive scores when nobody is there."""

    bed: Bed
    share: float
    fired: int
    seen: list[Seen] = field(default_factory=list)
    audits: dict[tuple[str, bool], int] = field(default_factory=dict)
    still: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    asked: float = 0.0


def measure(bed: Bed) -> Measured:
    """All turns of a bed, and the bed by itself."""
    began = time.monotonic()
    folder = made(bed)
    made_s = time.monotonic() - began
    empty, keys = watched(folder, None), key_pictures(folder, None)
    found = Measured(bed, float(empty.decoded[round(LEARNED_S * FPS) :].mean()), empty.fired())
    found.still = scores([keys[n] for n in sorted(keys)])
    found.asked = float(watched(folder, None, hold_s=0.0).decoded[round(LEARNED_S * FPS) :].mean())
    for turn in range(bed.turns):
        here = [one for one in truth(folder) if one.turn == turn]
        night = watched(folder, turn)
        own = keys | key_pictures(folder, turn)
        looked = [look(one, night, own, bed.group) for one in here]
        if turn == 0 and bed.setting.seed % AUDITED == 0:
            close = watched(folder, turn, audit_s=0.0)
            _count(found.audits, close, here, bed.group)
            for one in looked:
                one.audited = bool(close.decoded[one.coming.middle : one.coming.after].all())
        dozed = watched(folder, turn, hold_s=0.0).decoded
        for one in looked:
            one.rested = not dozed[one.coming.first - 1 - LOOKED_BACK]
            one.woken = bool(dozed[one.coming.middle : one.coming.after].all())
        found.seen += looked
    asleep = [one for one in found.seen if one.asleep]
    caught = sum(one.caught for one in asleep)
    say(
        f"{bed.name}: {caught} of {len(asleep)} ({len(found.seen)}), empty {found.share:.3f} decoded; made in {made_s:.0f} s, {time.monotonic() - began:.0f} s in all"
    )
    return found


def look(one: Coming, night: Night, keys: dict[int, Luma], group: int) -> Seen:
    """What became of a coming."""
    middle, later = np.arange(one.middle, one.after), round(LATER_S * FPS)
    part = night.decoded[one.first + 1 : one.last]
    after = night.decoded[np.minimum(middle + later, len(night.decoded) - 1)]
    shown = len(range(-(-one.first // group) * group, one.last, group))
    return Seen(
        one, shown, night.asleep(one.first, group), bool(night.decoded[middle].all()), bool(part.all()), bool(part.any()), bool(after.all()),
        at_ends(one, keys, group),
    )  # fmt: skip


def _count(audits: dict[tuple[str, bool], int], night: Night, here: Sequence[Coming], group: int) -> None:
    """Fates of the groups that ended asleep, by whether somebody was in sight for half of the middle of the way or none was."""
    for at, fate in night.fates:
        if at < LEARNED_S * FPS:
            continue
        crossing = any(one.middle < at + group and one.after > at for one in here)
        if crossing or not any(one.first < at + group and one.last > at - group for one in here):
            audits[fate, crossing] = audits.get((fate, crossing), 0) + 1


# --- the figures ------------------------------------------------------------------------------------------------------


def low(caught: int, asked: int) -> float:
    """Lower end of the exact (Clopper-Pearson) one-sided 95 % interval of a share."""
    return float(beta.ppf(0.05, caught, asked - caught + 1)) if caught else 0.0


def figures_of(measured: Sequence[Measured]) -> dict[str, object]:
    """Everything that is told."""
    comings = [one for m in measured for one in m.seen]
    asleep = [one for one in comings if one.asleep]
    figures = _told("", asleep) | {
        "comings": len(comings),
        "recall.all": _share(comings, lambda one: one.caught),
        "recall.whole": _share(asleep, lambda one: one.whole),
        "recall.touched": _share(asleep, lambda one: one.touched),
        "recall.unshown": _share([one for one in asleep if not one.keys], lambda one: one.caught),
        "shuffled": _share(asleep, lambda one: one.later),
    }
    figures |= _told("shown.", [one for one in asleep if one.keys])
    for name, values in (("size", HEIGHT), ("contrast", LEVELS), ("speed", STAY_S), ("kind", ("person", "vehicle"))):
        for value in values:
            figures |= _told(f"{name}.{value}.", [one for one in asleep if getattr(one.coming, name) == value])
    for size in HEIGHT:
        shown = [one for one in asleep if one.keys and one.coming.size == size]
        figures |= _told(f"shown.{size}.", shown) | _told(
            f"shown.{size}.faint_left_out.", [one for one in shown if one.coming.contrast != "low"]
        )
        for contrast in LEVELS:
            here = [one for one in asleep if (one.coming.size, one.coming.contrast) == (size, contrast)]
            figures |= _told(f"{size}.{contrast}.", here)
    for where, of in (
        ("light", lambda bed: bed.setting.light), ("disturbed", lambda bed: bed.setting.disturbance), ("place", lambda bed: bed.setting.place),
        ("group", lambda bed: f"{bed.group_s}s"), ("encoder", lambda bed: "rate" if bed.held else "quality"),
    ):  # fmt: skip
        for value in sorted({of(m.bed) for m in measured}):
            figures |= _told(
                f"{where}.{value}.", [one for m in measured if of(m.bed) == value for one in m.seen if one.asleep]
            )
    rested = [one for one in comings if one.rested]
    told = {"": rested, "faint_left_out.": [one for one in rested if one.coming.contrast != "low"]}
    for size in HEIGHT:
        told |= {f"{size}.": [one for one in rested if one.coming.size == size]}
        told |= {f"{size}.{c}.": [one for one in told[f"{size}."] if one.coming.contrast == c] for c in LEVELS}
    for name, here in told.items():
        figures |= _told(f"doze.{name}", here, lambda one: one.woken)
    return figures | _idle(measured) | _naively(measured, asleep) | _audited(measured)


def _told(
    prefix: str, seen: Sequence[Seen], good: Callable[[Seen], bool] = lambda one: one.caught
) -> dict[str, object]:
    caught = sum(map(good, seen))
    if not seen:
        return {f"{prefix}transitions": 0}
    return {
        f"{prefix}recall": round(caught / len(seen), 4),
        f"{prefix}recall_low": round(low(caught, len(seen)), 4),
        f"{prefix}transitions": len(seen),
    }


def _share(seen: Sequence[Seen], of: Callable[[Seen], bool]) -> float | None:
    return round(sum(map(of, seen)) / len(seen), 4) if seen else None


def _idle(measured: Sequence[Measured]) -> dict[str, object]:
    told: dict[str, object] = {}
    for upset in (*DISTURBANCES, ""):
        here = [m for m in measured if upset in ("", m.bed.setting.disturbance)]
        hours = len(here) * (SECONDS - LEARNED_S) / 3600
        prefix = f"idle.{upset}." if upset else "idle."
        told[f"{prefix}decoded_share"] = round(float(np.mean([m.share for m in here])), 4)
        told[f"{prefix}fired_per_hour"] = round(sum(m.fired for m in here) / hours, 1)
        told[f"{prefix}hours"] = round(hours, 2)
        told[f"doze.{prefix}".removesuffix(".")] = round(float(np.mean([m.asked for m in here])), 4)
    return told


def _naively(measured: Sequence[Measured], asleep: Sequence[Seen]) -> dict[str, object]:
    """The baseline with the threshold at which it is awake as often as the gate where nobody is."""
    share = float(np.mean([m.share for m in measured]))
    awake = np.concatenate([np.maximum(m.still[:-1], m.still[1:]) for m in measured])
    limit = float(np.quantile(awake, 1 - share))
    return {
        "naive.recall": _share(asleep, lambda one: bool((one.naive > limit).all())),
        "naive.decoded_share": round(float((awake > limit).mean()), 4),
        "naive.pixels": round(limit, 1),
    }


def _audited(measured: Sequence[Measured]) -> dict[str, object]:
    """What audits of every quiet group say, against who was there."""

    def count(fates: Iterable[str], crossing: bool, upset: str = "") -> int:  # noqa: FBT001
        here = [m.audits for m in measured if upset in ("", m.bed.setting.disturbance)]
        return sum(audits.get((fate, crossing), 0) for audits in here for fate in fates)

    said = ("clean", "missed")
    gated: dict[str, Any] = {
        "fired": count(["fired"], True), "quiet": 0, "audited": count(said, True), "missed": count(["missed"], True),
    }  # fmt: skip
    every = {
        name: count(fates, True) + count(fates, False)
        for name, fates in (("fired", ["fired"]), ("audited", said), ("missed", ["missed"]))
    }
    overlooked = gated["audited"]
    told: dict[str, object] = {
        "audit.recall": _share(
            [one for m in measured for one in m.seen if one.asleep and one.audited is not None],
            lambda one: bool(one.audited),
        ),
        "audit.overlooked_groups": overlooked,
        "audit.found": round(gated["missed"] / overlooked, 4) if overlooked else None,
        "audit.true_recall": round(gated["fired"] / (gated["fired"] + overlooked), 4)
        if gated["fired"] + overlooked
        else None,
        "audit.estimate": recall(gated),
        "audit.estimate_with_idle": recall(every | {"quiet": 0}),
    }
    for upset in (*DISTURBANCES, ""):
        asked = count(said, False, upset)
        told[f"audit.false.{upset}" if upset else "audit.false"] = (
            round(count(["missed"], False, upset) / asked, 4) if asked else None
        )
    return told


def look_ms() -> float:
    """CPU ms of one look at a key frame of 1280x720: the best of five rounds."""
    chance = np.random.default_rng(1)
    pictures = [np.clip(120 + chance.normal(0, 3, (720, 1280)), 0, 255).astype(np.uint8) for _ in range(4)]
    gate, rounds = Gate(), list[float]()
    for _ in range(5):
        began = time.process_time()
        for number in range(40):
            gate.look(pictures[number % 4], "key")
        rounds.append((time.process_time() - began) * 1000 / 40)
    return round(min(rounds), 3)


def say(what: str) -> None:
    """On stderr."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
