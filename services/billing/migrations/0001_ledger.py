"""Create the tables of the ledger: balances, transactions, top-ups, reversals and prices."""

import sqlalchemy as sa
from alembic import op

from servicekit import jobs
from servicekit.bus import inbox, outbox
from servicekit.db.row_security import isolate_by_org

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE user_balances (
  user_id uuid CONSTRAINT pk_user_balances PRIMARY KEY,
  org_id uuid NOT NULL,
  balance_cents bigint NOT NULL CONSTRAINT ck_user_balances_not_negative CHECK (balance_cents >= 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_user_balances_org_id ON user_balances (org_id);

CREATE TABLE topups (
  id uuid CONSTRAINT pk_topups PRIMARY KEY,
  org_id uuid NOT NULL,
  user_id uuid NOT NULL,
  amount_cents bigint NOT NULL CONSTRAINT ck_topups_amount CHECK (amount_cents > 0),
  currency text NOT NULL,
  session_id text CONSTRAINT uq_topups_session_id UNIQUE,
  payment_intent_id text CONSTRAINT uq_topups_payment_intent_id UNIQUE,
  receipt_url text,
  created_at timestamptz NOT NULL DEFAULT now(),
  paid_at timestamptz
);

CREATE TABLE billing_transactions (
  id uuid CONSTRAINT pk_billing_transactions PRIMARY KEY,
  org_id uuid NOT NULL,
  user_id uuid NOT NULL,
  type text NOT NULL CONSTRAINT ck_billing_transactions_type CHECK (type IN ('credit', 'debit')),
  amount_cents bigint NOT NULL
    CONSTRAINT ck_billing_transactions_amount CHECK (amount_cents >= 0),
  source text NOT NULL
    CONSTRAINT ck_billing_transactions_source CHECK (source IN ('stripe', 'sms', 'admin_adjust')),
  external_id text NOT NULL,
  description text NOT NULL,
  topup_id uuid CONSTRAINT fk_billing_transactions_topup_id REFERENCES topups (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_billing_transactions_external_id UNIQUE (source, external_id)
);
CREATE INDEX ix_billing_transactions_org_id_id ON billing_transactions (org_id, id DESC);
CREATE INDEX ix_billing_transactions_user_id ON billing_transactions (user_id);

-- Append-only: a correction is a new row.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'billing_transactions is append-only'; END $$;
CREATE TRIGGER tr_billing_transactions_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_transactions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Refunds and disputes at Stripe, keyed by their id there.
CREATE TABLE reversals (
  external_id text CONSTRAINT pk_reversals PRIMARY KEY,
  org_id uuid NOT NULL,
  user_id uuid NOT NULL,
  amount_cents bigint NOT NULL CONSTRAINT ck_reversals_amount CHECK (amount_cents > 0),
  taken_cents bigint NOT NULL DEFAULT 0
    CONSTRAINT ck_reversals_taken CHECK (taken_cents BETWEEN 0 AND amount_cents),
  returned_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_reversals_owed ON reversals (user_id, created_at)
  WHERE taken_cents < amount_cents AND returned_at IS NULL;

CREATE TABLE prices (
  country text CONSTRAINT pk_prices PRIMARY KEY,
  cents_per_segment bigint NOT NULL CONSTRAINT ck_prices_positive CHECK (cents_per_segment > 0)
);
"""

PRICES = {
    **dict.fromkeys(("US", "CA", "PR", "VI", "GU"), 1),
    **dict.fromkeys(("GB", "AU", "IE", "SE", "DK", "NO", "FI", "PL", "NZ", "IL"), 6),
    **dict.fromkeys(("DE", "FR", "ES", "IT", "NL", "BE", "AT", "CH", "PT", "CZ"), 10),
    **dict.fromkeys(("MX", "BR", "IN", "ZA", "SG", "JP", "KR"), 8),
}


def upgrade() -> None:
    op.execute(TABLES)
    for ddl in (outbox.DDL, inbox.DDL, jobs.DDL):
        op.execute(ddl)
    isolate_by_org("user_balances", "topups", "billing_transactions", "reversals")
    prices = sa.table("prices", sa.column("country"), sa.column("cents_per_segment"))
    op.bulk_insert(
        prices, [{"country": c, "cents_per_segment": cents} for c, cents in PRICES.items()]
    )
