"""Recipients whom a campaign has passed over, and the number of the last hold.

One row for each recipient, and how many there are by reason.
"""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A recipient of a campaign has a charged message or a row here, never both: whoever adds one of
# them has the campaign's row of counts locked.
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
  -- The number of the campaign's change that set `held` and `running`; an older one is ignored.
  ADD COLUMN hold_change bigint NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    for ddl in (SKIPS, COUNTS):
        op.execute(ddl)
    isolate_by_org("campaign_skips")
