"""The declared boundary lines of groups, as they are in force; when each was, the store's groups know (`pantau.store.groups`)."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from pantau.errors import ConfigError
from pantau.places import Cordon, Entry
from pantau.store.register_tables import CORDONS, PLACES


def cordons_of(connection: sa.Connection) -> tuple[Cordon, ...]:
    """The cordons in force, by the id of their group."""
    rows = connection.execute(sa.select(CORDONS).order_by(CORDONS.c.of)).mappings()
    return tuple(
        Cordon(of=row["of"], name=row["name"], lines=tuple(Entry(line=line, into=into) for line, into in row["lines"]))
        for row in rows
    )


def put_cordons(connection: sa.Connection, cordons: Iterable[Cordon]) -> None:
    """Make these the cordons in force, and no others."""
    connection.execute(sa.delete(CORDONS))
    for one in cordons:
        lines = [[entry.line, entry.into] for entry in one.lines]
        connection.execute(sa.insert(CORDONS).values(of=one.of, name=one.name, lines=lines))


def refuse_open_borders(connection: sa.Connection) -> None:
    """Check that every declared line is in force.

    Raises:
        ConfigError: one is not; the sum of the others would look like all who cross.
    """
    lines = set(connection.scalars(sa.select(PLACES.c.id).where(PLACES.c.until.is_(None), PLACES.c.kind == "line")))
    for cordon in cordons_of(connection):
        if gone := sorted({one.line for one in cordon.lines} - lines):
            raise ConfigError(
                f"line {gone[0]!r} is on the declared border of {cordon.of!r} ({cordon.name}) and would be gone: "
                "apply a cordon file without it first; nothing was changed"
            )
