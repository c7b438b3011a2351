"""Which cameras keep their samples when the computer is too slow for all.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; cameras that are there are as important as any."""
    op.add_column("cameras", sa.Column("priority", sa.String, nullable=False, server_default="normal"))
