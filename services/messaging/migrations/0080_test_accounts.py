"""Forbid accounts at Twilio and credentials for test organisations by constraints.

So nothing in test mode can sign in at Twilio, even after a programming mistake.
"""

from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

# NOT VALID: no existing row belongs to a test organisation.
_ACCOUNTS = """
ALTER TABLE twilio_subaccounts ADD CONSTRAINT ck_twilio_subaccounts_test
  CHECK (uuid_extract_version(org_id) IS DISTINCT FROM 8
    OR num_nonnulls(sub_account_sid, auth_token_encrypted, secondary_token_encrypted) = 0)
  NOT VALID;
"""

_KEYS = """
ALTER TABLE twilio_api_keys ADD CONSTRAINT ck_twilio_api_keys_test
  CHECK (uuid_extract_version(org_id) IS DISTINCT FROM 8) NOT VALID;
"""


def upgrade() -> None:
    op.execute(_ACCOUNTS)
    op.execute(_KEYS)
