"""Forbid ledger rows of test organisations by constraints."""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

# The ids of test organisations have version 8. NOT VALID: no existing row has such an id.
_CHANGE = """
ALTER TABLE billing_transactions ADD CONSTRAINT ck_billing_transactions_live
  CHECK (uuid_extract_version(org_id) IS DISTINCT FROM 8) NOT VALID;
"""


def upgrade() -> None:
    op.execute(_CHANGE)
