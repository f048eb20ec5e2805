"""Prices of phone numbers by country and type, their charges in the ledger, and alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CHANGES = """
-- NOT VALID: existing rows satisfy the narrower constraints that are dropped.
ALTER TABLE billing_transactions
  DROP CONSTRAINT ck_billing_transactions_source,
  ADD CONSTRAINT ck_billing_transactions_source
    CHECK (source IN ('stripe', 'sms', 'admin_adjust', 'number')) NOT VALID;

ALTER TABLE notifications
  DROP CONSTRAINT ck_notifications_type,
  ADD CONSTRAINT ck_notifications_type CHECK (
    type IN ('low_balance', 'numbers_due', 'numbers_unpaid', 'numbers_released')
  ) NOT VALID;

CREATE TABLE number_prices (
  country text NOT NULL,
  number_type text NOT NULL CONSTRAINT ck_number_prices_number_type
    CHECK (number_type IN ('local', 'mobile', 'toll_free')),
  cents_per_month bigint NOT NULL CONSTRAINT ck_number_prices_positive CHECK (cents_per_month > 0),
  CONSTRAINT pk_number_prices PRIMARY KEY (country, number_type)
);
"""

# Above Twilio's list prices: 1.15 USD for a local number of the US or Canada.
LOCAL = {
    **dict.fromkeys(("US", "CA", "GB", "PR"), 150),
    **dict.fromkeys(("DE", "NL", "BE", "FR", "IT", "ES", "PT", "AT", "CH", "CZ", "PL"), 300),
    **dict.fromkeys(("IE", "SE", "DK", "NO", "FI", "AU", "NZ", "IL"), 500),
    **dict.fromkeys(("MX", "BR", "ZA", "SG", "JP"), 800),
}
MOBILE = {
    "GB": 150,
    **dict.fromkeys(("SE", "DK", "NO", "FI", "PL", "NL"), 600),
    **dict.fromkeys(("DE", "BE", "FR", "IT", "ES", "AT", "CH", "CZ", "IE", "AU", "IL"), 1500),
}
TOLL_FREE = {"US": 250, "CA": 250}


def upgrade() -> None:
    op.execute(CHANGES)
    prices = sa.table(
        "number_prices",
        sa.column("country", sa.Text),
        sa.column("number_type", sa.Text),
        sa.column("cents_per_month", sa.BigInteger),
    )
    kinds = (("local", LOCAL), ("mobile", MOBILE), ("toll_free", TOLL_FREE))
    op.bulk_insert(
        prices,
        [
            {"country": country, "number_type": kind, "cents_per_month": cents}
            for kind, listed in kinds
            for country, cents in listed.items()
        ],
    )
