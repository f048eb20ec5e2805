"""Add the read state of conversations, and the searchable words of every message."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

THREADS = """
CREATE INDEX ix_message_threads_archived
  ON message_threads (org_id, last_message_at DESC, contact_id DESC)
  WHERE archived_at IS NOT NULL;
CREATE INDEX ix_message_threads_unread
  ON message_threads (org_id, last_message_at DESC, contact_id DESC) INCLUDE (unread_count)
  WHERE archived_at IS NULL AND unread_count > 0;
CREATE INDEX ix_message_threads_archived_unread
  ON message_threads (org_id, last_message_at DESC, contact_id DESC)
  WHERE archived_at IS NOT NULL AND unread_count > 0;
CREATE INDEX ix_sms_messages_unread ON sms_messages (org_id, contact_id)
  WHERE direction = 'in' AND read_at IS NULL;
"""

# Words are in a table of their own, because a message is updated many times while it is sent, and
# each update would insert its words into the index again.
SEARCH = """
CREATE TABLE message_search (
  org_id uuid NOT NULL,
  message_id uuid NOT NULL,
  incoming boolean NOT NULL,
  words tsvector NOT NULL,
  CONSTRAINT pk_message_search PRIMARY KEY (org_id, message_id)
);
CREATE INDEX ix_message_search_incoming ON message_search (org_id, message_id) WHERE incoming;
CREATE INDEX ix_message_search_words ON message_search USING gin (words);
"""

# Convert a text to words separated by spaces, in lower case, without accents and punctuation. ASCII
# text, which is the most frequent, needs only the first case. The other case also splits words that
# are too long for a tsvector.
PLAIN = r"""
CREATE FUNCTION message_plain(body text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN octet_length(body) = length(body) AND length(body) <= 1600
    THEN regexp_replace(lower(body), '[^a-z0-9]+', ' ', 'g')
  ELSE regexp_replace(
    regexp_replace(
      translate(
        lower(regexp_replace(normalize(body, NFKD), U&'[\0300-\036F]', '', 'g')),
        U&'\03C2', U&'\03C3'
      ),
      '[^[:alnum:]]+', ' ', 'g'
    ),
    '([[:alnum:]]{40})', '\1 ', 'g'
  )
END;
"""

# Each word is prefixed with the end of the organisation's id and the message's direction. So a
# search reads only the organisation's own part of the index.
LEXEMES = """
CREATE FUNCTION message_lexemes(key text, plain text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(
  array_remove(string_to_array(key || replace(plain, ' ', ' ' || key), ' '), key)
);
"""

KEEP_SEARCH = """
CREATE FUNCTION keep_message_search() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO message_search (org_id, message_id, incoming, words)
  SELECT org_id, id, direction = 'in',
    message_lexemes(right(org_id::text, 8) || left(direction, 1), message_plain(body))
  FROM fresh;
  RETURN NULL;
END $body$;
CREATE TRIGGER tr_sms_messages_search_insert AFTER INSERT ON sms_messages
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION keep_message_search();

-- By the primary key: the planner does not know that the policy's !- admits every row, and might
-- look through all of them.
CREATE FUNCTION drop_message_search() RETURNS trigger LANGUAGE plpgsql
SET enable_bitmapscan = off SET enable_seqscan = off AS $body$
BEGIN
  DELETE FROM message_search USING stale
  WHERE message_search.org_id = stale.org_id AND message_search.message_id = stale.id;
  RETURN NULL;
END $body$;
CREATE TRIGGER tr_sms_messages_search_delete AFTER DELETE ON sms_messages
  REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION drop_message_search();
"""

KEEP_EARLIER = """
INSERT INTO message_search (org_id, message_id, incoming, words)
SELECT org_id, id, direction = 'in',
  message_lexemes(right(org_id::text, 8) || left(direction, 1), message_plain(body))
FROM sms_messages;
"""

# Under row-level security only a leakproof operator can use an index, and @@ is not leakproof. So
# the policy itself contains the search, which it reads from a setting of the transaction. If the
# setting is empty, !- matches every row of the organisation.
ISOLATE_SEARCH = """
ALTER TABLE message_search ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_search FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON message_search
USING (
  (
    org_id = (SELECT NULLIF(current_setting('app.org_id', true), '')::uuid)
    OR (SELECT current_setting('app.scope', true)) = 'system'
  )
  AND words @@ (SELECT coalesce(NULLIF(current_setting('app.search', true), ''), '!-')::tsquery)
)
WITH CHECK (
  org_id = (SELECT NULLIF(current_setting('app.org_id', true), '')::uuid)
  OR (SELECT current_setting('app.scope', true)) = 'system'
);
"""


def upgrade() -> None:
    op.execute(THREADS)
    for ddl in (SEARCH, PLAIN, LEXEMES, KEEP_SEARCH):
        op.execute(ddl)
    op.execute("SELECT set_config('app.scope', 'system', true)")
    op.execute(KEEP_EARLIER)
    op.execute(ISOLATE_SEARCH)
