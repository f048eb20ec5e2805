"""Create the tables of events, attendees and organizers, and add event messages."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EVENTS = """
CREATE TABLE events (
  id uuid CONSTRAINT pk_events PRIMARY KEY,
  org_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT ck_events_name CHECK (char_length(name) BETWEEN 1 AND 100),
  date timestamptz NOT NULL,
  ends_at timestamptz,
  time_zone text NOT NULL,
  location text,
  status text NOT NULL
    CONSTRAINT ck_events_status CHECK (status IN ('draft', 'published', 'cancelled')),
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  -- When the messages to its attendees were deleted.
  texts_deleted_at timestamptz,
  CONSTRAINT ck_events_ends_at CHECK (ends_at > date)
);
CREATE INDEX ix_events_org_id ON events (org_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX ix_events_org_id_status ON events (org_id, status, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX ix_events_created_by ON events (org_id, created_by, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX ix_events_over
  ON events (least(coalesce(ends_at, date), coalesce(deleted_at, 'infinity')))
  WHERE texts_deleted_at IS NULL;

CREATE TABLE event_organizers (
  event_id uuid NOT NULL
    CONSTRAINT fk_event_organizers_event_id REFERENCES events (id) ON DELETE CASCADE,
  user_id uuid NOT NULL,
  org_id uuid NOT NULL,
  permission text NOT NULL
    CONSTRAINT ck_event_organizers_permission CHECK (permission IN ('view', 'curate')),
  added_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_event_organizers PRIMARY KEY (event_id, user_id)
);
CREATE INDEX ix_event_organizers_user_id ON event_organizers (org_id, user_id, event_id DESC);

CREATE TABLE event_attendees (
  id uuid CONSTRAINT pk_event_attendees PRIMARY KEY,
  org_id uuid NOT NULL,
  event_id uuid NOT NULL
    CONSTRAINT fk_event_attendees_event_id REFERENCES events (id) ON DELETE CASCADE,
  contact_id uuid,
  first_name text NOT NULL
    CONSTRAINT ck_event_attendees_first_name CHECK (char_length(first_name) <= 100),
  last_name text CONSTRAINT ck_event_attendees_last_name CHECK (char_length(last_name) <= 100),
  phone text,
  rsvp_status text NOT NULL DEFAULT 'pending' CONSTRAINT ck_event_attendees_rsvp_status
    CHECK (rsvp_status IN ('pending', 'yes', 'maybe', 'no')),
  rsvp_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT ck_event_attendees_contact CHECK ((contact_id IS NULL) = (phone IS NULL))
);
-- One attendee for each contact, in the order in which event messages are planned.
CREATE UNIQUE INDEX uq_event_attendees_contact ON event_attendees (event_id, contact_id)
  WHERE deleted_at IS NULL AND contact_id IS NOT NULL;
CREATE INDEX ix_event_attendees_event_id ON event_attendees (event_id, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX ix_event_attendees_rsvp_status ON event_attendees (event_id, rsvp_status, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX ix_event_attendees_rsvp_at ON event_attendees (event_id, rsvp_at)
  WHERE deleted_at IS NULL AND rsvp_status = 'yes';

CREATE TABLE question_sets (
  id uuid CONSTRAINT pk_question_sets PRIMARY KEY,
  org_id uuid NOT NULL,
  event_id uuid NOT NULL
    CONSTRAINT fk_question_sets_event_id REFERENCES events (id) ON DELETE CASCADE,
  title text NOT NULL
    CONSTRAINT ck_question_sets_title CHECK (char_length(title) BETWEEN 1 AND 100),
  questions text[] NOT NULL,
  published_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX ix_question_sets_event_id ON question_sets (event_id, id DESC)
  WHERE deleted_at IS NULL;

-- A pair is stored once, the smaller id first.
CREATE TABLE event_matches (
  id uuid CONSTRAINT pk_event_matches PRIMARY KEY,
  org_id uuid NOT NULL,
  event_id uuid NOT NULL
    CONSTRAINT fk_event_matches_event_id REFERENCES events (id) ON DELETE CASCADE,
  attendee_id uuid NOT NULL
    CONSTRAINT fk_event_matches_attendee_id REFERENCES event_attendees (id) ON DELETE CASCADE,
  matched_attendee_id uuid NOT NULL CONSTRAINT fk_event_matches_matched_attendee_id
    REFERENCES event_attendees (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_event_matches UNIQUE (attendee_id, matched_attendee_id),
  CONSTRAINT ck_event_matches_order CHECK (attendee_id < matched_attendee_id)
);
CREATE INDEX ix_event_matches_event_id ON event_matches (event_id, id DESC);
CREATE INDEX ix_event_matches_matched ON event_matches (matched_attendee_id);

-- An event's own texts, which replace the platform's.
CREATE TABLE event_texts (
  event_id uuid NOT NULL
    CONSTRAINT fk_event_texts_event_id REFERENCES events (id) ON DELETE CASCADE,
  notification_type text NOT NULL,
  org_id uuid NOT NULL,
  message text CONSTRAINT ck_event_texts_message CHECK (char_length(message) BETWEEN 1 AND 1600),
  template_id uuid CONSTRAINT fk_event_texts_template_id REFERENCES sms_templates (id),
  CONSTRAINT pk_event_texts PRIMARY KEY (event_id, notification_type),
  CONSTRAINT ck_event_texts_type CHECK (notification_type IN (
    'invitation', 'rsvp_reminder', 'match_reveal', 'event_reminder', 'new_rsvps', 'question_set')),
  CONSTRAINT ck_event_texts_one_text CHECK (num_nonnulls(message, template_id) = 1)
);
CREATE INDEX ix_event_texts_template_id ON event_texts (template_id)
  WHERE template_id IS NOT NULL;
"""

# An event message is a campaign whose audience is an event's attendees.
NOTIFICATIONS = """
ALTER TABLE sms_campaigns
  ALTER COLUMN list_id DROP NOT NULL,
  ADD COLUMN event_id uuid CONSTRAINT fk_sms_campaigns_event_id REFERENCES events (id)
    ON DELETE SET NULL,
  ADD COLUMN notification_type text,
  ADD COLUMN question_set_id uuid,
  -- Only these attendees, narrowed by the audience.
  ADD COLUMN attendee_ids uuid[],
  ADD COLUMN attendee_audience text CONSTRAINT ck_sms_campaigns_attendee_audience
    CHECK (attendee_audience IN ('all', 'not_answered', 'coming', 'matched')),
  -- Values of placeholders that are the same for everyone.
  ADD COLUMN variables jsonb,
  ADD COLUMN recipient_count integer,
  ADD COLUMN without_phone_count integer,
  -- The client's operation that created it: repeating the operation finds it.
  ADD COLUMN operation_id uuid,
  ADD CONSTRAINT ck_sms_campaigns_audience CHECK (num_nonnulls(list_id, notification_type) = 1),
  ADD CONSTRAINT ck_sms_campaigns_notification CHECK (notification_type IS NULL OR (
    num_nonnulls(attendee_audience, variables, recipient_count, without_phone_count) = 4
    AND retry_of IS NULL));
CREATE UNIQUE INDEX uq_sms_campaigns_operation ON sms_campaigns (operation_id)
  WHERE operation_id IS NOT NULL;
CREATE INDEX ix_sms_campaigns_event_id ON sms_campaigns (event_id, id DESC)
  WHERE event_id IS NOT NULL;
-- Lists of campaigns have no event messages.
DROP INDEX ix_sms_campaigns_org_id_id;
CREATE INDEX ix_sms_campaigns_org_id_id ON sms_campaigns (org_id, id DESC)
  WHERE deleted_at IS NULL AND notification_type IS NULL;
DROP INDEX ix_sms_campaigns_org_id_status_id;
CREATE INDEX ix_sms_campaigns_org_id_status_id ON sms_campaigns (org_id, status, id DESC)
  WHERE deleted_at IS NULL AND notification_type IS NULL;
"""


def upgrade() -> None:
    for ddl in (EVENTS, NOTIFICATIONS):
        op.execute(ddl)
    isolate_by_org(
        "events",
        "event_organizers",
        "event_attendees",
        "question_sets",
        "event_matches",
        "event_texts",
    )
