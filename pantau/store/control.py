"""The control database: which cameras and places there are, and were; who is signed in; sealed credentials.

    DATA/control.db   SQLite, shared by all processes on this computer
    DATA/vault.key    opens the credentials in it
    DATA/release.key  what published person counts are made with

A line or zone that moves is a new revision of the same place, and numbers say which revision they are of; a new name is
only a new name. What is taken out of a camera file is retired, never deleted, because numbers point to it; drawn again
where it was, it is the old revision once more. Everything is checked before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from pantau.errors import ConfigError
from pantau.places import Camera, Cordon, Place, Site
from pantau.store.alarms import Alarms
from pantau.store.complaints import Complaints
from pantau.store.cordons import cordons_of, put_cordons, refuse_open_borders
from pantau.store.examples import Examples
from pantau.store.places import (
    MEASURED_BY,
    camera_of,
    camera_values,
    check,
    facts,
    geometry,
    kind_of,
    place_of,
    places_of,
)
from pantau.store.register_tables import CAMERAS, PLACES, STATE
from pantau.store.registered import Registered, RegisterMemory
from pantau.store.releases import Releases
from pantau.store.self_checks import SelfCheck, SelfChecks
from pantau.store.sessions import Role, Sessions
from pantau.store.sqlite import ControlFile
from pantau.store.validations import Validation, Validations
from pantau.store.vault import SealedVault
from pantau.store.views import Views
from pantau.types import require_utc


@dataclass(frozen=True, slots=True)
class Changes:
    """What an `apply` did: ids of cameras and places."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)


