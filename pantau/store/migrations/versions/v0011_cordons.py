"""The declared boundary lines of groups.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table; nothing was declared before."""
    op.create_table(
        "cordons",
        sa.Column("of", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("lines", sa.JSON, nullable=False),
    )
