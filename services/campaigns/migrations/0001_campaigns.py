"""Create the tables of templates, and of campaigns with the planner's progress."""

from alembic import op

from servicekit import jobs
from servicekit.bus import outbox
from servicekit.db.row_security import isolate_by_org

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEMPLATES = r"""
CREATE TABLE sms_templates (
  id uuid CONSTRAINT pk_sms_templates PRIMARY KEY,
  org_id uuid NOT NULL,
  name text NOT NULL
    CONSTRAINT ck_sms_templates_name CHECK (char_length(name) BETWEEN 1 AND 100),
  content text NOT NULL
    CONSTRAINT ck_sms_templates_content CHECK (char_length(content) BETWEEN 1 AND 1600),
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  -- Punctuation becomes space: otherwise an address or a tag would be a single word, or none.
  words tsvector NOT NULL GENERATED ALWAYS AS (
    to_tsvector('simple', translate(
      name || ' ' || content, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)
    ))
  ) STORED
);
CREATE UNIQUE INDEX uq_sms_templates_org_id_name ON sms_templates (org_id, name)
  WHERE deleted_at IS NULL;
CREATE INDEX ix_sms_templates_org_id_id ON sms_templates (org_id, id DESC)
  WHERE deleted_at IS NULL;
"""

CAMPAIGNS = """
CREATE TABLE sms_campaigns (
  id uuid CONSTRAINT pk_sms_campaigns PRIMARY KEY,
  org_id uuid NOT NULL,
  name text NOT NULL
    CONSTRAINT ck_sms_campaigns_name CHECK (char_length(name) BETWEEN 1 AND 100),
  message text
    CONSTRAINT ck_sms_campaigns_message CHECK (char_length(message) BETWEEN 1 AND 1600),
  template_id uuid CONSTRAINT fk_sms_campaigns_template_id REFERENCES sms_templates (id),
  list_id uuid NOT NULL,
  status text NOT NULL CONSTRAINT ck_sms_campaigns_status
    CHECK (status IN ('draft', 'scheduled', 'running', 'paused', 'done', 'failed')),
  status_reason text,
  schedule_at timestamptz,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  deleted_at timestamptz,
  -- The text that was confirmed.
  body text,
  -- The progress of the planner.
  cursor_contact_id uuid,
  opted_out_count bigint NOT NULL DEFAULT 0,
  invalid_count bigint NOT NULL DEFAULT 0,
  planned_at timestamptz,
  next_plan_at timestamptz,
  lease_token uuid,
  lease_until timestamptz,
  -- Whether messaging holds the pending messages, and until when a job repeats it.
  held boolean NOT NULL DEFAULT false,
  tell_hold_until timestamptz,
  CONSTRAINT ck_sms_campaigns_one_text CHECK (num_nonnulls(message, template_id) = 1),
  CONSTRAINT ck_sms_campaigns_scheduled CHECK (status <> 'scheduled' OR schedule_at IS NOT NULL),
  CONSTRAINT ck_sms_campaigns_started CHECK (
    status NOT IN ('running', 'paused', 'done')
    OR num_nonnulls(body, started_at, next_plan_at) = 3
  ),
  CONSTRAINT ck_sms_campaigns_lease CHECK ((lease_token IS NULL) = (lease_until IS NULL))
);
CREATE INDEX ix_sms_campaigns_org_id_id ON sms_campaigns (org_id, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX ix_sms_campaigns_org_id_status_id ON sms_campaigns (org_id, status, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX ix_sms_campaigns_schedule_at ON sms_campaigns (schedule_at)
  WHERE status = 'scheduled' AND deleted_at IS NULL;
CREATE INDEX ix_sms_campaigns_next_plan_at ON sms_campaigns (next_plan_at)
  WHERE status = 'running';
CREATE INDEX ix_sms_campaigns_template_id ON sms_campaigns (template_id)
  WHERE status = 'running';
CREATE INDEX ix_sms_campaigns_tell_hold_until ON sms_campaigns (tell_hold_until)
  WHERE tell_hold_until IS NOT NULL;
"""


def upgrade() -> None:
    for ddl in (TEMPLATES, CAMPAIGNS, outbox.DDL, jobs.DDL):
        op.execute(ddl)
    isolate_by_org("sms_templates", "sms_campaigns")
