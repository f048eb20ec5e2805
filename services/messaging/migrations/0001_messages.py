"""Add tables for Twilio accounts, messages, delivery reports, conversations, campaign counts."""

from alembic import op

from servicekit import jobs
from servicekit.bus import inbox, outbox
from servicekit.db.row_security import isolate_by_org

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SENDERS = """
CREATE TABLE twilio_subaccounts (
  org_id uuid CONSTRAINT pk_twilio_subaccounts PRIMARY KEY,
  sub_account_sid text CONSTRAINT uq_twilio_subaccounts_sid UNIQUE,
  friendly_name text NOT NULL,
  auth_token_encrypted text,
  secondary_token_encrypted text,
  -- The process that has the lease sets up this account at Twilio.
  setup_lease_until timestamptz NOT NULL DEFAULT '-infinity',
  -- The latest inbound text that the poller has seen.
  inbound_seen_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ck_twilio_subaccounts_complete
    CHECK ((sub_account_sid IS NULL) = (auth_token_encrypted IS NULL))
);

CREATE TABLE twilio_messaging_services (
  org_id uuid CONSTRAINT pk_twilio_messaging_services PRIMARY KEY,
  sid text NOT NULL CONSTRAINT uq_twilio_messaging_services_sid UNIQUE,
  friendly_name text NOT NULL,
  status_callback_url text NOT NULL,
  inbound_request_url text NOT NULL,
  campaign_sid text,
  sticky_sender boolean NOT NULL,
  smart_encoding boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE twilio_numbers (
  id uuid CONSTRAINT pk_twilio_numbers PRIMARY KEY,
  org_id uuid NOT NULL,
  phone_number text NOT NULL,
  sid text NOT NULL CONSTRAINT uq_twilio_numbers_sid UNIQUE,
  country text NOT NULL,
  capabilities jsonb NOT NULL,
  messaging_service_sid text,
  purchased_at timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz
);
CREATE INDEX ix_twilio_numbers_org_id ON twilio_numbers (org_id, id DESC);
CREATE UNIQUE INDEX uq_twilio_numbers_owned ON twilio_numbers (phone_number)
  WHERE released_at IS NULL;

-- A token bucket for each organisation, in segments, shared by all senders.
CREATE TABLE send_limits (
  org_id uuid CONSTRAINT pk_send_limits PRIMARY KEY,
  segments_per_second integer NOT NULL
    CONSTRAINT ck_send_limits_rate CHECK (segments_per_second > 0),
  tokens double precision NOT NULL,
  refilled_at timestamptz NOT NULL DEFAULT now()
);
"""

MESSAGES = """
-- The rank of a status. Only the sender itself may move a message to a lower rank.
CREATE FUNCTION status_rank(status text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE status
  WHEN 'pending' THEN 0 WHEN 'sending' THEN 1 WHEN 'unknown' THEN 2 WHEN 'queued' THEN 3
  WHEN 'sent' THEN 4 ELSE 5 END $$;

CREATE TABLE sms_messages (
  id uuid CONSTRAINT pk_sms_messages PRIMARY KEY,
  org_id uuid NOT NULL,
  user_id uuid,
  contact_id uuid,
  campaign_id uuid,
  -- The id of the message within the client's operation: a repeated operation finds it by this.
  operation_id uuid,
  to_number text NOT NULL,
  from_number text,
  body text NOT NULL,
  direction text NOT NULL CONSTRAINT ck_sms_messages_direction CHECK (direction IN ('in', 'out')),
  status text NOT NULL CONSTRAINT ck_sms_messages_status CHECK (status IN (
    'pending', 'sending', 'queued', 'sent', 'delivered', 'undelivered', 'failed', 'unknown',
    'received')),
  segments integer NOT NULL CONSTRAINT ck_sms_messages_segments CHECK (segments > 0),
  price_cents bigint NOT NULL CONSTRAINT ck_sms_messages_price CHECK (price_cents >= 0),
  charged boolean NOT NULL DEFAULT false,
  refund_due boolean NOT NULL DEFAULT false,
  provider_sid text,
  error_code integer,
  attempts integer NOT NULL DEFAULT 0,
  -- pending: when it may be sent; sending: when the sender's lease ends; afterwards: when
  -- Twilio is asked about it next.
  next_step_at timestamptz NOT NULL DEFAULT now(),
  attempted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  accepted_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  status_updated_at timestamptz NOT NULL DEFAULT now(),
  read_at timestamptz,
  replied_at timestamptz
);
CREATE UNIQUE INDEX uq_sms_messages_campaign_contact ON sms_messages (campaign_id, contact_id)
  WHERE campaign_id IS NOT NULL;
CREATE UNIQUE INDEX uq_sms_messages_operation ON sms_messages (operation_id)
  WHERE operation_id IS NOT NULL;
CREATE UNIQUE INDEX uq_sms_messages_provider_sid ON sms_messages (provider_sid)
  WHERE provider_sid IS NOT NULL;
CREATE INDEX ix_sms_messages_thread ON sms_messages (org_id, contact_id, id DESC);
CREATE INDEX ix_sms_messages_pending ON sms_messages (org_id, next_step_at, id)
  WHERE status = 'pending';
CREATE INDEX ix_sms_messages_open ON sms_messages (next_step_at)
  WHERE status IN ('sending', 'unknown', 'queued', 'sent');
CREATE INDEX ix_sms_messages_refund_due ON sms_messages (org_id) WHERE refund_due;

CREATE TABLE delivery_events (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_delivery_events PRIMARY KEY,
  org_id uuid NOT NULL,
  message_id uuid NOT NULL,
  event_type text NOT NULL,
  error_code integer,
  payload jsonb NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_delivery_events_once
    UNIQUE NULLS NOT DISTINCT (message_id, event_type, error_code)
);

CREATE TABLE message_threads (
  org_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  phone text NOT NULL,
  last_message text NOT NULL,
  last_message_at timestamptz NOT NULL,
  unread_count integer NOT NULL DEFAULT 0
    CONSTRAINT ck_message_threads_unread CHECK (unread_count >= 0),
  archived_at timestamptz,
  CONSTRAINT pk_message_threads PRIMARY KEY (contact_id)
);
CREATE INDEX ix_message_threads_latest
  ON message_threads (org_id, last_message_at DESC, contact_id DESC) WHERE archived_at IS NULL;

-- Running counts: a campaign's messages by state, changed together with the messages.
CREATE TABLE campaign_counts (
  campaign_id uuid CONSTRAINT pk_campaign_counts PRIMARY KEY,
  org_id uuid NOT NULL,
  held boolean NOT NULL DEFAULT false,
  pending bigint NOT NULL DEFAULT 0,
  queued bigint NOT NULL DEFAULT 0,
  sent bigint NOT NULL DEFAULT 0,
  delivered bigint NOT NULL DEFAULT 0,
  undelivered bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  unknown bigint NOT NULL DEFAULT 0,
  replied bigint NOT NULL DEFAULT 0,
  opted_out bigint NOT NULL DEFAULT 0,
  spent_cents bigint NOT NULL DEFAULT 0
);
"""


def upgrade() -> None:
    op.execute(SENDERS)
    op.execute(MESSAGES)
    for ddl in (outbox.DDL, inbox.DDL, jobs.DDL):
        op.execute(ddl)
    isolate_by_org(
        "twilio_subaccounts",
        "twilio_messaging_services",
        "twilio_numbers",
        "send_limits",
        "sms_messages",
        "delivery_events",
        "message_threads",
        "campaign_counts",
    )
