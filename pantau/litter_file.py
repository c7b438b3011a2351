"""What a camera file says of litter: how much in a zone is too much, in things, in m2 or as a share of the zone.

A limit that can't be kept is refused: one on a zone where no litter is watched, and m2 where the camera knows no metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import Field

from pantau.config import Strict


class LitterLimits(Strict):
    """What of a ``[[camera.zone]]`` says how much litter is too much; the first limit that is reached counts."""

    limit_items: int = Field(
        default=0, ge=0, le=1000, description="Things in a litter or bin zone from which it is too much; 0: one is."
    )
    limit_m2: float = Field(default=0.0, ge=0, description="Ground they cover, m2, from which it is too much; 0: none.")
    limit_share: float = Field(default=0.0, ge=0, le=1, description="Likewise, share of the zone, 0 to 1; 0: none.")


LITTER_LIMITS: Final = tuple(LitterLimits.model_fields)
LITTER_KINDS: Final = ("litter", "bin")


def check_litter(zones: Sequence[tuple[str, str, LitterLimits]], *, metres: bool) -> None:
    """Raise ValueError where one of `zones` (id, kind, limits) limits litter that is not watched or can't be measured."""
    for name, kind, limits in zones:
        said = [limit for limit in LITTER_LIMITS if getattr(limits, limit)]
        if said and kind not in LITTER_KINDS:
            raise ValueError(
                f"zone {name!r} is of kind {kind!r}, where no litter is watched, so {said[0]} says nothing; "
                "set kind to litter or bin, or take the limit out"
            )
        if limits.limit_m2 and not metres:
            raise ValueError(
                f"zone {name!r}: limit_m2 = {limits.limit_m2:g} needs metres, and its camera has no ground; "
                "calibrate it (`pantau calibrate`), or say limit_items or limit_share instead"
            )
