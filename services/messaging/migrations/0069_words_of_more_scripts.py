"""Fold more letters in searches: African letters, Arabic hamza and teh marbuta, joiners, kana.

The old form of each word is still stored next to the new form. The job ``renew-search-words`` gives
existing messages their new words.
"""

from alembic import op

from servicekit import folding

revision = "0069"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(folding.DDL)
