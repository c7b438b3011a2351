"""Everything Pantau raises on purpose.

    PantauError
    ├── ConfigError      a setting or a camera file is wrong: nothing was changed
    ├── DataError        data does not have the shape, unit or order it must have
    ├── SourceError      a camera or clip can't be read
    │   └── AuthError    the camera refused the user name or password
    ├── DeliveryError    a notice could not be delivered: it waits, and is tried again
    ├── ModelError       a model is missing, altered or gives another shape than its registry entry says
    └── StoreError       the store can't be opened, read or written
        └── LockedError  another process owns the data folder

A message says which camera (or file), what was expected, what came and what to do. It never holds a password:
sources are named through `pantau.config.public_address`.
"""

from __future__ import annotations


class PantauError(Exception):
    """Root of the tree; the command line prints its message without a traceback."""


class ConfigError(PantauError):
    """A setting, camera or place is not valid."""


class DataError(PantauError):
    """An array, time or row breaks a convention of `pantau.types`."""


class SourceError(PantauError):
    """A camera, clip or folder can't be opened or read."""


class AuthError(SourceError):
    """The camera refused the credentials."""


class DeliveryError(PantauError):
    """Something outside did not take a notice; it waits, and is tried again until it is given up, visibly."""


class ModelError(PantauError):
    """A model can't be fetched, verified, converted or run."""


class StoreError(PantauError):
    """The store can't be opened, read or written; what was acknowledged is still there."""


class LockedError(StoreError):
    """Another process owns the data folder."""
