"""A publishing policy as the API says it, beside the numbers that it is about."""

from __future__ import annotations

from pantau.serve.release.policy import Policy, Register
from pantau.serve.release.rule import BASE, LEAST
from pantau.serve.schema.accountability import DecisionTaken
from pantau.serve.schema.answer import Words
from pantau.serve.schema.portal import PolicyAnswer
from pantau.store.releases import Decision
from pantau.vocabulary import families


def policy_answer(policy: Policy) -> PolicyAnswer:
    """As the API says it."""
    cells = policy.rule == "cells"
    decision = policy.decision
    return PolicyAnswer(
        rule=policy.rule,
        base=BASE if cells else None,
        least=LEAST if cells else None,
        corrections="monthly" if cells else None,
        approved_by=decision.by if decision else None,
        approved=decision.time if decision else None,
    )


def decision_taken(one: Decision, register: Register) -> DecisionTaken:
    """A decision as the API says it."""
    family = families().get(one.family)
    place = (register.place(one.place) or register.camera(one.place)) if one.place else None
    border = next((cordon for cordon in register.cordons() if cordon.of == one.place), None)
    return DecisionTaken(
        family=one.family,
        label=Words(id=family.label.id, en=family.label.en) if family else Words(id=one.family, en=one.family),
        place=one.place,
        place_name=place.name if place else border.name if border else one.place,
        open=one.open,
        by=one.by,
        time=one.time,
        reason=one.reason,
    )
