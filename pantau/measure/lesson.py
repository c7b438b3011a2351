"""Learns from a few marked stills of one zone, and says how well it learned.

Idea: the examples' vectors (`pantau.ports.Embedder`) are divided by a line between two kinds: logistic regression with a penalty
(ridge), both kinds weighing the same, solved in the space of the examples, because there are fewer of them than
features (the representer theorem; Hastie, Tibshirani & Friedman 2009, §4.4, §12.3.7). With a dozen examples nothing
more can be learned, and nothing has to be tuned per place.

**Its own error** is what it gets wrong of examples that it was not shown: they are left out group by group, where a group is the
stills within `GROUP_S` of each other, because neighbours in time show the same weather and the same puddle. The interval is Wilson's
(1927) over groups, not stills. Where one kind comes from a single group nothing can be left out, and the error is not known.

**It abstains** when a still is farther from its nearest examples than left-out examples are from the others: the limit is the
`SPAN` times their `QUANTILE`. And where its chance is within `DOUBT` of a half, it says so too.

Limits: what no example shows (another season, snow) is abstained from at best; few groups make a wide interval. Rejected:
nearest neighbours (one wrong mark is a wrong answer for ever), tuning the network itself (needs hundreds), and plain
leave-one-out (a still's neighbour in time gives its answer away).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.errors import DataError
from pantau.lessons import FEWEST, Answer, Example, Report
from pantau.places import Zone
from pantau.types import Floats

Array = npt.NDArray[np.float64]

MOST: Final = 100
"""Examples of each kind that are kept: more teach little, and all of them are compared."""
GROUP_S: Final = 6 * 3600.0
"""A gap that parts one moment from the next: stills of one morning share its weather. On the bench's place for tuning, ten minutes gave intervals
that held the error on other days in 72 of 100 cases, six hours in 94."""
RIDGE: Final = 0.1
NEIGHBOURS: Final = 2
QUANTILE: Final = 0.95
SPAN: Final = 1.15
DOUBT: Final = 0.1
ROUNDS: Final = 30


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A function that was learned: `answer` it with a vector."""

    report: Report
    digest: str
    _head: Head
    _vectors: Array

    def answer(self, vector: Floats) -> tuple[Answer, float, float]:
        """What it says, the chance of *yes*, and the distance to its nearest examples."""
        row = np.asarray(vector, np.float64)[None]
        chance, distance = float(self._head.chance(row)[0]), float(_distance(row, self._vectors)[0])
        return _said(chance, distance, self.report.limit), chance, distance


def check(examples: Sequence[Example], zone: Zone, model: str) -> None:
    """Refuse examples that a function can't be learned from.

    Raises:
        DataError: of another place, revision or model, one still with two labels, or too few of a kind; it says which.
    """
    labels: dict[str, str] = {}
    for one in examples:
        where = f"the still of {one.time:%Y-%m-%d %H:%M:%S} UTC ({one.picture[:8]})"
        if one.place != zone.id:
            raise DataError(
                f"{where} is of {one.place!r}, not of {zone.id!r}; a function learns from its own place only"
            )
        if one.revision != zone.revision:
            raise DataError(
                f"{where} is of revision {one.revision} of {zone.id!r}, which was moved since (now {zone.revision}): "
                "mark stills of where it is now"
            )
        if one.model != model:
            raise DataError(f"{where} was looked at by {one.model}, now it is {model}; mark it again")
        if labels.setdefault(one.picture, one.label) != one.label:
            raise DataError(f"{where} is marked both normal and not; take one of the two away")
    missing = {label: FEWEST - sum(one.label == label for one in examples) for label in ("normal", "yes")}
    short = [f"{n} more {'normal' if label == 'normal' else 'not normal'}" for label, n in missing.items() if n > 0]
    if short:
        raise DataError(f"{zone.id!r} can't learn yet: it needs {' and '.join(short)} (at least {FEWEST} of each)")


def learn(examples: Sequence[Example], zone: Zone, model: str) -> Taught:
    """The function that these examples teach; the same examples teach the same.

    Raises:
        DataError: as `check`.
    """
    check(examples, zone, model)
    ordered = sorted(examples, key=lambda one: (one.time, one.picture))
    vectors = np.stack([vector_of(one) for one in ordered])
    yes = np.array([one.label == "yes" for one in ordered])
    groups = group([one.time for one in ordered])
    told = blake2b(digest_size=4)
    for one in ordered:
        told.update(f"{one.picture} {one.label} {one.model}".encode())
    return Taught(_examine(vectors, yes, groups), told.hexdigest(), Head.fit(vectors, yes), vectors)


def vector_of(example: Example) -> Array:
    """The example's vector (D,)."""
    return np.frombuffer(example.vector, "<f2").astype(np.float64)


def packed(vector: Floats) -> bytes:
    """A vector as an `Example` keeps it."""
    return np.asarray(vector, "<f2").tobytes()


