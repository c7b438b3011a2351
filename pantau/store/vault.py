"""Camera credentials, sealed: readable only with a key file that lies apart from the database.

A copy of the control database, an export or a log therefore gives no password away. The key is made at first use, mode
0600. Fernet is AES-128-CBC with HMAC-SHA-256 (github.com/fernet/spec). Limit: who can read the whole data folder has both.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from pantau.errors import StoreError
from pantau.store.register_tables import CREDENTIALS
from pantau.store.sqlite import ControlFile


class SealedVault:
    """A `pantau.ports.Vault` in the control database."""

    def __init__(self, file: ControlFile, key_path: Path) -> None:
        self._file = file
        self._key_path = key_path

    def credentials(self, camera: str) -> tuple[str, str] | None:
        """(user, password) of a camera, or nothing.

        Raises:
            StoreError: they were sealed with another key.
        """
        with self._file.read() as connection:
            sealed = connection.scalar(sa.select(CREDENTIALS.c.sealed).where(CREDENTIALS.c.camera == camera))
        if sealed is None:
            return None
        try:
            user, password = json.loads(Fernet(self._key()).decrypt(sealed))
        except (InvalidToken, ValueError) as error:
            raise StoreError(
                f"{self._key_path}: does not open the credentials of camera {camera!r}; put the right key back, "
                "or apply the camera again with its user and password"
            ) from error
        return str(user), str(password)

    def seal(self, connection: sa.Connection, camera: str, credentials: tuple[str, str]) -> None:
        """Keep credentials, within the caller's transaction."""
        sealed = Fernet(self._key()).encrypt(json.dumps(credentials).encode())
        self.forget(connection, camera)
        connection.execute(sa.insert(CREDENTIALS).values(camera=camera, sealed=sealed))

    def forget(self, connection: sa.Connection, camera: str) -> None:
        """Forget a camera's credentials, within the caller's transaction."""
        connection.execute(sa.delete(CREDENTIALS).where(CREDENTIALS.c.camera == camera))

    def _key(self) -> bytes:
        try:
            descriptor = os.open(self._key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return self._key_path.read_bytes()
        except OSError as error:
            raise StoreError(f"{self._key_path}: the key file can't be made: {error.strerror}") from error
        key = Fernet.generate_key()
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
        return key
