"""Allow mails to owners about webhook endpoints that fail or were disabled."""

from alembic import op

revision = "0061"
down_revision = "0055"
branch_labels = None
depends_on = None

# NOT VALID: existing rows satisfy the narrower constraint that is dropped.
_CHANGES = """
ALTER TABLE mails
  DROP CONSTRAINT ck_mails_kind,
  ADD CONSTRAINT ck_mails_kind CHECK (kind IN ('password_reset', 'email_verification',
    'invitation', 'sign_in_guesses', 'member_removed', 'member_demoted', 'password_changed',
    'email_change_current', 'email_change_new', 'second_factor_on', 'second_factor_off',
    'second_factor_reset', 'second_factor_guesses', 'webhook_failing', 'webhook_disabled'))
    NOT VALID;
"""


def upgrade() -> None:
    op.execute(_CHANGES)
