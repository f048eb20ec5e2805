"""Add the hold of all sending.

The table has one row while all sending is held, and none otherwise.
"""

from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
        CREATE TABLE sending_hold (
            only_row boolean NOT NULL,
            since timestamptz NOT NULL DEFAULT now(),
            reason text NOT NULL,
            CONSTRAINT pk_sending_hold PRIMARY KEY (only_row),
            CONSTRAINT ck_sending_hold_only_row CHECK (only_row)
        )
    """)
