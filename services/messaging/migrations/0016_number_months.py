"""Add monthly payments of phone numbers, purchases in progress, and limits on their count."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHANGES = """
-- Null for numbers that were bought by an earlier release. The job charge-numbers then starts their
-- first month.
ALTER TABLE twilio_numbers
  ADD COLUMN number_type text,
  ADD COLUMN cents_per_month bigint,
  ADD COLUMN payer_user_id uuid,
  ADD COLUMN payer_email text,
  -- When the first month began, and when the one ends that is paid.
  ADD COLUMN billed_from timestamptz,
  ADD COLUMN paid_until timestamptz,
  -- The paid_until for which a warning was sent: the next month can't be paid.
  ADD COLUMN warned_until timestamptz,
  -- Kept for a number that was released because it was not paid.
  ADD COLUMN unpaid_since timestamptz;

-- Claimed before the money is taken and Twilio is asked; its id becomes the number's.
CREATE TABLE number_purchases (
  id uuid CONSTRAINT pk_number_purchases PRIMARY KEY,
  org_id uuid NOT NULL,
  user_id uuid NOT NULL,
  email text NOT NULL,
  phone_number text NOT NULL,
  country text NOT NULL,
  number_type text NOT NULL,
  cents_per_month bigint NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL
);
CREATE INDEX ix_number_purchases_org_id ON number_purchases (org_id);

CREATE TABLE number_limits (
  org_id uuid CONSTRAINT pk_number_limits PRIMARY KEY,
  max_numbers integer NOT NULL
    CONSTRAINT ck_number_limits_max_numbers CHECK (max_numbers >= 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    op.execute(CHANGES)
    isolate_by_org("number_purchases", "number_limits")
