"""Add the pictures of campaigns, hidden from planners of the previous release.

Such a planner would send the texts without their pictures. A process of either release may set the
time of the next turn of a campaign with pictures. A trigger then moves this time to a column that
only this release reads (decision 0055). The previous release also copies no pictures into retries,
so the database does that.
"""

from alembic import op

from servicekit.db import versions

revision = "0060"
down_revision = "0055"
branch_labels = None
depends_on = None

_COLUMNS = """
ALTER TABLE sms_campaigns
  ADD COLUMN media_urls text[] NOT NULL DEFAULT '{}',
  ADD COLUMN cents_per_mms jsonb,
  ADD COLUMN pictures_plan_at timestamptz
"""

_FUNCTIONS = """
CREATE FUNCTION hide_pictures() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF NEW.next_plan_at < '9999-01-01Z' THEN
    NEW.pictures_plan_at = NEW.next_plan_at;
    NEW.next_plan_at = '9999-01-01Z';
  END IF;
  RETURN NEW;
END $body$;

CREATE FUNCTION copy_pictures() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  SELECT media_urls INTO NEW.media_urls FROM sms_campaigns
  WHERE id = NEW.retry_of AND org_id = NEW.org_id;
  NEW.media_urls = coalesce(NEW.media_urls, '{}');
  RETURN NEW;
END $body$;
"""

_TRIGGERS = """
CREATE TRIGGER tr_sms_campaigns_pictures BEFORE INSERT OR UPDATE ON sms_campaigns FOR EACH ROW
  WHEN (NEW.media_urls <> '{}') EXECUTE FUNCTION hide_pictures();
CREATE TRIGGER tr_sms_campaigns_copied_pictures BEFORE INSERT ON sms_campaigns FOR EACH ROW
  WHEN (NEW.retry_of IS NOT NULL) EXECUTE FUNCTION copy_pictures();
DROP TRIGGER tr_sms_campaigns_version ON sms_campaigns;
"""

_VERSIONED = (
    "name",
    "message",
    "media_urls",
    "template_id",
    "list_id",
    "schedule_at",
    "pause_at_failure_rate",
    "status",
)


def upgrade() -> None:
    """Add the columns for pictures, and the triggers that hide them from the previous release."""
    for ddl in (_COLUMNS, _FUNCTIONS, _TRIGGERS):
        op.execute(ddl)
    op.execute(versions.trigger("sms_campaigns", *_VERSIONED))
