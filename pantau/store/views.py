"""What each camera showed when its places were drawn: fixed things of a picture, never the picture (`pantau.types.Camera.view`).

A view belongs to what is drawn: when a line, zone or slot moves or the address changes, the old view holds no more, and the next
good picture makes a new one. So applying new geometry registers a moved camera anew; `forget` does it for a camera whose
places are right as they are.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from pantau.store.places import geometry, places_of
from pantau.store.register_tables import VIEWS
from pantau.store.sqlite import ControlFile
from pantau.types import Camera, require_utc


class Views:
    """The views in the control database. Safe from any thread and process."""

    def __init__(self, file: ControlFile) -> None:
        self._file = file

    def of(self, camera: Camera) -> str:
        """The view on which the camera's places, as they are drawn now, hold; empty where none was kept."""
        wanted = sa.select(VIEWS.c.features).where(VIEWS.c.camera == camera.id, VIEWS.c.drawn == _drawn(camera))
        with self._file.read() as connection:
            return connection.scalar(wanted) or ""

    def keep(self, camera: Camera, features: str, time: datetime) -> None:
        """From now on its places hold on this view.

        Raises:
            StoreError: nothing was changed.
        """
        row = {
            "camera": camera.id,
            "drawn": _drawn(camera),
            "features": features,
            "time": require_utc(time).isoformat(),
        }
        with self._file.write() as connection:
            connection.execute(sa.delete(VIEWS).where(VIEWS.c.camera == camera.id))
            connection.execute(sa.insert(VIEWS).values(row))

    def forget(self, camera: str) -> bool:
        """Let the next good picture be the view; whether there was one.

        Raises:
            StoreError: nothing was changed.
        """
        with self._file.write() as connection:
            return connection.execute(sa.delete(VIEWS).where(VIEWS.c.camera == camera)).rowcount > 0


def _drawn(camera: Camera) -> str:
    told = [camera.source, *((place.id, geometry(place)) for place in places_of(camera))]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
