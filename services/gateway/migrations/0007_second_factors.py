"""Add second factors: secrets of authenticator apps, recovery codes, and challenges."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE second_factors (
  user_id uuid CONSTRAINT pk_second_factors PRIMARY KEY
    CONSTRAINT fk_second_factors_user REFERENCES users (id) ON DELETE CASCADE,
  org_id uuid NOT NULL CONSTRAINT fk_second_factors_org REFERENCES orgs (id),
  secret_encrypted text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  confirmed_at timestamptz,
  last_step bigint
);
CREATE INDEX ix_second_factors_org ON second_factors (org_id);

CREATE TABLE recovery_codes (
  user_id uuid NOT NULL
    CONSTRAINT fk_recovery_codes_user REFERENCES users (id) ON DELETE CASCADE,
  code_hash bytea NOT NULL,
  org_id uuid NOT NULL CONSTRAINT fk_recovery_codes_org REFERENCES orgs (id),
  used_at timestamptz,
  CONSTRAINT pk_recovery_codes PRIMARY KEY (user_id, code_hash)
);
CREATE INDEX ix_recovery_codes_org ON recovery_codes (org_id);

CREATE TABLE sign_in_challenges (
  token_hash bytea CONSTRAINT pk_sign_in_challenges PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_sign_in_challenges_org REFERENCES orgs (id),
  user_id uuid NOT NULL
    CONSTRAINT fk_sign_in_challenges_user REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX ix_sign_in_challenges_user ON sign_in_challenges (user_id);
CREATE INDEX ix_sign_in_challenges_org ON sign_in_challenges (org_id);
CREATE INDEX ix_sign_in_challenges_expires_at ON sign_in_challenges (expires_at);

ALTER TABLE orgs ADD COLUMN second_factor_required boolean NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    op.execute(_TABLES)
    isolate_by_org("second_factors", "recovery_codes", "sign_in_challenges")
