"""Allow senders that are not phone numbers, and opt-outs that have no time from the provider."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Texts can also come from names (ACMEBANK) and from addresses of other channels.
SENDERS = r"""
ALTER TABLE contacts DROP CONSTRAINT ck_contacts_phone;
ALTER TABLE contacts ADD CONSTRAINT ck_contacts_phone CHECK (
  length(phone) BETWEEN 1 AND 320 AND phone !~ '^\s|\s$|[\x01-\x1f\x7f]'
) NOT VALID;
"""

# The old constraint implies this one, so no row can violate it.
VALIDATE = "ALTER TABLE contacts VALIDATE CONSTRAINT ck_contacts_phone"

# updated_at is the provider's time of the last keyword. held_at is the database's time of an
# opt-out without a provider's time, for example one by hand.
HELD = "ALTER TABLE contact_opt_status ADD COLUMN held_at timestamptz"


def upgrade() -> None:
    for ddl in (SENDERS, VALIDATE, HELD):
        op.execute(ddl)
