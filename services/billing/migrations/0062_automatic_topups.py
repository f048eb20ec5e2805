"""Store saved cards, and when and how much to top up with them automatically."""

from alembic import op

from servicekit.db import versions
from servicekit.db.row_security import isolate_by_org

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

CHANGES = """
CREATE TABLE automatic_topups (
  org_id uuid NOT NULL,
  user_id uuid NOT NULL,
  enabled boolean NOT NULL DEFAULT false,
  threshold_cents bigint NOT NULL DEFAULT 1000,
  amount_cents bigint NOT NULL DEFAULT 5000,
  daily_limit_cents bigint NOT NULL DEFAULT 20000,
  customer_id text,
  payment_method_id text,
  former_payment_method_id text,
  card_brand text,
  card_last4 text,
  card_exp_month integer,
  card_exp_year integer,
  failure text,
  failed_at timestamptz,
  org_name text NOT NULL DEFAULT '',
  email text NOT NULL DEFAULT '',
  by_user_id uuid,
  due_at timestamptz NOT NULL DEFAULT now(),
  open_topup_id uuid,
  version bigint NOT NULL DEFAULT 1,
  column_versions jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT pk_automatic_topups PRIMARY KEY (org_id, user_id),
  CONSTRAINT ck_automatic_topups_cents CHECK (
    threshold_cents > 0 AND amount_cents > 0 AND daily_limit_cents >= amount_cents
  ),
  CONSTRAINT ck_automatic_topups_failure CHECK (
    failure IN ('declined', 'authentication_required', 'payment_reversed')
  )
);

CREATE INDEX ix_automatic_topups_due ON automatic_topups (due_at)
WHERE open_topup_id IS NOT NULL
  OR (enabled AND failure IS NULL AND payment_method_id IS NOT NULL);

ALTER TABLE topups
  ADD COLUMN automatic boolean NOT NULL DEFAULT false,
  ADD COLUMN customer_id text,
  ADD COLUMN payment_method_id text,
  ADD COLUMN failed_at timestamptz;
"""

_SHOWN = (
    "enabled",
    "threshold_cents",
    "amount_cents",
    "daily_limit_cents",
    "payment_method_id",
    "failure",
)


def upgrade() -> None:
    op.execute(CHANGES)
    op.execute(versions.trigger("automatic_topups", *_SHOWN))
    isolate_by_org("automatic_topups")
