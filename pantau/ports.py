"""The verbs of Pantau: what a part must do to take its place in the loop. One main method each.

`pantau.app` binds them to concrete classes; third parties bind theirs by entry points of the group ``pantau.<port>``,
looked up by the name in the configuration. ``tests/contracts`` holds one test-suite per port.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from pantau.alarm import Notice
from pantau.findings import Findings, Live
from pantau.places import Point
from pantau.types import Batch, Detections, Floats, Frame, Gap, Image, Key, Run, Tracks, View

Input = Literal["image", "detections", "tracks"]


@dataclass(frozen=True, slots=True)
class Needs:
    """What an analyser asks for: seconds between its samples, and which of the stages' results; tracks are those of every sample of the camera."""

    cadence_s: float
    inputs: frozenset[Input]


@runtime_checkable
class Source(Protocol):
    """A camera or clip."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """Frames that arrived and were not given out, by cause (`cadence` is the sampler's own choice)."""
        ...

    @property
    def gated(self) -> Mapping[str, int]:
        """Groups of pictures by what became of them, as `pantau.findings.recall` reads them; empty where all are decoded."""
        ...

    def samples(self) -> Iterator[Frame | Gap]:
        """Frames at the asked cadence, in order of capture, and gaps; ends after a `Gap` of kind ``end``.

        Raises:
            SourceError: the source can't be read and never will (a file that is no video).
        """
        ...

    def close(self) -> None:
        """Stop reading; `samples` ends soon. Safe to call from another thread, and twice."""
        ...


@runtime_checkable
class Detector(Protocol):
    """Finds road users in a picture."""

    @property
    def method(self) -> str:
        """Name, precision and settings, as stored beside every number."""
        ...

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        """Boxes in the pixels of `image`, or nothing when it can't be done within `deadline_s` seconds."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Says what a part of a picture looks like, so that stills can be compared. Safe from any thread."""

    @property
    def method(self) -> str:
        """Model and settings: vectors of two methods can't be compared."""
        ...

    def embed(self, image: Image, polygon: tuple[Point, ...], hidden: Floats) -> Floats | None:
        """Vector (D,) of length 1 of a polygon (fractions) of `image`, whatever the boxes `hidden` (N, 4 pixels) hide.

        Nothing when too little of it is seen.
        """
        ...

    def thumbnail(self, image: Image, polygon: tuple[Point, ...], hidden: Floats) -> bytes:
        """A small JPEG of what `embed` looks at; empty when it looks at nothing."""
        ...


@runtime_checkable
class Tracker(Protocol):
    """Gives the same road user the same id from sample to sample. One instance per camera."""

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        ...

    def step(self, detections: Detections, time: datetime) -> Tracks:
        """The tracks of this sample; the very ones of the last where nobody moved, so that nobody looks at them twice.

        Times must rise; a sample out of order raises DataError.
        """
        ...

    def close(self) -> tuple[int, ...]:
        """End every track (a gap in the pictures); the ids that end."""
        ...


@runtime_checkable
class Analyser(Protocol):
    """Turns what is seen at some places into observations and events."""

    @property
    def family(self) -> str:
        """The vocabulary's family this analyser measures."""
        ...

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        ...

    @property
    def needs(self) -> Needs:
        """Asked once, before the first step."""
        ...

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every series it measures."""
        ...

    def step(self, view: View) -> Findings:
        """What this sample says, including late settlements of earlier moments."""
        ...

    def close(self, time: datetime) -> Findings:
        """Settle everything that is open because the pictures stop at `time`; the analyser stays usable."""
        ...


@runtime_checkable
class Redactor(Protocol):
    """Makes a picture showable."""

    def redact(self, frame: Frame, detections: Detections) -> bytes | None:
        """A JPEG in which people, faces and plates can't be recognised; nothing when that can't be vouched for."""
        ...


@runtime_checkable
class Board(Protocol):
    """Holds the newest picture and numbers of each camera for the live pages: latest wins."""

    def post(self, live: Live) -> None:
        """Replace what is shown of this camera."""
        ...

    def looked_at(self, camera: str) -> bool:
        """Whether somebody asks for this camera's pictures now; where nobody does, fewer are made."""
        ...


@runtime_checkable
class Sink(Protocol):
    """Takes what a run found and keeps it."""

    def begin(self, run: Run) -> None:
        """Announce a run before its first batch."""
        ...

    def write(self, batch: Batch) -> None:
        """Keep the batch; returning is the acknowledgement that it is committed. A batch given twice counts once.

        Raises:
            StoreError: nothing of the batch was kept.
        """
        ...

    def end(self, run: str) -> None:
        """The run has written its last batch; what waited for that is kept now.

        Raises:
            StoreError: it could not be kept.
        """
        ...


@runtime_checkable
class Vault(Protocol):
    """Keeps camera credentials apart from everything that is shown, logged or exported."""

    def credentials(self, camera: str) -> tuple[str, str] | None:
        """(user, password) of a camera, or nothing."""
        ...


@runtime_checkable
class Notifier(Protocol):
    """Tells something outside of an alarm: a siren, a relay, a control room."""

    def notify(self, notice: Notice) -> None:
        """Deliver it once more; returning means that the other side has taken it. A notice may come twice, with one id.

        Raises:
            DeliveryError: it was not taken; the message says why, without a secret.
        """
        ...
