"""Give drafts of registrations a version, so that nobody overwrites a change they have not seen.

The fields of a draft are in one column, so its own function notes the version of each.
"""

from alembic import op

from servicekit.db import versions

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

_FUNCTION = """
CREATE FUNCTION keep_draft_version() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.version = OLD.version + 1;
  NEW.column_versions = OLD.column_versions || (
    SELECT jsonb_object_agg(name, NEW.version)
    FROM jsonb_object_keys(OLD.payload || NEW.payload) AS name
    WHERE OLD.payload -> name IS DISTINCT FROM NEW.payload -> name
  );
  RETURN NEW;
END $body$;
"""

_TRIGGER = """
CREATE TRIGGER tr_a2p_drafts_version BEFORE UPDATE ON a2p_drafts FOR EACH ROW
WHEN (OLD.payload IS DISTINCT FROM NEW.payload) EXECUTE FUNCTION keep_draft_version()
"""


def upgrade() -> None:
    """Add the columns with the versions, and the trigger that updates them."""
    op.execute(f"ALTER TABLE a2p_drafts {versions.COLUMNS}")
    op.execute(_FUNCTION)
    op.execute(_TRIGGER)
