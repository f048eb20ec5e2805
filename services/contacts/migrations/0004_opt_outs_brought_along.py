"""Store the source of each opt-out, and index phone numbers that are not in canonical form."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The source of the current opt status. Null: stored before there were sources.
SOURCE = """
ALTER TABLE contact_opt_status ADD COLUMN source text
  CONSTRAINT ck_contact_opt_status_source CHECK (source IN ('message', 'manual', 'import'));
"""

OPTED_OUT = """
ALTER TABLE import_jobs ADD COLUMN opted_out bigint NOT NULL DEFAULT 0;
"""

# Matches few or no numbers: those that a country's numbering plan writes in another form today. The
# job unify-numbers reads them (storage/noncanonical_numbers.py has the same condition).
OTHER_NOTATIONS = r"""
CREATE INDEX ix_contacts_other_notation ON contacts (org_id, phone)
  WHERE phone ~ '^\+(521|54[1-8]|55[1-9][1-9][689][0-9]{7}$|229[2-9][0-9]{7}$|225[0-9]{8}$)';
"""


def upgrade() -> None:
    op.execute(SOURCE)
    op.execute(OPTED_OUT)
    op.execute(OTHER_NOTATIONS)
