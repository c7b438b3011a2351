"""Cordon files between a person and the register: checked against the places and against what the data steward closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pantau.config import Settings
from pantau.cordon_file import load_cordon_file, refuse_wrong
from pantau.errors import ConfigError
from pantau.ingest.decode import wall_clock as now
from pantau.places import Cordon, Place
from pantau.serve.release.policy import in_force
from pantau.store.control import Control
from pantau.store.releases import Decision
from pantau.vocabulary import families


def apply_cordons(file: Path, settings: Settings, home: Path) -> Iterator[str]:
    """Put the cordons of `file` in force, and no others; a line per change.

    Raises:
        ConfigError: a cordon is wrong; nothing was changed.
    """
    cordons = load_cordon_file(file)
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        places = {place.id: place for place in control.places()}
        refuse_wrong(cordons, places)
        refuse_unpublished(cordons, places, control.releases.decisions())
        before = {one.of: one for one in control.cordons()}
        after = {one.of: one for one in cordons}
        control.apply_cordons(cordons)
    finally:
        control.close()
    told = [
        *(f"cordon of {of}: {len(one.lines)} lines" for of, one in after.items() if of not in before),
        *(f"cordon of {of}: changed, drawn as a break" for of, one in after.items() if before.get(of, one) != one),
        *(f"cordon of {of}: taken back; what it counted stays" for of in before if of not in after),
    ]
    yield from told or ["nothing to change"]


def refuse_unpublished(cordons: Iterable[Cordon], places: Mapping[str, Place], decisions: Sequence[Decision]) -> None:
    """Check that no line of a cordon was closed by the data steward, by its own name or by its camera's.

    Raises:
        ConfigError: one was; the public would get a border with a hole, or by subtraction what is closed.
    """
    added = [name for name, of in families().items() if any(one.over_places == "cordon" for one in of.indicators)]
    for cordon in cordons:
        for one in cordon.lines:
            for name in added:
                decision = in_force(places[one.line], name, decisions)
                if decision is not None and decision.place and not decision.open:
                    raise ConfigError(
                        f"cordon of {cordon.of!r}: {one.line!r} is not published ({name}: closed by {decision.by}, "
                        f"{decision.time:%Y-%m-%d}), so its sum would not be either; leave it out, or `pantau release open` it; "
                        "nothing was changed"
                    )