def group(times: Sequence[datetime]) -> npt.NDArray[np.int64]:
    """Number of the group of each time; the times must rise."""
    gaps = [(b - a).total_seconds() > GROUP_S for a, b in pairwise(times)]
    return np.concatenate([[0], np.cumsum(gaps)]).astype(np.int64)


def wilson(wrong: float, n: float) -> tuple[float, float]:
    """95 % interval of a share."""
    z2 = 1.96**2
    p, middle = wrong / n, (wrong + z2 / 2) / (n + z2)
    half = 1.96 * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return round(float(max(middle - half, 0)), 4), round(float(min(middle + half, 1)), 4)


def _examine(vectors: Array, yes: npt.NDArray[np.bool_], groups: npt.NDArray[np.int64]) -> Report:
    """Leave each group out once; the limit of distance from all, the error from those that could be left out."""
    known = Report(normal=int((~yes).sum()), yes=int(yes.sum()), groups=len(set(groups.tolist())))
    distance, chance = np.full(len(yes), np.nan), np.full(len(yes), np.nan)
    for number in set(groups.tolist()):
        out = groups == number
        kept = ~out
        if kept.any():
            distance[out] = _distance(vectors[out], vectors[kept])
        if yes[kept].any() and (~yes[kept]).any():
            chance[out] = Head.fit(vectors[kept], yes[kept]).chance(vectors[out])
    if np.isnan(chance).any():  # a kind from one moment only: nothing was left that could be asked
        return replace(known, limit=round(_limit(_others(vectors)), 4))
    limit = round(_limit(distance), 4)
    said = [_said(c, d, limit) for c, d in zip(chance.tolist(), distance.tolist(), strict=True)]
    missed = sum(s == "no" and y for s, y in zip(said, yes.tolist(), strict=True))
    false = sum(s == "yes" and not y for s, y in zip(said, yes.tolist(), strict=True))
    answered = sum(s != "abstain" for s in said)
    share = (missed + false) / answered if answered else None
    return replace(
        known,
        answered=answered,
        wrong=missed + false,
        missed=missed,
        false=false,
        abstained=len(said) - answered,
        error=round(share, 4) if share is not None else None,
        interval=wilson(share * known.groups, known.groups) if share is not None else None,
        limit=limit,
    )


def _limit(distance: Array) -> float:
    return float(SPAN * np.quantile(distance, QUANTILE))


def _others(vectors: Array) -> Array:
    """Of each vector the distance to the others."""
    return np.array([_distance(vectors[[n]], np.delete(vectors, n, 0))[0] for n in range(len(vectors))])


def _said(chance: float, distance: float, limit: float) -> Answer:
    if distance > limit or abs(chance - 0.5) < DOUBT:
        return "abstain"
    return "yes" if chance > 0.5 else "no"


def _distance(vectors: Array, known: Array) -> Array:
    """Mean of 1 - cosine to the nearest `NEIGHBOURS`."""
    apart = np.sort(1 - vectors @ known.T, axis=1)
    return np.asarray(apart[:, :NEIGHBOURS].mean(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A line between two kinds: chance = logistic((vector - mean) / scale · weights + bias)."""

    mean: Array
    weights: Array
    bias: float

    @classmethod
    def fit(cls, vectors: Array, yes: npt.NDArray[np.bool_]) -> Head:
        """From vectors (N, D) and what each is: Newton's method on the penalised likelihood, in the coordinates of the examples."""
        n = len(yes)
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        scale = max(float(np.sqrt((centred**2).sum(axis=1).mean())), 1e-9)
        centred = centred / scale
        kernel = centred @ centred.T
        weight = np.where(yes, n / 2 / max(yes.sum(), 1), n / 2 / max((~yes).sum(), 1))
        alpha, bias = np.zeros(n), 0.0
        for _ in range(ROUNDS):
            p = 1 / (1 + np.exp(-np.clip(kernel @ alpha + bias, -30, 30)))
            slope, bend = weight * (p - yes), weight * np.maximum(p * (1 - p), 1e-5)
            system = np.zeros((n + 1, n + 1))
            system[:n, :n] = bend[:, None] * kernel + RIDGE * np.eye(n)
            system[:n, n], system[n, :n], system[n, n] = bend, bend @ kernel, bend.sum()
            step = np.linalg.solve(system, -np.append(slope + RIDGE * alpha, slope.sum()))
            alpha, bias = alpha + step[:n], bias + float(step[n])
            if np.abs(step).max() < 1e-6:
                break
        return cls(mean, centred.T @ alpha / scale, bias)

    def chance(self, vectors: Array) -> Array:
        """Of *yes*, for each row."""
        return np.asarray(1 / (1 + np.exp(-np.clip((vectors - self.mean) @ self.weights + self.bias, -30, 30))))
