"""Senders of any form, and opt-outs that hold without a provider's time."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Texts come from names (ACMEBANK) and from addresses of other channels too.
SENDERS = r"""
ALTER TABLE contacts DROP CONSTRAINT ck_contacts_phone;
ALTER TABLE contacts ADD CONSTRAINT ck_contacts_phone CHECK (
  length(phone) BETWEEN 1 AND 320 AND phone !~ '^\s|\s$|[\x01-\x1f\x7f]'
) NOT VALID;
"""

# A constraint that the one before implies: no row can break it.
VALIDATE = "ALTER TABLE contacts VALIDATE CONSTRAINT ck_contacts_phone"

# updated_at is the provider's time of the last word. held_at is our own time of an opt-out that has
# no provider's time: one by hand, for instance.
HELD = "ALTER TABLE contact_opt_status ADD COLUMN held_at timestamptz"


def upgrade() -> None:
    for ddl in (SENDERS, VALIDATE, HELD):
        op.execute(ddl)
