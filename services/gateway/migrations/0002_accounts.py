"""Add password resets, verifications, invitations, API keys, mails and indexes for operators."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = """
ALTER TABLE orgs ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC'
  CONSTRAINT ck_orgs_time_zone CHECK (length(time_zone) BETWEEN 1 AND 64);

ALTER TABLE users ADD COLUMN last_sign_in_at timestamptz;
DROP INDEX ix_users_org;
CREATE INDEX ix_users_org ON users (org_id, id);
CREATE INDEX ix_users_status ON users (status, id);
-- For prefix searches with any collation.
CREATE INDEX ix_users_email ON users (email text_pattern_ops);
CREATE INDEX ix_users_name ON users (lower(name) text_pattern_ops);

CREATE INDEX ix_audit_logs_created_at ON audit_logs (created_at DESC, id DESC);
CREATE INDEX ix_audit_logs_action ON audit_logs (action, created_at DESC, id DESC);
CREATE INDEX ix_audit_logs_org_action ON audit_logs (org_id, action, created_at DESC, id DESC);

CREATE TABLE password_resets (
  token_hash bytea CONSTRAINT pk_password_resets PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_password_resets_org REFERENCES orgs (id),
  user_id uuid NOT NULL
    CONSTRAINT fk_password_resets_user REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX ix_password_resets_user ON password_resets (user_id);
CREATE INDEX ix_password_resets_expires_at ON password_resets (expires_at);

CREATE TABLE email_verifications (
  token_hash bytea CONSTRAINT pk_email_verifications PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_email_verifications_org REFERENCES orgs (id),
  user_id uuid NOT NULL
    CONSTRAINT fk_email_verifications_user REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX ix_email_verifications_expires_at ON email_verifications (expires_at);

CREATE TABLE invitations (
  id uuid CONSTRAINT pk_invitations PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_invitations_org REFERENCES orgs (id),
  email text NOT NULL CONSTRAINT ck_invitations_email CHECK (email = lower(email)),
  role text NOT NULL
    CONSTRAINT ck_invitations_role CHECK (role IN ('owner', 'admin', 'member')),
  invited_by uuid NOT NULL,
  -- Null until its mail is sent: the token is created then.
  token_hash bytea CONSTRAINT uq_invitations_token_hash UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT ck_invitations_end CHECK (accepted_at IS NULL OR revoked_at IS NULL)
);
CREATE INDEX ix_invitations_org ON invitations (org_id, id);
CREATE UNIQUE INDEX uq_invitations_open ON invitations (org_id, email)
  WHERE accepted_at IS NULL AND revoked_at IS NULL;

CREATE TABLE api_keys (
  id uuid CONSTRAINT pk_api_keys PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_api_keys_org REFERENCES orgs (id),
  user_id uuid NOT NULL
    CONSTRAINT fk_api_keys_user REFERENCES users (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT ck_api_keys_name CHECK (length(name) BETWEEN 1 AND 100),
  key_hash bytea NOT NULL CONSTRAINT uq_api_keys_key_hash UNIQUE,
  prefix text NOT NULL,
  scopes text[] NOT NULL CONSTRAINT ck_api_keys_scopes
    CHECK (scopes <@ ARRAY['read', 'write', 'send'] AND cardinality(scopes) > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX ix_api_keys_org ON api_keys (org_id, id);
CREATE UNIQUE INDEX uq_api_keys_name ON api_keys (org_id, name) WHERE revoked_at IS NULL;

-- Queued mails, without text and tokens: both are created when a mail is sent.
CREATE TABLE mails (
  id uuid CONSTRAINT pk_mails PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_mails_org REFERENCES orgs (id),
  kind text NOT NULL CONSTRAINT ck_mails_kind
    CHECK (kind IN ('password_reset', 'email_verification', 'invitation')),
  user_id uuid CONSTRAINT fk_mails_user REFERENCES users (id) ON DELETE CASCADE,
  invitation_id uuid
    CONSTRAINT fk_mails_invitation REFERENCES invitations (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  given_up_at timestamptz,
  CONSTRAINT ck_mails_recipient
    CHECK ((kind = 'invitation') = (invitation_id IS NOT NULL)
      AND (kind = 'invitation') = (user_id IS NULL)),
  CONSTRAINT ck_mails_end CHECK (sent_at IS NULL OR given_up_at IS NULL)
);
CREATE INDEX ix_mails_due ON mails (due_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX ix_mails_user ON mails (user_id, kind, created_at);
CREATE INDEX ix_mails_org ON mails (org_id, kind, created_at);
CREATE INDEX ix_mails_created_at ON mails (created_at);
"""


def upgrade() -> None:
    op.execute(_TABLES)
    isolate_by_org("password_resets", "email_verifications", "invitations", "api_keys", "mails")
