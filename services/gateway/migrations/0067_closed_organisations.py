"""Add the closings of organisations."""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

_ORGS = """
ALTER TABLE orgs ADD COLUMN closed_at timestamptz;
"""


def upgrade() -> None:
    op.execute(_ORGS)
