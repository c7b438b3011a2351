"""Cameras, places, credentials, codes, sessions.

Revision ID: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "cameras",
        sa.Column("id", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("name", "source")),
        *(sa.Column(name, sa.Float) for name in ("lon", "lat")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("area", "detector")),
        sa.Column("fps", sa.Float, nullable=False),
        sa.Column("analysers", sa.JSON, nullable=False),
        sa.Column("attribution", sa.String, nullable=False),
        sa.Column("masks", sa.JSON, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("retired", sa.String),
    )
    op.create_table(
        "places",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("camera", sa.String, index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("geometry", sa.JSON, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("since", sa.String, nullable=False),
        sa.Column("until", sa.String),
    )
    op.create_table(
        "credentials",
        sa.Column("camera", sa.String, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "codes",
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("until", sa.String, nullable=False),
        sa.Column("wrong", sa.Integer, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("until", sa.String, nullable=False),
    )
    state = op.create_table(
        "state", sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.Integer, nullable=False)
    )
    op.bulk_insert(state, [{"key": "version", "value": 0}])
