"""Forbid by a constraint that a test organisation has a balance that can change."""

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

# The ids of test organisations have version 8. NOT VALID: no existing row has such an id.
_CHANGE = """
ALTER TABLE user_balances ADD CONSTRAINT ck_user_balances_live
  CHECK (uuid_extract_version(org_id) IS DISTINCT FROM 8) NOT VALID;
"""


def upgrade() -> None:
    op.execute(_CHANGE)
