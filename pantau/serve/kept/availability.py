"""How much of the last whole day the city's cameras saw, kept in memory for the pages (`pantau.serve.now.availability` finds it)."""

from __future__ import annotations

from pantau.serve.schema.accountability import Availability


class Availabilities:
    """The newest answer; None before the first. Put in by the keeper, read by the pages."""

    newest: Availability | None = None
