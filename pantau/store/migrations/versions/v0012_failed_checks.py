"""Only the self-checks that failed are looked for by place: every question for a series asks for them.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the index hold those alone, and another one for the places that they were compared with."""
    failed = sa.text("verdict = 'inconsistent'")
    op.drop_index("ix_self_checks_place", "self_checks")
    op.create_index("ix_self_checks_place", "self_checks", ["place", "start"], sqlite_where=failed)
    op.create_index("ix_self_checks_other", "self_checks", ["other", "start"], sqlite_where=failed)
