"""Keep the history of opt-ins and opt-outs, with the proof of each.

A trigger writes the history, so that no statement of this release or the previous one can forget
it. When a contact without history changes for the first time, the trigger also stores the state
before.
"""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE contact_opt_history (
  id uuid DEFAULT uuidv7() CONSTRAINT pk_contact_opt_history PRIMARY KEY,
  org_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  phone text NOT NULL,
  status text NOT NULL,
  source text,
  said_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  words text,
  method text,
  user_id uuid
);
CREATE INDEX ix_contact_opt_history_contact_id
  ON contact_opt_history (org_id, contact_id, id DESC);
"""

# The transaction may have stored a proof (storage/opt_status.py).
_FUNCTIONS = """
CREATE FUNCTION opt_said_at(status text, source text, updated_at timestamptz, held_at timestamptz)
RETURNS timestamptz LANGUAGE sql STABLE AS $body$
  SELECT coalesce(
    CASE WHEN status = 'opted_out' THEN held_at END,
    CASE WHEN source = 'message' AND updated_at > 'epoch' THEN updated_at END,
    now()
  )
$body$;

CREATE FUNCTION keep_opt_history() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  proof jsonb = nullif(current_setting('smsblaster.opt_proof', true), '');
  number text = (SELECT phone FROM contacts WHERE id = NEW.contact_id AND org_id = NEW.org_id);
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.status = NEW.status AND proof IS NULL THEN
      RETURN NULL;
    END IF;
    INSERT INTO contact_opt_history (org_id, contact_id, phone, status, source, said_at)
    SELECT OLD.org_id, OLD.contact_id, number, OLD.status, OLD.source,
      opt_said_at(OLD.status, OLD.source, OLD.updated_at, OLD.held_at)
    WHERE NOT EXISTS (
      SELECT FROM contact_opt_history
      WHERE org_id = OLD.org_id AND contact_id = OLD.contact_id
    );
  END IF;
  INSERT INTO contact_opt_history
    (org_id, contact_id, phone, status, source, said_at, words, method, user_id)
  VALUES (
    NEW.org_id, NEW.contact_id, number, NEW.status, NEW.source,
    coalesce(
      CAST(proof ->> 'said_at' AS timestamptz),
      opt_said_at(NEW.status, NEW.source, NEW.updated_at, NEW.held_at)
    ),
    proof ->> 'words', proof ->> 'method', CAST(proof ->> 'user_id' AS uuid)
  );
  RETURN NULL;
END $body$;
"""

_TRIGGER = """
CREATE TRIGGER tr_contact_opt_status_history AFTER INSERT OR UPDATE ON contact_opt_status
FOR EACH ROW EXECUTE FUNCTION keep_opt_history()
"""


def upgrade() -> None:
    """Create the table of the history and the trigger that writes it."""
    op.execute(_TABLE)
    isolate_by_org("contact_opt_history")
    op.execute(_FUNCTIONS)
    op.execute(_TRIGGER)
