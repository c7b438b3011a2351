"""Rules, alarms, snoozes and notices.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables; at most one alarm of a rule, place and subject is open."""
    op.create_table(
        "rules",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("entry", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    op.create_table(
        "targets",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("entry", sa.JSON, nullable=False),
    )
    said = ("place", "camera", "subject", "severity", "unit", "cause", "verdict", "reason", "run", "seen")
    op.create_table(
        "alarms",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("rule", sa.String, nullable=False, index=True),
        sa.Column("revision", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in said),
        sa.Column("state", sa.String, nullable=False, index=True),
        sa.Column("since", sa.String, nullable=False, index=True),
        *(sa.Column(name, sa.String) for name in ("fired", "resolved", "calm", "acknowledged", "judged")),
        *(sa.Column(name, sa.Float) for name in ("value", "peak", "limit", "clear")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("before", "at", "trace", "facts")),
    )
    open_ = sa.text("state != 'resolved'")
    op.create_index("alarms_open", "alarms", ["rule", "place", "subject"], unique=True, sqlite_where=open_)
    op.create_table(
        "snoozes",
        sa.Column("rule", sa.String, primary_key=True),
        sa.Column("place", sa.String, primary_key=True),
        sa.Column("until", sa.String, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("target", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("time", "body", "due", "trouble")),
        sa.Column("state", sa.String, nullable=False, index=True),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
