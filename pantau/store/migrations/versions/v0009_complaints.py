"""What citizens said of published figures, and what the data steward answered.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the tables; nothing was said before."""
    op.create_table(
        "complaints",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("place", sa.String, nullable=False, index=True),
        sa.Column("indicator", sa.String, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("start", sa.String, nullable=False),
        sa.Column("end", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("received", sa.String, nullable=False, index=True),
        sa.Column("voices", sa.Integer, nullable=False),
    )
    op.create_table(
        "complaint_answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("complaint", sa.String, sa.ForeignKey("complaints.id"), nullable=False, index=True),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("words_id", sa.String, nullable=False),
        sa.Column("words_en", sa.String, nullable=False),
        sa.Column("quote", sa.Boolean, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("time", sa.String, nullable=False),
    )
