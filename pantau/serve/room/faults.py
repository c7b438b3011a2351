"""What is wrong with a camera now, as the pages say it: the kind in the vocabulary's words, since when, whether it blinds."""

from __future__ import annotations

from pantau.findings import Live
from pantau.serve.schema.cameras import FaultAnswer
from pantau.serve.series.tables import words
from pantau.vocabulary import indicator


def faults_of(live: Live | None) -> tuple[FaultAnswer, ...]:
    """The faults of a camera's newest state; none while it sends no pictures."""
    return tuple(
        FaultAnswer(kind=one.kind, since=one.since, blind=one.blind, label=words(indicator(f"health.{one.kind}").label))
        for one in (live.faults if live else ())
    )
