"""Count password guesses for each account, and add alerts by mail."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = """
-- org_id is null for an address without an account, whose guesses are counted too.
CREATE TABLE sign_in_guesses (
  account bytea NOT NULL,
  place bytea NOT NULL,
  org_id uuid,
  tries integer NOT NULL DEFAULT 1,
  since timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_sign_in_guesses PRIMARY KEY (account, place)
);
CREATE INDEX ix_sign_in_guesses_since ON sign_in_guesses (since);

CREATE TABLE sign_in_places (
  user_id uuid NOT NULL
    CONSTRAINT fk_sign_in_places_user REFERENCES users (id) ON DELETE CASCADE,
  place bytea NOT NULL,
  org_id uuid NOT NULL CONSTRAINT fk_sign_in_places_org REFERENCES orgs (id),
  last_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_sign_in_places PRIMARY KEY (user_id, place)
);
CREATE INDEX ix_sign_in_places_last_at ON sign_in_places (last_at);

-- NOT VALID: existing rows satisfy the narrower constraint that is dropped.
ALTER TABLE mails
  ADD COLUMN about_user_id uuid,
  ADD CONSTRAINT fk_mails_about_user
    FOREIGN KEY (about_user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID,
  DROP CONSTRAINT ck_mails_kind,
  ADD CONSTRAINT ck_mails_kind CHECK (kind IN ('password_reset', 'email_verification',
    'invitation', 'sign_in_guesses', 'member_removed', 'member_demoted')) NOT VALID;

ALTER TABLE api_keys
  DROP CONSTRAINT ck_api_keys_scopes,
  ADD CONSTRAINT ck_api_keys_scopes CHECK (
    scopes <@ ARRAY['read', 'write', 'send', 'admin'] AND cardinality(scopes) > 0) NOT VALID;
"""

# Revoke open invitations and API keys of members removed or demoted before this version.
_TAKE_BACK = """
UPDATE invitations SET revoked_at = now()
WHERE accepted_at IS NULL AND revoked_at IS NULL AND NOT EXISTS (
  SELECT FROM users JOIN user_profiles ON user_profiles.user_id = users.id
  WHERE users.id = invitations.invited_by AND users.status = 'active'
    AND (users.is_operator OR user_profiles.role = 'owner'
      OR (user_profiles.role = 'admin' AND invitations.role <> 'owner'))
);
UPDATE api_keys SET revoked_at = now()
WHERE revoked_at IS NULL AND NOT EXISTS (
  SELECT FROM users WHERE users.id = api_keys.user_id AND users.status = 'active'
);
"""


def upgrade() -> None:
    op.execute(_TABLES)
    isolate_by_org("sign_in_guesses", "sign_in_places")
    op.execute(_TAKE_BACK)
