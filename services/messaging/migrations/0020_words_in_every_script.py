r"""Let searches find letters that do not decompose, Arabic without vowels, and CJK words.

The old form of each word is stored next to the new form, because the previous release searches for
the old form. Existing messages keep only their old words.
"""

from alembic import op

from servicekit import folding

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None

WORDS = r"""
CREATE FUNCTION message_words(body text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN octet_length(body) = length(body) THEN message_plain(body)
  ELSE message_plain(body) || ' ' || (
    SELECT regexp_replace(plain, '([[:alnum:]]{40})', '\1 ', 'g')
      || ' ' || coalesce(search_suffixes(plain), '')
    FROM (SELECT regexp_replace(search_fold(body), '[^[:alnum:]]+', ' ', 'g') AS plain) AS folded
  )
END;
CREATE OR REPLACE FUNCTION keep_message_search() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO message_search (org_id, message_id, incoming, words)
  SELECT org_id, id, direction = 'in',
    message_lexemes(right(org_id::text, 8) || left(direction, 1), message_words(body))
  FROM fresh;
  RETURN NULL;
END $body$;
"""


def upgrade() -> None:
    op.execute(folding.DDL)
    op.execute(WORDS)
