"""Add tables for A2P 10DLC: brands, A2P campaigns and drafts."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REGISTRATIONS = """
CREATE TABLE a2p_brand (
  org_id uuid CONSTRAINT pk_a2p_brand PRIMARY KEY,
  brand_sid text CONSTRAINT uq_a2p_brand_sid UNIQUE,
  status text NOT NULL CONSTRAINT ck_a2p_brand_status CHECK (status IN (
    'submitting', 'pending', 'approved', 'failed', 'suspended')),
  payload jsonb NOT NULL,
  -- Twilio's ids of the brand's objects, keyed by our names, and how many steps of the submission
  -- are done. An interrupted submission continues with the next step.
  sids jsonb NOT NULL DEFAULT '{}',
  steps_done integer NOT NULL DEFAULT 0,
  -- Why Twilio or the carriers rejected it: code, text, fields.
  reasons jsonb NOT NULL DEFAULT '[]',
  identity_status text,
  submitted_at timestamptz NOT NULL DEFAULT now(),
  approved_at timestamptz,
  -- When the decision was made on which the status is based.
  told_at timestamptz NOT NULL DEFAULT now(),
  -- When Twilio is asked next, or the submission continues.
  next_step_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_a2p_brand_next_step ON a2p_brand (next_step_at);

CREATE TABLE a2p_campaign (
  id uuid CONSTRAINT pk_a2p_campaign PRIMARY KEY,
  org_id uuid NOT NULL,
  brand_sid text NOT NULL,
  -- A messaging service has at most one campaign.
  messaging_service_sid text NOT NULL CONSTRAINT uq_a2p_campaign_service UNIQUE,
  -- Not unique: Twilio does not promise that campaigns of two accounts have different ids.
  campaign_sid text,
  status text NOT NULL CONSTRAINT ck_a2p_campaign_status CHECK (status IN (
    'submitting', 'pending', 'approved', 'failed', 'suspended')),
  use_case text NOT NULL,
  payload jsonb NOT NULL,
  reasons jsonb NOT NULL DEFAULT '[]',
  submitted_at timestamptz NOT NULL DEFAULT now(),
  approved_at timestamptz,
  told_at timestamptz NOT NULL DEFAULT now(),
  next_step_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_a2p_campaign_org_id ON a2p_campaign (org_id, id DESC);
CREATE INDEX ix_a2p_campaign_sid ON a2p_campaign (campaign_sid);
CREATE INDEX ix_a2p_campaign_next_step ON a2p_campaign (next_step_at);

CREATE TABLE a2p_drafts (
  org_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT ck_a2p_drafts_kind CHECK (kind IN ('brand', 'campaign')),
  payload jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_a2p_drafts PRIMARY KEY (org_id, kind)
);
"""


def upgrade() -> None:
    op.execute(REGISTRATIONS)
    isolate_by_org("a2p_brand", "a2p_campaign", "a2p_drafts")
