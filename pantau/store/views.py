"""What each camera showed when its places were drawn: fixed things of a picture, never the picture (`pantau.places.Camera.view`).

Beside it, under the id of its zone, what each gauge looks like when dry (`pantau.places.Camera.dry`).

A view belongs to what is drawn: when a line, zone or slot moves or the address changes, the old view holds no more, and the next
good picture makes a new one. So applying new geometry registers a moved camera anew; `forget` does it for a camera whose
places are right as they are.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from pantau.places import Camera
from pantau.store.places import geometry, places_of
from pantau.store.register_tables import VIEWS
from pantau.store.sqlite import ControlFile
from pantau.types import require_utc


class Views:
    """The views in the control database. Safe from any thread and process."""

    def __init__(self, file: ControlFile) -> None:
        self._file = file

    def of(self, camera: Camera) -> str:
        """The view on which the camera's places, as they are drawn now, hold; empty where none was kept."""
        return self._all(camera).get(camera.id, "")

    def dry_of(self, camera: Camera) -> dict[str, str]:
        """What its gauges, as they are drawn now, look like when dry, by the id of their zones."""
        return {key: text for key, text in self._all(camera).items() if key != camera.id}

    def keep(self, camera: Camera, features: str, time: datetime, *, place: str = "") -> None:
        """From now on its places hold on this view, or the gauge of the zone `place` looks like this when dry.

        Raises:
            StoreError: nothing was changed.
        """
        key = place or camera.id
        row = {"camera": key, "drawn": _drawn(camera), "features": features, "time": require_utc(time).isoformat()}
        with self._file.write() as connection:
            connection.execute(sa.delete(VIEWS).where(VIEWS.c.camera == key))
            connection.execute(sa.insert(VIEWS).values(row))

    def forget(self, key: str) -> bool:
        """Let the next good picture be the view of a camera and of its gauges, or of one gauge alone (its zone's id); whether there was one.

        Raises:
            StoreError: nothing was changed.
        """
        with self._file.write() as connection:
            gone = sa.delete(VIEWS).where(
                (VIEWS.c.camera == key) | VIEWS.c.camera.startswith(f"{key}.", autoescape=True)
            )
            return connection.execute(gone).rowcount > 0

    def _all(self, camera: Camera) -> dict[str, str]:
        own = (VIEWS.c.camera == camera.id) | VIEWS.c.camera.startswith(f"{camera.id}.", autoescape=True)
        wanted = sa.select(VIEWS.c.camera, VIEWS.c.features).where(own, VIEWS.c.drawn == _drawn(camera))
        with self._file.read() as connection:
            return {str(key): str(text) for key, text in connection.execute(wanted)}


def _drawn(camera: Camera) -> str:
    told = [camera.source, *((place.id, geometry(place)) for place in places_of(camera))]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
