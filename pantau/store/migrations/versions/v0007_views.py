"""The picture on which a camera's places were drawn, so that a move is noticed that happened while nobody watched.

Revision ID: 0007
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table; cameras that are there take their next good picture."""
    op.create_table(
        "views",
        sa.Column("camera", sa.String, primary_key=True),
        sa.Column("drawn", sa.String, nullable=False),
        sa.Column("features", sa.String, nullable=False),
        sa.Column("time", sa.String, nullable=False),
    )
