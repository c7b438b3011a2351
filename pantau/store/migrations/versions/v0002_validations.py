"""Comparisons of counts with the truth.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    words = ("place", "direction", "road_user")
    op.create_table(
        "validations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("camera", sa.String, nullable=False, index=True),
        *(sa.Column(name, sa.String, nullable=False) for name in words),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("truth", "missed", "over")),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("net_error", "low", "high")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("time", "method")),
        sa.Column("fps", sa.Float, nullable=False),
        sa.Column("revisions", sa.JSON, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("clip", "source")),
    )
