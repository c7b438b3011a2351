"""What a zone is taught by example: stills that people marked, what is in force, what it says of itself (`pantau.measure.lesson`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Label = Literal["normal", "yes"]
"""What a person says of a still of a zone: as usual, or the thing that its function is to notice."""
Answer = Literal["yes", "no", "abstain", "untaught"]
FEWEST: Final = 5
"""Examples of each kind, below which nothing is learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One still of a zone that a person marked: its vector and where it comes from, not the picture.

    Args:
        place, revision: the zone (kind *scene*) it is of.
        picture: SHA-256 that names what was looked at: the same still of the same place has the same name.
        time: UTC of capture.
        marked, by: when and by whom.
        model: what made the vector; vectors of two models can't be compared.
        vector: float16, little-endian.
        thumbnail: a small JPEG with road users painted over; empty when it was let go.
    """

    place: str
    revision: int
    picture: str
    label: Label
    time: datetime
    marked: datetime
    by: str
    model: str
    vector: bytes
    thumbnail: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is in force at a place: the examples that were there when somebody asked it to learn."""

    place: str
    revision: int
    learned: datetime
    by: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a function says of itself, from examples that it was not shown (`pantau.measure.lesson`).

    Args:
        normal, yes: examples of each kind.
        groups: separate moments they come from.
        answered, wrong, missed, false: left-out examples that it answered; of these the wrong ones, wrongly *no*, wrongly *yes*.
        abstained: left-out examples that it did not answer.
        error: wrong ÷ answered; None where it can't be known.
        interval: 95 %, over groups.
        limit: distance from which on it abstains.
    """

    normal: int
    yes: int
    groups: int
    answered: int = 0
    wrong: int = 0
    missed: int = 0
    false: int = 0
    abstained: int = 0
    error: float | None = None
    interval: tuple[float, float] | None = None
    limit: float = 0.0
