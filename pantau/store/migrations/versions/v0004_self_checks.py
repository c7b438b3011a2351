"""Comparisons of counts with themselves and their neighbours.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    key = ("camera", "kind", "place", "family", "direction", "start")
    op.create_table(
        "self_checks",
        *(sa.Column(name, sa.String, primary_key=True) for name in key),
        *(sa.Column(name, sa.String, nullable=False) for name in ("end", "other", "verdict", "reason", "time")),
        *(sa.Column(name, sa.Float) for name in ("expected", "found", "tolerance")),
        sa.Column("n", sa.Integer, nullable=False),
    )
    op.create_index("ix_self_checks_place", "self_checks", ["place", "start"])
