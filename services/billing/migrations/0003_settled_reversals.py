"""Reversals that follow Stripe in both directions, and which look-up of a payment was settled."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHANGES = """
-- How many movements a reversal has made: the number is part of each movement's external id.
ALTER TABLE reversals ADD COLUMN movements integer NOT NULL DEFAULT 0;

-- Look-ups at Stripe in the order in which they began. A payment is settled by the latest alone.
CREATE SEQUENCE stripe_lookups AS bigint;
ALTER TABLE topups ADD COLUMN settled_lookup bigint NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    op.execute(CHANGES)
