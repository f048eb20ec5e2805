"""Fold more letters in search words: African letters, Arabic hamza and teh marbuta, joiners, kana.

The old form of each word is still stored next to the new form. The job ``renew-search-words`` gives
existing contacts their new words; until then they are found by the old ones.
"""

from alembic import op

from servicekit import folding

revision = "0049"
down_revision = "0040"
branch_labels = None
depends_on = None

# The trigger's function is the one of 0011, except for the version of the words.
VERSION = """
DO $$ BEGIN
  EXECUTE replace(replace(
    pg_get_functiondef('keep_contact_search'::regproc),
    'SELECT id, org_id, 2,', 'SELECT id, org_id, 3,'),
    'words_version <> 2', 'words_version <> 3');
END $$;
"""


def upgrade() -> None:
    op.execute(folding.DDL)
    op.execute(VERSION)