class Control:
    """The register of cameras and places, with sessions and the vault beside it. Safe from any thread and process."""

    def __init__(
        self,
        file: ControlFile,
        vault: SealedVault,
        sessions: Sessions,
        releases: Releases,
        clock: Callable[[], datetime],
    ) -> None:
        self._file, self._vault, self._sessions, self._clock = file, vault, sessions, clock
        self._validations, self._checks = Validations(file), SelfChecks(file)
        self.alarms, self.views, self.examples = Alarms(file), Views(file), Examples(file)
        self.releases, self.complaints = releases, Complaints(file)
        self._memory = RegisterMemory(self.version, self._registered)

    @classmethod
    def open(cls, folder: Path, *, clock: Callable[[], datetime]) -> Control:
        """Open the control database of a data folder, made if it is not there; its owner need not be asked.

        Raises:
            StoreError: it can't be opened, or a newer Pantau made it.
        """
        file = ControlFile(folder / "control.db")
        vault, releases = SealedVault(file, folder / "vault.key"), Releases(file, folder / "release.key")
        return cls(file, vault, Sessions(file, clock), releases, clock)

    def apply(
        self,
        cameras: Sequence[Camera],
        credentials: Mapping[str, tuple[str, str]] | None = None,
        *,
        whole: bool = False,
    ) -> Changes:
        """Make these cameras, with exactly these lines and zones, part of the register.

        Args:
            cameras: as a camera file says them; their revisions are not looked at, they are given here.
            credentials: (user, password) by camera id. A camera without keeps those it has, unless its address now
                points to another host, which must not be told them.
            whole: retire every camera that is not among `cameras`.

        Raises:
            ConfigError: an id or a name is there twice, or a line of a declared border would be gone; nothing was changed.
            StoreError: nothing was changed.
        """
        check(cameras)
        given = credentials or {}
        with self._file.write() as connection:
            book = _Book(connection, require_utc(self._clock()).isoformat())
            book.refuse_taken(cameras)
            for camera in cameras:
                moved = book.camera(camera)
                if camera.id in given:
                    self._vault.seal(connection, camera.id, given[camera.id])
                elif moved:
                    self._vault.forget(connection, camera.id)
            if whole:
                for camera_id in book.others(cameras):
                    book.retire_camera(camera_id)
                    self._vault.forget(connection, camera_id)
            changes = book.changes
            if changes.retired:
                refuse_open_borders(connection)
            if changes or given:
                book.count()
        return changes

    def apply_cordons(self, cordons: Sequence[Cordon]) -> None:
        """Put these cordons in force, and no others; they are already checked (`pantau.cordon_file`).

        Raises:
            ConfigError: a line of one is not in force any more; nothing was changed.
        """
        with self._file.write() as connection:
            put_cordons(connection, cordons)
            refuse_open_borders(connection)
            _Book(connection, require_utc(self._clock()).isoformat()).count()

    def cordons(self) -> tuple[Cordon, ...]:
        """The cordons in force, by the id of their group."""
        return self._file.remembered("cordons", self._cordons)

    def apply_rules(
        self,
        rules: Sequence[Mapping[str, Any]],
        targets: Sequence[Mapping[str, Any]],
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """Put these alarm rules and targets in force, and no others; entries are as a rule file says them.

        Args:
            rules: entries of rules, already checked (`pantau.alert.rules`).
            targets: entries of whom to notify, without secrets.
            secrets: by target; one without keeps its secret, unless its address now points to another host.
        """
        given = secrets or {}
        before = {entry["id"]: urlsplit(entry["url"]).netloc for entry in self.alarms.targets()}
        after = {entry["id"]: urlsplit(entry["url"]).netloc for entry in targets}
        with self._file.write() as connection:
            self.alarms.apply(connection, rules, targets)
            for target in {*before, *after}:
                if target in given:
                    self._vault.seal(connection, webhook(target), ("", given[target]))
                elif before.get(target) != after.get(target):
                    self._vault.forget(connection, webhook(target))
            _Book(connection, require_utc(self._clock()).isoformat()).count()

    def secret(self, target: str) -> str:
        """What notices to this target are signed with; empty when they are not."""
        found = self._vault.credentials(webhook(target))
        return found[1] if found else ""

    def put_site(self, site: Site) -> None:
        """Add a site, or correct what is known of it.

        Raises:
            ConfigError: its id belongs to something else, or its time zone would change under its numbers.
        """
        with self._file.write() as connection:
            book = _Book(connection, require_utc(self._clock()).isoformat())
            book.site(site)
            if book.changes:
                book.count()

    def cameras(self) -> tuple[Camera, ...]:
        """Every camera in force, with its lines and zones, in the order of ids. Never with credentials."""
        return tuple(self._memory.now().cameras.values())

    def camera(self, id_: str) -> Camera | None:
        """One camera in force."""
        return self._memory.now().cameras.get(id_)

    def places(self) -> tuple[Place, ...]:
        """Every line, zone and site in force: by camera in the order drawn, sites last."""
        return self._memory.now().places

    def place(self, id_: str, revision: int | None = None) -> Place | None:
        """A place at a revision, or at its newest; retired ones too, because their numbers are still there."""
        if revision is None:
            return self._memory.now().by_id.get(id_)
        wanted = sa.select(PLACES).where(PLACES.c.id == id_, PLACES.c.revision == revision)
        with self._file.read() as connection:
            row = connection.execute(wanted).mappings().first()
        return None if row is None else place_of(row)

    def version(self) -> int:
        """Counts up when cameras, places or credentials change, in whatever process."""
        return self._file.remembered("version", self._version)

    def validated(self, found: Sequence[Validation]) -> None:
        """`Validations.put`."""
        self._validations.put(found)

    def validations(self, camera: str | None = None) -> tuple[Validation, ...]:
        """`Validations.of` one camera, or of all."""
        every = self._file.remembered("validations", self._validations.all)
        return every if camera is None else tuple(one for one in every if one.camera == camera)

    def checked(self, found: Sequence[SelfCheck]) -> None:
        """`SelfChecks.put`."""
        self._checks.put(found)

    def self_checks(self, camera: str | None = None) -> tuple[SelfCheck, ...]:
        """`SelfChecks.newest`."""
        return self._checks.newest(camera)

    def failed_checks(self, places: Sequence[str], start: datetime, end: datetime) -> tuple[SelfCheck, ...]:
        """`SelfChecks.failed`."""
        return self._checks.failed(places, start, end)

    def credentials(self, camera: str) -> tuple[str, str] | None:
        """`SealedVault.credentials`."""
        return self._vault.credentials(camera)

    def new_code(self) -> str:
        """`Sessions.new_code`."""
        return self._sessions.new_code()

    def claim(self, code: str) -> str | None:
        """`Sessions.claim`."""
        return self._sessions.claim(code)

    def session(self, token: str) -> Role | None:
        """`Sessions.session`."""
        return self._sessions.session(token)

    def end_session(self, token: str) -> None:
        """`Sessions.end_session`."""
        self._sessions.end_session(token)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _version(self) -> int:
        with self._file.read() as connection:
            return int(connection.scalar(sa.select(STATE.c.value).where(STATE.c.key == "version")) or 0)

    def _cordons(self) -> tuple[Cordon, ...]:
        with self._file.read() as connection:
            return cordons_of(connection)

    def _registered(self, version: int) -> Registered:
        with self._file.read() as connection:
            rows = connection.execute(sa.select(CAMERAS).where(CAMERAS.c.retired.is_(None)).order_by(CAMERAS.c.id))
            found, places = rows.mappings().all(), _places_in_force(connection)
            every = connection.execute(sa.select(PLACES).order_by(PLACES.c.revision)).mappings().all()
        mine: dict[str, list[Place]] = {}
        for place in places:
            if not isinstance(place, Site):
                mine.setdefault(place.camera, []).append(place)
        cameras = {row["id"]: camera_of(row, mine.get(row["id"], ())) for row in found}
        return Registered(version, cameras, places, {row["id"]: place_of(row) for row in every})


def webhook(target: str) -> str:
    """The name under which a target's secret is sealed; no camera can have it."""
    return f"webhook:{target}"


class _Book:
    """One writing transaction: what changes, and the list of it."""

    def __init__(self, connection: sa.Connection, now: str) -> None:
        self._connection, self._now = connection, now
        self._added: list[str] = []
        self._changed: list[str] = []
        self._retired: list[str] = []

    @property
    def changes(self) -> Changes:
        return Changes(tuple(self._added), tuple(self._changed), tuple(self._retired))

    def refuse_taken(self, cameras: Sequence[Camera]) -> None:
        """Raise ConfigError if a place's id is already that of another camera's place or of a site."""
        owner = {row.id: row.camera for row in self._connection.execute(sa.select(PLACES.c.id, PLACES.c.camera))}
        for place in (place for camera in cameras for place in places_of(camera)):
            if owner.get(place.id, place.camera) != place.camera:
                belongs = f"camera {owner[place.id]!r}" if owner[place.id] else "an imported site"
                raise ConfigError(f"place {place.id!r} already belongs to {belongs}; rename one, nothing was changed")

    def camera(self, camera: Camera) -> bool:
        """Write a camera and its places; whether its address now points to another host."""
        values = camera_values(camera)
        old = self._connection.execute(sa.select(CAMERAS).where(CAMERAS.c.id == camera.id)).mappings().first()
        if old is None:
            self._connection.execute(sa.insert(CAMERAS).values(id=camera.id, revision=1, **values))
            self._added.append(camera.id)
        elif old["retired"] or any(old[name] != value for name, value in values.items()):
            step = any(old[name] != values[name] for name in MEASURED_BY)
            new = {**values, "retired": None, "revision": old["revision"] + step}
            self._connection.execute(sa.update(CAMERAS).where(CAMERAS.c.id == camera.id).values(new))
            (self._added if old["retired"] else self._changed).append(camera.id)
        drawn = places_of(camera)
        for position, place in enumerate(drawn):
            self._place(place, camera.id, position)
        self._retire(PLACES.c.camera == camera.id, PLACES.c.id.not_in([place.id for place in drawn]))
        return old is not None and urlsplit(old["source"]).netloc != urlsplit(camera.source).netloc

    def site(self, site: Site) -> None:
        """Write a site."""
        old = self._newest(site.id)
        if old is not None and old["kind"] != "site":
            raise ConfigError(
                f"place {site.id!r} already belongs to camera {old['camera']!r}; give the site another id"
            )
        if old is not None and old["facts"]["timezone"] != site.timezone:
            raise ConfigError(
                f"site {site.id!r} has numbers in {old['facts']['timezone']}, it can't move to {site.timezone}; "
                "import it under another id"
            )
        self._place(site, None, 0)

    def others(self, cameras: Sequence[Camera]) -> list[str]:
        """Cameras in force that are not among these."""
        given = [camera.id for camera in cameras]
        wanted = sa.select(CAMERAS.c.id).where(CAMERAS.c.retired.is_(None), CAMERAS.c.id.not_in(given))
        return list(self._connection.scalars(wanted))

    def retire_camera(self, camera: str) -> None:
        """Take a camera and its places out of force."""
        self._connection.execute(sa.update(CAMERAS).where(CAMERAS.c.id == camera).values(retired=self._now))
        self._retired.append(camera)
        self._retire(PLACES.c.camera == camera)

    def count(self) -> None:
        """Tell other processes that something changed."""
        self._connection.execute(sa.update(STATE).where(STATE.c.key == "version").values(value=STATE.c.value + 1))

    def _newest(self, id_: str) -> sa.RowMapping | None:
        wanted = sa.select(PLACES).where(PLACES.c.id == id_).order_by(PLACES.c.revision.desc()).limit(1)
        return self._connection.execute(wanted).mappings().first()

    def _place(self, place: Place, camera: str | None, position: int) -> None:
        soft: dict[str, Any] = {"name": place.name, "facts": facts(place), "position": position}
        hard: dict[str, Any] = {"kind": kind_of(place), "geometry": geometry(place)}
        old = self._newest(place.id)
        if old is not None and all(old[name] == value for name, value in hard.items()):
            if old["until"] or any(old[name] != value for name, value in soft.items()):
                same = sa.and_(PLACES.c.id == place.id, PLACES.c.revision == old["revision"])
                self._connection.execute(sa.update(PLACES).where(same).values(**soft, until=None))
                (self._added if old["until"] else self._changed).append(place.id)
            return
        self._end(PLACES.c.id == place.id)
        revision = 1 if old is None else old["revision"] + 1
        row = {"id": place.id, "revision": revision, "camera": camera, "since": self._now, **soft, **hard}
        self._connection.execute(sa.insert(PLACES).values(row))
        (self._changed if old is not None and not old["until"] else self._added).append(place.id)

    def _retire(self, *which: sa.ColumnElement[bool]) -> None:
        ids = self._connection.scalars(sa.select(PLACES.c.id).where(PLACES.c.until.is_(None), *which)).all()
        if ids:
            self._end(*which)
            self._retired.extend(ids)

    def _end(self, *which: sa.ColumnElement[bool]) -> None:
        self._connection.execute(sa.update(PLACES).where(PLACES.c.until.is_(None), *which).values(until=self._now))


def _places_in_force(connection: sa.Connection) -> tuple[Place, ...]:
    order = (PLACES.c.camera.is_(None), PLACES.c.camera, PLACES.c.position, PLACES.c.id)
    rows = connection.execute(sa.select(PLACES).where(PLACES.c.until.is_(None)).order_by(*order))
    return tuple(place_of(row) for row in rows.mappings())
