"""What may be published and what was: the steward's decisions, published person counts, and the key they are made with.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the tables; nothing about people is public until the steward has decided."""
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("family", sa.String, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("time", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
    op.create_table(
        "released",
        sa.Column("place", sa.String, primary_key=True),
        sa.Column("indicator", sa.String, primary_key=True),
        sa.Column("month", sa.String, primary_key=True),
        sa.Column("corrected", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("cells", sa.JSON, nullable=False),
    )
    op.create_table(
        "release_keys",
        sa.Column("fingerprint", sa.String, primary_key=True),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("time", sa.String, nullable=False),
    )
