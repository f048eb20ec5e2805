"""Add a table for campaigns' skipped recipients, and the number of the last change of a hold.

The table has one row for each skipped recipient. ``campaign_counts`` counts them for each reason.
"""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A recipient of a campaign never has both a charged message and a row in this table, because every
# transaction that adds one of them locks the campaign's row of counts first.
SKIPS = """
CREATE TABLE campaign_skips (
  campaign_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  org_id uuid NOT NULL,
  reason text NOT NULL
    CONSTRAINT ck_campaign_skips_reason CHECK (reason IN ('opted_out', 'invalid')),
  CONSTRAINT pk_campaign_skips PRIMARY KEY (campaign_id, contact_id)
);
"""

COUNTS = """
ALTER TABLE campaign_counts
  ADD COLUMN skipped_opted_out bigint NOT NULL DEFAULT 0,
  ADD COLUMN skipped_invalid bigint NOT NULL DEFAULT 0,
  -- The number of the change that set `held` and `running`. Earlier changes are ignored.
  ADD COLUMN hold_change bigint NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    for ddl in (SKIPS, COUNTS):
        op.execute(ddl)
    isolate_by_org("campaign_skips")
