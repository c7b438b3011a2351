"""From the names that a model was trained with to our classes: what a `boda-boda` is, its owner has to say.

A name is matched whole, without case, spaces, hyphens and underscores; nothing is guessed from parts ("carpet" is no car).
What is not in the table is no road user of ours and is dropped; who adds a model is told which names those are. A
three-wheeler has no class of its own yet: `becak motor`, `bajaj` and `tuk-tuk` are left out rather than called a car.

COCO's 80 names, in their usual order, are what most published detectors give when they say nothing of their own; source:
T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, as numbered without gaps by most of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_COCO: Final = (
    "person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|fire hydrant|stop sign|parking meter|bench|bird|"
    "cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe|backpack|umbrella|handbag|tie|suitcase|frisbee|skis|snowboard|"
    "sports ball|kite|baseball bat|baseball glove|skateboard|surfboard|tennis racket|bottle|wine glass|cup|fork|knife|spoon|"
    "bowl|banana|apple|sandwich|orange|broccoli|carrot|hot dog|pizza|donut|cake|chair|couch|potted plant|bed|dining table|"
    "toilet|tv|laptop|mouse|remote|keyboard|cell phone|microwave|oven|toaster|sink|refrigerator|book|clock|vase|scissors|"
    "teddy bear|hair drier|toothbrush"
)
COCO: Final = tuple(_COCO.split("|"))

_WORDS: Final[Mapping[str, str]] = {
    "person": "person people pedestrian human man woman child orang pejalankaki manusia",
    "bicycle": "bicycle bike pushbike cycle cyclist sepeda",
    "car": "car sedan suv van minivan taxi pickup pickupvan mobil angkot",
    "motorcycle": "motorcycle motorbike motor motorcyclist scooter moped sepedamotor",
    "bus": "bus minibus coach bis microbus",
    "truck": "truck lorry trailer trailertruck truk",
}
_CLASS: Final = {word: road_user for road_user, words in _WORDS.items() for word in words.split()}


def class_name(name: str) -> str | None:
    """Our class for a model's own name; nothing where it is none of ours."""
    return _CLASS.get("".join(c for c in name.casefold() if c not in " -_"))


def labels_of(names: Mapping[int, str]) -> tuple[dict[int, str], tuple[str, ...]]:
    """Label → our class for the names that are ours, and the names that are not, in the model's order."""
    found = {label: road_user for label, name in sorted(names.items()) if (road_user := class_name(name))}
    return found, tuple(name for label, name in sorted(names.items()) if label not in found)
