"""Store whose balance pays for what members send, and the names of campaigns for the ledger."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CHANGES = """
ALTER TABLE billing_settings
  ADD COLUMN payer text NOT NULL DEFAULT 'member',
  ADD COLUMN version bigint NOT NULL DEFAULT 1,
  ADD CONSTRAINT ck_billing_settings_payer CHECK (payer IN ('member', 'organisation')) NOT VALID;

-- Names of the campaigns in the ledger, as they were at their first charge.
CREATE TABLE campaign_names (
  campaign_id uuid CONSTRAINT pk_campaign_names PRIMARY KEY,
  org_id uuid NOT NULL,
  name text NOT NULL
);
"""


def upgrade() -> None:
    op.execute(CHANGES)
    isolate_by_org("campaign_names")
