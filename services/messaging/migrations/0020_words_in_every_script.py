r"""Searches find letters that do not decompose, Arabic without vowels, and words within CJK texts.

The words of before are kept beside the new ones: the release before asks for those. Messages that
there are already keep the words that they have.
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
