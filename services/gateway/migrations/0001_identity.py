"""Create organisations, users, sessions, the audit log and idempotency keys."""

from alembic import op

from servicekit import jobs
from servicekit.bus import inbox, outbox
from servicekit.db.row_security import isolate_by_org

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE orgs (
  id uuid CONSTRAINT pk_orgs PRIMARY KEY,
  name text NOT NULL CONSTRAINT ck_orgs_name CHECK (length(name) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
  id uuid CONSTRAINT pk_users PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_users_org REFERENCES orgs (id),
  email text NOT NULL CONSTRAINT ck_users_email CHECK (email = lower(email)),
  password_hash text NOT NULL,
  name text NOT NULL,
  phone text CONSTRAINT ck_users_phone CHECK (phone ~ '^\\+[1-9][0-9]{1,14}$'),
  status text NOT NULL DEFAULT 'active'
    CONSTRAINT ck_users_status CHECK (status IN ('active', 'disabled')),
  is_operator boolean NOT NULL DEFAULT false,
  email_verified_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_users_email UNIQUE (email)
);
CREATE INDEX ix_users_org ON users (org_id);

CREATE TABLE user_profiles (
  user_id uuid CONSTRAINT pk_user_profiles PRIMARY KEY
    CONSTRAINT fk_user_profiles_user REFERENCES users (id) ON DELETE CASCADE,
  org_id uuid NOT NULL CONSTRAINT fk_user_profiles_org REFERENCES orgs (id),
  role text NOT NULL
    CONSTRAINT ck_user_profiles_role CHECK (role IN ('owner', 'admin', 'member')),
  twilio_sub_account_sid text
);
CREATE INDEX ix_user_profiles_org ON user_profiles (org_id);

CREATE TABLE sessions (
  id uuid CONSTRAINT pk_sessions PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_sessions_org REFERENCES orgs (id),
  user_id uuid NOT NULL
    CONSTRAINT fk_sessions_user REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
CREATE INDEX ix_sessions_user ON sessions (user_id);

CREATE TABLE refresh_tokens (
  token_hash bytea CONSTRAINT pk_refresh_tokens PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_refresh_tokens_org REFERENCES orgs (id),
  session_id uuid NOT NULL
    CONSTRAINT fk_refresh_tokens_session REFERENCES sessions (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX ix_refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX ix_refresh_tokens_expires_at ON refresh_tokens (expires_at);

CREATE TABLE audit_logs (
  id uuid CONSTRAINT pk_audit_logs PRIMARY KEY,
  org_id uuid NOT NULL,
  actor_user_id uuid,
  action text NOT NULL,
  entity_type text NOT NULL,
  entity_id text NOT NULL,
  meta jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_audit_logs_org ON audit_logs (org_id, created_at DESC, id DESC);
CREATE INDEX ix_audit_logs_actor ON audit_logs (actor_user_id, created_at DESC, id DESC);

CREATE TABLE idempotency_keys (
  user_id uuid NOT NULL
    CONSTRAINT fk_idempotency_keys_user REFERENCES users (id) ON DELETE CASCADE,
  route text NOT NULL,
  key text NOT NULL CONSTRAINT ck_idempotency_keys_key CHECK (length(key) BETWEEN 1 AND 255),
  org_id uuid NOT NULL,
  operation_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  is_released boolean NOT NULL DEFAULT false,
  fingerprint bytea,
  status integer,
  content_type text,
  body bytea,
  CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, route, key),
  CONSTRAINT ck_idempotency_keys_answer
    CHECK (num_nulls(status, content_type, body) IN (0, 3))
);
CREATE UNIQUE INDEX uq_idempotency_keys_claim_id ON idempotency_keys (claim_id);
CREATE INDEX ix_idempotency_keys_claimed_at ON idempotency_keys (claimed_at);
"""

# The id of an organisation's own row is its org_id.
_ORGS_POLICY = """
ALTER TABLE orgs ENABLE ROW LEVEL SECURITY;
ALTER TABLE orgs FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON orgs
USING (
  id = (SELECT NULLIF(current_setting('app.org_id', true), '')::uuid)
  OR (SELECT current_setting('app.scope', true)) = 'system'
);
"""


def upgrade() -> None:
    for ddl in (_TABLES, outbox.DDL, inbox.DDL, jobs.DDL, _ORGS_POLICY):
        op.execute(ddl)
    isolate_by_org(
        "users",
        "user_profiles",
        "sessions",
        "refresh_tokens",
        "audit_logs",
        "idempotency_keys",
    )
