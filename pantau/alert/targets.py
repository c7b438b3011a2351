"""Whom to tell: a webhook, from which severity on, of which rules and states."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from pantau.alarm import Alarm, Severity
from pantau.alert.rules import SEVERITIES, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target, as `pantau.alert.rule_file.NotifyEntry` says it; its secret is sealed apart."""

    id: str
    url: str
    severity: Severity = "info"
    rules: tuple[str, ...] = ("*",)
    on: tuple[str, ...] = ("firing", "resolved")

    def wants(self, rule: Rule, alarm: Alarm) -> bool:
        """Whether it is to be told of this alarm's state."""
        return (
            alarm.state in self.on
            and SEVERITIES.index(alarm.severity) >= SEVERITIES.index(self.severity)
            and any(fnmatchcase(rule.id, pattern) for pattern in self.rules)
        )
