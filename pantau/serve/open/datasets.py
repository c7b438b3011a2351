"""Which datasets the city has: one for each family that any place has numbers of and that may be public, with its extent.

Cameras' own families (how good their pictures are) are no dataset: they say something of the city's equipment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pantau.places import Place, Slot, Zone
from pantau.serve.http.problems import ProblemError
from pantau.serve.release.policy import policy_of
from pantau.serve.series.asking import kind_of
from pantau.serve.services import Services
from pantau.vocabulary import Family, Indicator, families


@dataclass(frozen=True, slots=True)
class Dataset:
    """A family of the city.

    Args:
        places: with the indicators that each may publish.
        first, last: UTC, start of the first and end of the last stored bucket.
    """

    family: Family
    places: Mapping[str, tuple[Indicator, ...]]
    first: datetime
    last: datetime

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """Every indicator that some place publishes, in the order of the vocabulary."""
        told = {one.id for mine in self.places.values() for one in mine}
        return tuple(one for one in self.family.indicators if one.id in told)


def datasets(services: Services) -> tuple[Dataset, ...]:
    """Every dataset, in the order of the vocabulary.

    Raises:
        StoreError: the store or the control database failed.
    """
    extents, decisions = services.numbers.extents(), services.releases.decisions()
    places = [place for place in services.register.places() if not isinstance(place, Slot)]
    found = []
    for name, family in families().items():
        mine: dict[str, tuple[Indicator, ...]] = {}
        spans = []
        for place in places:
            span = extents.get(place.id, {}).get(name)
            told = tuple(one for one in of_place(place, family) if policy_of(place, one, decisions).rule != "closed")
            if span and told:
                mine[place.id] = told
                spans.append(span)
        if mine:
            found.append(Dataset(family, mine, min(s for s, _ in spans), max(e for _, e in spans)))
    return tuple(found)


def dataset(services: Services, name: str) -> Dataset:
    """One dataset.

    Raises:
        ProblemError: 404.
    """
    found = datasets(services)
    for one in found:
        if one.family.name == name:
            return one
    known = ", ".join(one.family.name for one in found) or "none yet"
    raise ProblemError(404, "No such dataset", f"there is no dataset {name[:80]!r}; there are: {known}")


def of_place(place: Place, family: Family) -> tuple[Indicator, ...]:
    """The indicators of a family that a place has."""
    return family.of_zone(place.kind) if isinstance(place, Zone) else family.of_kind(kind_of(place))
