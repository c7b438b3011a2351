"""How often a rule was right: of the alarms that people judged, the share that was, with its uncertainty.

The interval is Wilson's (1927), 95 %, which stays honest for the handful of judgements a rule has. Limit: people judge what
they look at, so it says nothing of alarms that nobody judged, nor of what the rule missed. Rejected: a share without n.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Precision:
    """So many of `n` judged alarms were right."""

    right: int = 0
    n: int = 0

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the share; nothing where nobody judged."""
        if not self.n:
            return None
        share, n, z2 = self.right / self.n, self.n, Z * Z
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)
