"""Stills that people marked, and which of them are in force: vectors, labels and where they come from; never a whole picture.

An example is named by its place, revision and picture. The same picture can't have two labels: whoever changes their mind takes the
first away. A lesson names examples; one that was taken away since is missing in it. Thumbnails are small, road users are painted
over in them, and they can be let go while the vectors stay: those are enough to learn again with the same model.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from pantau.errors import DataError
from pantau.lessons import Example, Lesson
from pantau.store.register_tables import EXAMPLES, LESSONS, STATE
from pantau.store.sqlite import ControlFile
from pantau.types import require_utc

MOST: Final = 100
"""Examples of one label at one revision of a place."""
COLUMNS: Final = tuple(column.name for column in EXAMPLES.c)


class Examples:
    """The examples and lessons in the control database. Safe from any thread and process."""

    def __init__(self, file: ControlFile) -> None:
        self._file = file

    def put(self, examples: Sequence[Example]) -> int:
        """Keep examples, all or none; how many were new.

        Raises:
            DataError: one still has two labels, or a place has enough of a kind already.
            StoreError: nothing was changed.
        """
        added = 0
        with self._file.write() as connection:
            for one in examples:
                known = connection.scalar(
                    sa.select(EXAMPLES.c.label).where(*_named(one.place, one.revision, one.picture))
                )
                if known == one.label:
                    continue
                if known is not None:
                    raise DataError(
                        f"the still of {one.time:%Y-%m-%d %H:%M:%S} UTC ({one.picture[:8]}) is already marked "
                        f"{'normal' if known == 'normal' else 'not normal'} at {one.place!r}; take that mark away first"
                    )
                same = sa.select(sa.func.count()).where(
                    EXAMPLES.c.place == one.place, EXAMPLES.c.revision == one.revision, EXAMPLES.c.label == one.label
                )
                if int(connection.scalar(same) or 0) >= MOST:
                    raise DataError(
                        f"{one.place!r} has {MOST} examples of this kind, the most there may be; take some away"
                    )
                connection.execute(sa.insert(EXAMPLES).values(_row(one)))
                added += 1
        return added

    def of(self, places: Sequence[str]) -> tuple[Example, ...]:
        """Every example of these places, of any revision, the oldest still first."""
        wanted = sa.select(EXAMPLES).where(EXAMPLES.c.place.in_(places)).order_by(EXAMPLES.c.time, EXAMPLES.c.picture)
        with self._file.read() as connection:
            return tuple(_example(row) for row in connection.execute(wanted).mappings())

    def remove(self, place: str, picture: str) -> bool:
        """Forget an example with everything of it; whether there was one. What was learned from it is learned anew."""
        with self._file.write() as connection:
            gone = connection.execute(
                sa.delete(EXAMPLES).where(EXAMPLES.c.place == place, EXAMPLES.c.picture == picture)
            ).rowcount
            if gone:
                _count(connection)
        return bool(gone)

    def remove_thumbnails(self, place: str) -> int:
        """Forget the pictures of a place's examples and keep their vectors; how many there were."""
        which = (EXAMPLES.c.place == place, EXAMPLES.c.thumbnail != b"")
        with self._file.write() as connection:
            return connection.execute(sa.update(EXAMPLES).where(*which).values(thumbnail=b"")).rowcount

    def put_lesson(self, lesson: Lesson) -> None:
        """Put a lesson in force at its place; running loops take it up."""
        row = {
            "place": lesson.place,
            "revision": lesson.revision,
            "learned": require_utc(lesson.learned).isoformat(),
            "by": lesson.by,
            "pictures": [one.picture for one in lesson.examples],
        }
        with self._file.write() as connection:
            connection.execute(sa.delete(LESSONS).where(LESSONS.c.place == lesson.place))
            connection.execute(sa.insert(LESSONS).values(row))
            _count(connection)

    def lessons(self, places: Sequence[str]) -> tuple[Lesson, ...]:
        """What is in force at these places, without their thumbnails; what was taken away since is not in it."""
        with self._file.read() as connection:
            rows = connection.execute(sa.select(LESSONS).where(LESSONS.c.place.in_(places))).mappings().all()
        known = {(one.place, one.revision, one.picture): one for one in self.of([row["place"] for row in rows])}
        return tuple(
            Lesson(
                place=row["place"],
                revision=row["revision"],
                learned=datetime.fromisoformat(row["learned"]),
                by=row["by"],
                examples=tuple(
                    known[key]
                    for picture in row["pictures"]
                    if (key := (row["place"], row["revision"], picture)) in known
                ),
            )
            for row in rows
        )


def _named(place: str, revision: int, picture: str) -> tuple[sa.ColumnElement[bool], ...]:
    return EXAMPLES.c.place == place, EXAMPLES.c.revision == revision, EXAMPLES.c.picture == picture


def _row(one: Example) -> dict[str, Any]:
    times = {name: require_utc(getattr(one, name)).isoformat() for name in ("time", "marked")}
    return {name: getattr(one, name) for name in COLUMNS} | times


def _example(row: sa.RowMapping) -> Example:
    times = {name: datetime.fromisoformat(row[name]) for name in ("time", "marked")}
    return Example(**{name: row[name] for name in COLUMNS} | times)


def _count(connection: sa.Connection) -> None:
    connection.execute(sa.update(STATE).where(STATE.c.key == "version").values(value=STATE.c.value + 1))
