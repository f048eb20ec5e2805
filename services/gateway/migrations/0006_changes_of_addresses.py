"""Add changes of email addresses, with mails to both addresses, and alerts about security."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE email_changes (
  id uuid CONSTRAINT pk_email_changes PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_email_changes_org REFERENCES orgs (id),
  user_id uuid NOT NULL
    CONSTRAINT fk_email_changes_user REFERENCES users (id) ON DELETE CASCADE,
  new_email text NOT NULL
    CONSTRAINT ck_email_changes_new_email CHECK (new_email = lower(new_email)),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  current_token_hash bytea,
  new_token_hash bytea,
  current_confirmed_at timestamptz,
  new_confirmed_at timestamptz,
  ended_at timestamptz
);
CREATE UNIQUE INDEX uq_email_changes_open ON email_changes (user_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX uq_email_changes_current_token ON email_changes (current_token_hash);
CREATE UNIQUE INDEX uq_email_changes_new_token ON email_changes (new_token_hash);
CREATE INDEX ix_email_changes_org ON email_changes (org_id);
CREATE INDEX ix_email_changes_expires_at ON email_changes (expires_at);

-- NOT VALID: existing rows satisfy the narrower constraint that is dropped.
ALTER TABLE mails
  ADD COLUMN email_change_id uuid,
  ADD CONSTRAINT fk_mails_email_change
    FOREIGN KEY (email_change_id) REFERENCES email_changes (id) ON DELETE CASCADE NOT VALID,
  DROP CONSTRAINT ck_mails_kind,
  ADD CONSTRAINT ck_mails_kind CHECK (kind IN ('password_reset', 'email_verification',
    'invitation', 'sign_in_guesses', 'member_removed', 'member_demoted', 'password_changed',
    'email_change_current', 'email_change_new', 'second_factor_on', 'second_factor_off',
    'second_factor_reset', 'second_factor_guesses')) NOT VALID;
"""


def upgrade() -> None:
    op.execute(_TABLES)
    isolate_by_org("email_changes")
