"""The search words of stored messages are updated once, page by page, to the current rules."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging import app
from services.messaging.inbox.storage import old_search_words
from services.messaging.inbox.usecases import renew_search_words
from services.messaging.inbox.usecases.renew_search_words import RenewSearchWords
from services.messaging.settings import MessagingSettings
from services.messaging.tests.history.storage.history_rows import Past, store
from tests.fixtures.poison import is_recorded, poisoned, recorded, try_again
from tests.fixtures.running import Running

pytestmark = pytest.mark.own_services

POLISH = "Witaj \u0141ukasz"

_MAKE_OLD = text("""
UPDATE message_search SET words = message_lexemes(
  right(message.org_id::text, 8) || left(message.direction, 1), message_plain(message.body))
FROM sms_messages AS message
WHERE message.org_id = message_search.org_id AND message.id = message_search.message_id
""")
_RENEWED = text("""
SELECT message_id FROM message_search
WHERE words @@ CAST(concat('''', right(org_id::text, 8), 'olukasz''') AS tsquery)
""")


@pytest.fixture
async def database(
    settings: MessagingSettings, billing: Running, contacts: Running
) -> AsyncIterator[Database]:
    """Yield the messaging database without a running service."""
    database = Database(settings.database_url.get_secret_value())
    yield database
    async with database.system() as connection:
        for table in ("sms_messages", "failing_items", "outbox", "message_search_renewals"):
            await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (names above)
    await database.close()


async def _stored(database: Database, *bodies: str) -> list[UUID]:
    """Store messages with old search words, each in another organisation. Return their ids."""
    messages = [Past(body=body) for body in bodies]
    for org_id, message in zip(sorted(new_id() for _ in bodies), messages, strict=True):
        await store(database, org_id, [message])
    async with database.system() as connection:
        await connection.execute(_MAKE_OLD)
    return [message.id for message in messages]


async def _renewed(database: Database) -> set[UUID]:
    async with database.system() as connection:
        return set((await connection.scalars(_RENEWED)).all())


async def test_the_job_updates_the_search_words_of_messages_of_all_organisations(
    database: Database, settings: MessagingSettings
) -> None:
    first, ascii_only, last = await _stored(database, POLISH, "Witaj lukasz", POLISH)
    assert await _renewed(database) == {ascii_only}
    assert await app.run_job(settings, "renew-search-words")
    assert await _renewed(database) == {first, ascii_only, last}


async def test_an_interrupted_update_of_search_words_continues_after_the_last_finished_page(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renew_search_words, "_PAGE_SIZE", 2)
    first, second, third = await _stored(database, *[POLISH] * 3)
    pages = 0
    read = old_search_words.page

    async def page(*arguments: object) -> object:
        nonlocal pages
        pages += 1
        if pages == 2:
            raise ConnectionError
        return await read(*arguments)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(old_search_words, "page", page)
    with pytest.raises(ConnectionError):
        await RenewSearchWords(database).renew_all()
    assert await _renewed(database) == {first, second}
    await RenewSearchWords(database).renew_all()
    assert await _renewed(database) == {first, second, third}
    assert pages == 4  # the last two messages' page, and an empty one


async def test_after_a_finished_update_of_search_words_no_messages_are_read_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await RenewSearchWords(database).renew_all()
    [old] = await _stored(database, POLISH)
    await RenewSearchWords(database).renew_all()
    assert await _renewed(database) == set()
    monkeypatch.setattr(old_search_words, "WORDS_VERSION", old_search_words.WORDS_VERSION + 1)
    await RenewSearchWords(database).renew_all()
    assert await _renewed(database) == {old}


@pytest.mark.poison("messaging/renew-search-words")
async def test_a_message_whose_search_words_cannot_be_updated_does_not_stop_others(
    database: Database, settings: MessagingSettings
) -> None:
    first, bad, last = await _stored(database, *[POLISH] * 3)
    async with poisoned(database, "message_search", "UPDATE", f"OLD.message_id = '{bad}'"):
        assert await app.run_job(settings, "renew-search-words")
        assert await _renewed(database) == {first, last}
        assert await is_recorded(database, "renew-search-words", bad)
    await try_again(database)
    assert await app.run_job(settings, "renew-search-words")
    assert await _renewed(database) == {first, bad, last}
    assert not await recorded(database, "renew-search-words")
