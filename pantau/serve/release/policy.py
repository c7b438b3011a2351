"""How a number may be published: what the vocabulary says of its kind, and what the data steward has decided.

- ``cells``: counts of people, through `pantau.serve.release.rule`; closed until the steward opens them.
- ``counted``: vehicles, parking, water, litter: as counted, unless the steward closes them. What a taught function sees, which may be
  whether somebody sits there, only once he opens its family by name: who opens *everything* thinks of no function that is taught later.
- ``none``: imported data that has a licence: it is open already.
- ``closed``: not for the public.

The narrower decision holds: about the place before its camera before every place, about the family before every family. A
residential or worship place, or one where people demonstrate, is closed by one decision about the place (`pantau release close`), and no
decision about the whole city opens it again.

A group (the city, an area) is published over the places that are open; a decision about its own id closes it, and opens
it again as far as its places are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pantau.places import Camera, Cordon, Place, Site
from pantau.store.groups import CITY
from pantau.store.releases import Decision
from pantau.vocabulary import Indicator, families

Rule = Literal["cells", "counted", "none", "closed"]


class Register(Protocol):
    """Where places and cameras are looked up."""

    def place(self, id_: str) -> Place | None:
        """One place."""
        ...

    def camera(self, id_: str) -> Camera | None:
        """One camera."""
        ...

    def cordons(self) -> Sequence[Cordon]:
        """The declared borders of groups in force."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """The rule for an indicator at a place, and the decision that it rests on; None where none is needed or was taken."""

    rule: Rule
    decision: Decision | None = None


def fault_of(decision: Decision, register: Register, groups: Collection[str]) -> str:
    """Why a decision can't be meant, and what is known instead; empty where it can. `groups` are the ids of those known."""
    if decision.family and decision.family not in families():
        return f"there is no family {decision.family!r}; known ones: {', '.join(families())}"
    at = decision.place
    if not at or at in groups:
        return ""
    if ":" in at or at == CITY:
        return f"there is no group {at!r}; known ones: {', '.join(sorted(groups)) or 'none, for no camera is in force'}"
    if "\0" in at or _unknown(at, register):
        return f"there is no place, camera or group {at!r}; `pantau release list` names them"
    return ""


def _unknown(place: str, register: Register) -> bool:
    return register.place(place) is None and register.camera(place) is None


def policy_of(place: Place, asked: Indicator, decisions: Sequence[Decision]) -> Policy:
    """How the public may have this indicator of this place."""
    decision = in_force(place, asked.family, decisions)
    if decision is not None and not decision.open:
        return Policy("closed", decision)
    if isinstance(place, Site) and place.licence:
        return Policy("none", decision)
    if asked.publish == "approved":
        decision = in_force(place, asked.family, [one for one in decisions if one.family])
    if asked.publish in {"cells", "approved"} and (decision is None or not decision.open):
        return Policy("closed", decision)
    return Policy(_rule(asked), decision)


def policy_of_group(group: str, asked: Indicator, members: Sequence[Policy], decisions: Sequence[Decision]) -> Policy:
    """How the public may have the sum over some places, each of which has its own policy; what is closed of them is left out."""
    own, wide = (decision_about(at, asked.family, decisions) for at in (group, ""))
    if (own is not None and not own.open) or all(one.rule == "closed" for one in members):
        return Policy("closed", own)
    return Policy(_rule(asked), own or (wide if wide and wide.open else None))


def policy_of_border(group: str, asked: Indicator, lines: Sequence[Policy], decisions: Sequence[Decision]) -> Policy:
    """How the public may have the crossings of a declared border: one line that is closed closes it, for a border with a hole is none."""
    return policy_of_group(group, asked, [one for one in lines if one.rule == "closed"] or lines, decisions)


def _rule(asked: Indicator) -> Rule:
    return "counted" if asked.publish == "approved" else asked.publish


def in_force(place: Place, family: str, decisions: Sequence[Decision]) -> Decision | None:
    """The decision that holds for a family at a place."""
    where = (place.id, "") if isinstance(place, Site) else (place.id, place.camera, "")
    found = (decision_about(at, family, decisions) for at in where)
    return next((one for one in found if one is not None), None)


def decision_about(at: str, family: str, decisions: Sequence[Decision]) -> Decision | None:
    """The decision about this very place, camera or group (empty: every one), about the family before every family; of two about the same, the newer."""
    newest = {one.family: one for one in decisions if one.place == at}
    return newest.get(family) or newest.get("")
