"""When a suspicion becomes a fault: kinds, how long each must hold, what it means for the numbers.

One look proves nothing: a bus, a headlight and a cloudburst look like faults for half a minute. A `Suspicion` of a group of
kinds that exclude each other opens with the first strange look, survives one look that is fine, and becomes a fault when it
has held for its kind's `hold_s` and `LOOKS` looks; the kind is the one most looks named. It is over after `CALM` fine looks.
Source: the on-delay and off-delay of ISA-18.2, as for alarms (`pantau.alert.machine`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from pantau.findings import Fault, FaultKind
from pantau.types import Event

LOOKS: Final = 3
"""Looks that must agree at least, however seldom the camera is looked at."""
CALM: Final = 3
"""Fine looks, one after the other, that end a fault."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: how long it must hold, whether nothing can be measured meanwhile, and what to say."""

    hold_s: float
    blind: bool
    text: str


KINDS: Final = MappingProxyType(
    {
        "frozen": Kind(60.0, blind=True, text="the same picture again and again; restart the camera or its encoder"),
        "dark": Kind(180.0, blind=True, text="nothing to see in the dark; check the lamps or the camera's night mode"),
        "overexposed": Kind(180.0, blind=True, text="the picture is burnt out; check exposure and what shines into it"),
        "covered": Kind(45.0, blind=True, text="something covers the lens; uncover it"),
        "sprayed": Kind(300.0, blind=True, text="paint or dirt on a part of the lens; clean it"),
        "defocused": Kind(240.0, blind=True, text="out of focus or fogged; focus it, wipe it, or wait for the fog to lift"),
        "moved": Kind(60.0, blind=True, text="the camera looks elsewhere; turn it back, or redraw its places and apply them"),
        "drops": Kind(600.0, blind=False, text="drops or smears on the lens; wipe it when it is dry"),
        "clock": Kind(60.0, blind=False, text="the camera's own clock is wrong; set its time server"),
    }
)  # fmt: skip
GROUPS: Final = ("frozen", "picture", "clock")
"""Kinds that exclude each other share a suspicion: all but the first and last are of the picture, so that a covered lens is one
fault however it looks."""


@dataclass(slots=True)
class Suspicion:
    """What is suspected of one camera within one group of kinds, and the event once it is a fault."""

    camera: str
    since: datetime | None = None
    votes: Counter[FaultKind] = field(default_factory=Counter)
    fine: int = 0
    event: Event | None = None
    fault: Fault | None = None

    def step(self, time: datetime, kind: FaultKind | None) -> tuple[Event, ...]:
        """One look; the event of a fault that begins or ends with it."""
        if kind is None:
            return self._fine(time)
        self.fine = 0
        self.since = self.since or time
        self.votes[kind] += 1
        if self.fault is not None:
            return ()
        likely = self.votes.most_common(1)[0][0]
        held = time - self.since >= timedelta(seconds=KINDS[likely].hold_s)
        return (self._begin(likely, self.since),) if held and self.votes.total() >= LOOKS else ()

    def _fine(self, time: datetime) -> tuple[Event, ...]:
        self.fine += 1
        if self.fault is None:
            if self.fine > 1:
                self._clear()
            return ()
        if self.fine < CALM or self.event is None:
            return ()
        over = Event(self.event.id, "fault", self.camera, self.event.start, time, dict(self.event.attributes))
        self._clear()
        return (over,)

    def _begin(self, kind: FaultKind, since: datetime) -> Event:
        told = KINDS[kind]
        self.fault = Fault(kind, since, told.blind)
        self.event = Event(
            id=f"fault:{self.camera}:{kind}:{since.isoformat()}",
            kind="fault",
            place=self.camera,
            start=since,
            attributes={"fault": kind, "reason": f"{kind}: {told.text}", "blind": int(told.blind)},
        )
        return self.event

    def _clear(self) -> None:
        self.since, self.fault, self.event = None, None, None
        self.votes.clear()
