"""Add the prices of messages with pictures. Without a price, a country gets no pictures."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Twilio sends pictures to these countries. The table is small in every installation.
CHANGES = """
ALTER TABLE prices ADD COLUMN cents_per_mms bigint;
UPDATE prices SET cents_per_mms = 3 WHERE country IN ('US', 'CA');
"""


def upgrade() -> None:
    op.execute(CHANGES)
