"""The steward's desk: how everything is published, and decisions about it, as `pantau release` has them. Decisions are appended, never changed."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request, Response

from pantau.places import Slot
from pantau.serve.http.audience import ROOM, ServicesOf
from pantau.serve.http.caching import RULES
from pantau.serve.http.problems import ProblemError
from pantau.serve.open.accountability import decisions
from pantau.serve.open.complaints import plain
from pantau.serve.open.datasets import of_place
from pantau.serve.release.policy import fault_of, policy_of
from pantau.serve.schema.accountability import DecisionTaken, FamilyPolicy, NewDecision, PoliciesAnswer
from pantau.serve.schema.answer import Problem
from pantau.serve.schema.policy import decision_taken
from pantau.serve.series.groups import AREA
from pantau.serve.series.tables import words
from pantau.store.releases import Decision
from pantau.vocabulary import families

router = APIRouter(prefix="/api/v1/steward", tags=["room"])


@router.get("/policies", dependencies=[ROOM], summary="How everything is published")
def policies(services: ServicesOf, response: Response) -> PoliciesAnswer:
    """By family, at how many places under which rule; and every decision, newest first."""
    response.headers["Cache-Control"] = RULES["never"]
    taken, places = services.releases.decisions(), [p for p in services.register.places() if not isinstance(p, Slot)]
    found = []
    for name, family in families().items():
        rules: Counter[str] = Counter()
        for place in places:
            mine = of_place(place, family)
            if mine:  # what is most open of it; how long people stay is closed always
                rules[min((policy_of(place, one, taken).rule for one in mine), key=_openness)] += 1
        said = taken if any(one.publish != "approved" for one in family.indicators) else [d for d in taken if d.family]
        newest = next((one for one in reversed(said) if not one.place and one.family in {name, ""}), None)
        found.append(
            FamilyPolicy.model_validate(
                {
                    "family": name,
                    "label": words(family.label),
                    "places": sum(rules.values()),
                    "rules": dict(rules),
                    "decision": decision_taken(newest, services.register) if newest else None,
                }
            )
        )
    return PoliciesAnswer(families=tuple(found), decisions=decisions(services))


@router.post(
    "/decisions",
    dependencies=[ROOM],
    status_code=201,
    responses={422: {"model": Problem}},
    summary="Approve or withdraw",
)
def decide(request: Request, services: ServicesOf, new: NewDecision) -> DecisionTaken:
    """In force at the next question, and told beside the numbers with name, date and reason."""
    made = Decision(
        family=new.family,
        place=new.place,
        open=new.open,
        by=plain(new.by),
        time=services.clock(),
        reason=plain(new.reason),
    )
    areas = {f"{AREA}{area.code}" for area in request.app.state.known_areas}
    fault = fault_of(made, services.register, areas | set(services.numbers.memberships())) or (
        "" if made.reason and made.by else "a decision needs a name and a reason"
    )
    if fault:
        raise ProblemError(422, "No such decision", fault)
    services.releases.decide(made)
    return decision_taken(made, services.register)


def _openness(rule: str) -> int:
    return ("none", "counted", "cells", "closed").index(rule)
