"""What the API answers about self-checks; the conventions are those of `pantau.serve.schema.answer`."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from pantau.serve.schema.answer import Answer, Words


class CheckAnswer(Answer):
    """One self-check of a camera over one day: what was compared, and what came out."""

    kind: Literal["balance", "stream", "confidence"] = Field(
        description="balance: in - out of a zone against who is inside; stream: two lines of one stream; confidence: the"
        " detector against earlier weeks."
    )
    name: Words
    place: str = Field(description="The zone, the line, or the camera.", examples=["pets.W"])
    other: str | None = Field(description="The line it was compared with.")
    family: str
    direction: str
    from_: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime = Field(description="End of the day, or of the part of it that has passed.")
    expected: float | None
    found: float | None
    tolerance: float | None = Field(description="How far apart the two may be.")
    n: int = Field(description="Crossings or days that it rests on.")
    verdict: Literal["consistent", "inconsistent", "unknown"]
    reason: Literal["", "few", "gaps", "unseen", "young", "missing"] = Field(description="Why it can't tell.")
    sentence: Words
    time: AwareDatetime = Field(description="When it was computed.")


class ChecksAnswer(Answer):
    """The self-checks of a camera, the newest two days of each, newest first."""

    checks: tuple[CheckAnswer, ...]
