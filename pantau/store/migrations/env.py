"""What alembic runs: the steps, on the connection (and in the transaction) that `pantau.store.register` opened."""

from __future__ import annotations

from alembic import context

from pantau.store.register_tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
