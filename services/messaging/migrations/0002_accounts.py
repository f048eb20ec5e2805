"""Add tables for the API keys and the balance of Twilio accounts, and for number lookups."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ACCOUNTS = """
ALTER TABLE twilio_subaccounts
  ADD COLUMN suspended_at timestamptz,
  -- A rotation of the auth token: asked for, and since when the secondary token is stored.
  ADD COLUMN rotation_requested_at timestamptz,
  ADD COLUMN secondary_since timestamptz;
CREATE INDEX ix_twilio_subaccounts_rotating ON twilio_subaccounts (rotation_requested_at)
  WHERE rotation_requested_at IS NOT NULL;

CREATE TABLE twilio_api_keys (
  id uuid CONSTRAINT pk_twilio_api_keys PRIMARY KEY,
  org_id uuid NOT NULL,
  sid text NOT NULL CONSTRAINT uq_twilio_api_keys_sid UNIQUE,
  secret_encrypted text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
CREATE INDEX ix_twilio_api_keys_live ON twilio_api_keys (org_id, created_at DESC)
  WHERE revoked_at IS NULL;

CREATE TABLE twilio_account_balance (
  org_id uuid CONSTRAINT pk_twilio_account_balance PRIMARY KEY,
  balance numeric,
  currency text,
  fetched_at timestamptz,
  -- When Twilio may be asked next. The request that moves this time forward may ask.
  ask_after timestamptz NOT NULL,
  CONSTRAINT ck_twilio_account_balance_known
    CHECK ((balance IS NULL) = (fetched_at IS NULL) AND (currency IS NULL) = (fetched_at IS NULL))
);
"""

# A number can move to another organisation, and its id may change or not. So phone numbers and ids
# must be unique only among the numbers that are not released.
NUMBERS = """
ALTER TABLE twilio_numbers DROP CONSTRAINT uq_twilio_numbers_sid;
CREATE UNIQUE INDEX uq_twilio_numbers_sid ON twilio_numbers (sid) WHERE released_at IS NULL;
CREATE INDEX ix_twilio_numbers_sid ON twilio_numbers (org_id, sid);
"""

LOOKUPS = """
CREATE TABLE phone_lookups (
  org_id uuid NOT NULL,
  phone text NOT NULL,
  valid boolean,
  country text,
  national_format text,
  line_type text,
  carrier text,
  looked_up_at timestamptz,
  -- The charge of the lookup that is under way, and until when its caller works on it.
  charge_id uuid,
  lease_until timestamptz NOT NULL DEFAULT '-infinity',
  CONSTRAINT pk_phone_lookups PRIMARY KEY (org_id, phone),
  CONSTRAINT ck_phone_lookups_answered CHECK ((valid IS NULL) = (looked_up_at IS NULL))
);
CREATE INDEX ix_phone_lookups_open ON phone_lookups (lease_until) WHERE charge_id IS NOT NULL;
"""


def upgrade() -> None:
    for ddl in (ACCOUNTS, NUMBERS, LOOKUPS):
        op.execute(ddl)
    isolate_by_org("twilio_api_keys", "twilio_account_balance", "phone_lookups")
