"""A publishing policy as the API says it, beside the numbers that it is about."""

from __future__ import annotations

from pantau.serve.policy import Policy
from pantau.serve.release import BASE, LEAST
from pantau.serve.schema import PolicyAnswer


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
