"""Marked stills, and what was learned from them.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "examples",
        sa.Column("place", sa.String, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("picture", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("label", "time", "marked", "by", "model")),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("thumbnail", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "lessons",
        sa.Column("place", sa.String, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("learned", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("pictures", sa.JSON, nullable=False),
    )
