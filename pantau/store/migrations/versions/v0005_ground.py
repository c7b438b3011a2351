"""What makes metres of a camera's pixels, and what a capacity manual needs of its road.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; cameras that are there have neither."""
    for name in ("ground", "road"):
        op.add_column("cameras", sa.Column(name, sa.JSON))
