"""Let reversals also return money, and store the last look-up of each payment."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHANGES = """
-- How many movements a reversal has caused. The number is part of each movement's external id.
ALTER TABLE reversals ADD COLUMN movements integer NOT NULL DEFAULT 0;

-- Numbers look-ups at Stripe in the order in which they began. The latest one of a payment counts.
CREATE SEQUENCE stripe_lookups AS bigint;
ALTER TABLE topups ADD COLUMN settled_lookup bigint NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    op.execute(CHANGES)
