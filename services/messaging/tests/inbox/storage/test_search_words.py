"""The search words stored with a message are those that `message_words` finds in its text."""

from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id

_STORE = text("""
INSERT INTO sms_messages (id, org_id, contact_id, to_number, body, direction, status, segments,
  price_cents, charged, next_step_at)
SELECT id, :org_id, id, '+14155550142', body, 'out', 'delivered', 1, 1, true, 'infinity'
FROM unnest(CAST(:ids AS uuid[]), CAST(:bodies AS text[])) AS given (id, body)
""")
_OTHERS = text("""
SELECT body FROM sms_messages AS message
LEFT JOIN message_search AS search
  ON search.org_id = message.org_id AND search.message_id = message.id
WHERE message.org_id = :org_id AND search.words IS DISTINCT FROM
  message_lexemes(right(message.org_id::text, 8) || 'o', message_words(body))
""")
_ASCII = st.text(st.characters(min_codepoint=1, max_codepoint=127))
_TEXTS = [
    "Hi Ada, doors open at 7 pm. Reply STOP!",
    "",
    " .,! ",
    "tabs\tand\nlines, UPPER and under_score",
    "x" * 1700,
    "word " * 400,
    "Zoë wünscht ½ Straße",
    "東京で会いましょう",
]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ascii_texts=st.lists(_ASCII, min_size=20, max_size=40))
async def test_the_search_words_stored_for_a_text_match_those_of_a_search(
    messaging: object, database: Database, ascii_texts: list[str]
) -> None:
    bodies, org_id = [*_TEXTS, *ascii_texts], uuid4()
    parameters = {"org_id": org_id, "ids": [new_id() for _ in bodies], "bodies": bodies}
    async with database.org(org_id) as connection:
        await connection.execute(_STORE, parameters)
        assert (await connection.execute(_OTHERS, {"org_id": org_id})).scalars().all() == []
