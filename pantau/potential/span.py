"""A range of numbers that is carried through a calculation: interval arithmetic (Moore 1966) on ranges that are not negative.

The result holds every value that any combination of the inputs could give. It is wider than a confidence interval would be,
on purpose: nobody knows how the assumptions hang together, and a figure about money should rather be wide than wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from pantau.errors import DataError


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high`, both at least 0 and in order."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high < float("inf"):
            raise DataError(f"expected a range 0 <= low <= high, got {self.low} to {self.high}")

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Span | float) -> Span:
        by = other if isinstance(other, Span) else Span(other, other)
        return Span(self.low * by.low, self.high * by.high)

    def __truediv__(self, other: Span) -> Span:
        """Every quotient; a divisor that may be 0 raises DataError."""
        if other.low <= 0:
            raise DataError(f"expected a divisor above 0, got {other.low} to {other.high}")
        return Span(self.low / other.high, self.high / other.low)
