"""Give an event's own texts a version, so that nobody overwrites a change that they have not seen.

A text that was removed and set again has no version that an earlier text had.
"""

from alembic import op

from servicekit.db import versions

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_FRESH_VERSIONS = """
CREATE SEQUENCE event_text_versions MINVALUE 2;
ALTER TABLE event_texts ALTER COLUMN version SET DEFAULT nextval('event_text_versions');
"""


def upgrade() -> None:
    """Add the columns for versions, and the trigger that counts changes."""
    op.execute(f"ALTER TABLE event_texts {versions.COLUMNS}")
    op.execute(_FRESH_VERSIONS)
    op.execute(versions.trigger("event_texts", "message", "template_id"))
