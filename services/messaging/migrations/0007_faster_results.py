"""A campaign's results and errors without reading the messages that are not asked for."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# With the organisation, which row-level security asks for, errors are counted in the index alone.
ERRORS = """
DROP INDEX ix_sms_messages_campaign_error;
CREATE INDEX ix_sms_messages_campaign_error
  ON sms_messages (org_id, campaign_id, error_code, contact_id)
  WHERE campaign_id IS NOT NULL AND error_code IS NOT NULL;
"""

# Few of a million may have one of these, and no message enters the index that goes well.
EXCEPTIONS = """
CREATE INDEX ix_sms_messages_campaign_exceptions
  ON sms_messages (org_id, campaign_id, status, contact_id)
  WHERE campaign_id IS NOT NULL
    AND status IN ('undelivered', 'failed', 'unknown', 'cancelled');
"""


def upgrade() -> None:
    for ddl in (ERRORS, EXCEPTIONS):
        op.execute(ddl)
