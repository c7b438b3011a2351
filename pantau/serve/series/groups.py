"""Places whose figures are added: the city (``city``) and its areas (``area:33.74.01``), asked for as a place is.

A site or a road has figures where its cordon is declared (``site:johar``). What is added follows the vocabulary (`pantau.store.groups`):
states of zones, and crossings of declared cordons only, never people in the city; a mean such as a speed is never added. **The public** gets a group of the places whose figures it may have: one that the steward closed is left out, so that
nobody finds it by subtracting the others; crossings of a border of which a line is closed are closed as a whole. People in a group are sums of their places' *released* cells and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pantau.places import Cordon, Place
from pantau.serve.schema.groups import GroupAnswer, GroupMember
from pantau.serve.services import Services
from pantau.store.groups import CITY, Membership, addable
from pantau.store.series import TIERS
from pantau.vocabulary import Indicator, families

AREA = "area:"


@dataclass(frozen=True, slots=True)
class Group:
    """A group, who belongs to it, and what it may have a figure of.

    Args:
        code: its region code; empty where it has none.
        members: who belongs or belonged to it, and when.
        indicators: what is added over them, in the order of the vocabulary.
        cordon: its declared border; None where it has none now.
    """

    id: str
    name: str
    code: str
    members: tuple[Membership, ...]
    indicators: tuple[Indicator, ...]
    cordon: Cordon | None = None
    revision: int = 0


Subject = Place | Group
"""What has a series of figures."""


def group_of(services: Services, id_: str, names: Mapping[str, str]) -> Group | None:
    """The group of this id; `names` are those of areas by their codes."""
    members = services.numbers.memberships().get(id_)
    return None if members is None else _group(services, id_, members, names)


def groups_of(services: Services, names: Mapping[str, str]) -> list[Group]:
    """Every group: the city, then areas by their codes, roads and sites."""
    found = services.numbers.memberships()
    return [_group(services, id_, found[id_], names) for id_ in sorted(found, key=lambda one: (one != CITY, one))]


def group_answer(services: Services, one: Group) -> GroupAnswer:
    """A group with its members and the span of what it has."""
    families = {of.family for of in one.indicators}
    spans = [span for name, span in extent_of(services, one).items() if name in families]
    return GroupAnswer(
        id=one.id,
        name=one.name,
        code=one.code,
        indicators=tuple(of.id for of in one.indicators),
        tiers=TIERS[1:],
        members=tuple(
            GroupMember(place=m.place, since=m.since, until=m.until, into=m.cordon or None) for m in one.members
        ),
        cordon=one.cordon.name if one.cordon else None,
        first=min((first for first, _ in spans), default=None),
        last=max((last for _, last in spans), default=None),
    )


def extent_of(services: Services, subject: Subject) -> Mapping[str, tuple[datetime, datetime]]:
    """By family, the start of the first stored bucket and the end of the latest: of a place, or of any member of a group."""
    if not isinstance(subject, Group):
        return services.numbers.extent(subject.id)
    extents, found = services.numbers.extents(), dict[str, tuple[datetime, datetime]]()
    for member in subject.members:
        for name, (first, last) in extents.get(member.place, {}).items():
            known = found.get(name, (first, last))
            found[name] = min(known[0], first), max(known[1], last)
    return found


def _group(services: Services, id_: str, members: Sequence[Membership], names: Mapping[str, str]) -> Group:
    code = id_.removeprefix(AREA) if id_.startswith(AREA) else services.city.region
    cordon = next((one for one in services.register.cordons() if one.of == id_), None)
    own = id_ if cordon is None else cordon.name
    name = services.city.name if id_ == CITY else names.get(code, code) if id_.startswith(AREA) else own
    return Group(id_, name, code, tuple(members), _indicators(services, members), cordon)


def _indicators(services: Services, members: Sequence[Membership]) -> tuple[Indicator, ...]:
    """What its places measure and may be added; of lines only what crosses a declared cordon."""
    cordon = any(member.cordon for member in members)
    extents = services.numbers.extents()
    measured = {name for member in members for name in extents.get(member.place, ())}
    return tuple(
        one
        for family in families().values()
        if family.name in measured
        for one in addable(family)
        if one.over_places == "yes" or cordon
    )
