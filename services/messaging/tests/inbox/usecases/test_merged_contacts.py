"""Messages of a merged contact move to the kept contact, whatever the order of the merges."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from servicekit.contact_merges import ContactMerge
from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.common.storage.tables import (
    campaign_skips,
    message_threads,
    sms_messages,
)
from services.messaging.inbox.usecases import move_merged_contact
from services.messaging.inbox.usecases.move_merged_contact import MoveMergedContact
from services.messaging.settings import MessagingSettings
from services.messaging.tests.history.storage.history_rows import Past, store
from smsblaster.contacts.v1.events_pb2 import ContactsMerged

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
async def database(settings: MessagingSettings) -> AsyncIterator[Database]:
    """Yield the messaging database without a running service."""
    database = Database(settings.database_url.get_secret_value())
    yield database
    await database.close()


@dataclass(frozen=True)
class Inbox:
    """The messages and conversations of an organisation's contacts."""

    database: Database
    org_id: UUID

    async def merge(self, merged: UUID, kept: UUID, hour: int = 0) -> None:
        merge = ContactMerge(
            self.org_id, merged, kept, "+14155550101", NOON + timedelta(hours=hour)
        )
        await MoveMergedContact(self.database).move(merge)

    async def messages(self, contact: UUID, count: int = 1, **fields: Any) -> list[UUID]:
        past = [Past(contact_id=contact, **fields) for _ in range(count)]
        await store(self.database, self.org_id, past)
        return [each.id for each in past]

    async def messages_of(self, contact: UUID) -> set[UUID]:
        query = select(sms_messages.c.id).where(sms_messages.c.contact_id == contact)
        async with self.database.org(self.org_id) as connection:
            return set((await connection.scalars(query)).all())

    async def converse(self, contact: UUID, **columns: Any) -> None:
        row = {
            "org_id": self.org_id,
            "contact_id": contact,
            "phone": "+14155550100",
            "last_message": "Hello",
            "last_message_at": NOON,
            "unread_count": 0,
        }
        async with self.database.org(self.org_id) as connection:
            await connection.execute(insert(message_threads).values(row | columns))

    async def conversation(self, contact: UUID) -> Any:
        query = select(message_threads).where(message_threads.c.contact_id == contact)
        async with self.database.org(self.org_id) as connection:
            return (await connection.execute(query)).one_or_none()


@pytest.fixture
def inbox(database: Database) -> Inbox:
    return Inbox(database, new_id())


async def test_a_merge_moves_messages_and_the_conversation(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(move_merged_contact, "_BATCH", 2)
    merged, kept = new_id(), new_id()
    moved, own = await inbox.messages(merged, 5), await inbox.messages(kept)
    await inbox.converse(merged, unread_count=3)
    stranger = replace(inbox, org_id=new_id())
    other = await stranger.messages(merged)
    await inbox.merge(merged, kept)
    assert await inbox.messages_of(kept) == {*moved, *own}
    assert await inbox.messages_of(merged) == set()
    assert (await inbox.conversation(kept)).unread_count == 3
    assert await inbox.conversation(merged) is None
    assert await stranger.messages_of(merged) == set(other)


async def test_the_joined_conversation_shows_the_latest_message_and_counts_all_unread_ones(
    inbox: Inbox,
) -> None:
    merged, kept = new_id(), new_id()
    later = {"last_message": "Later", "last_message_at": NOON + timedelta(hours=1)}
    await inbox.converse(merged, unread_count=2, phone="+14155550102", **later)
    await inbox.converse(kept, unread_count=1, archived_at=NOON)
    await inbox.merge(merged, kept)
    joined = await inbox.conversation(kept)
    assert (joined.last_message, joined.phone) == ("Later", "+14155550102")
    assert (joined.unread_count, joined.archived_at) == (3, None)


async def test_if_a_campaign_texted_both_contacts_both_messages_are_kept(inbox: Inbox) -> None:
    merged, kept, campaign = new_id(), new_id(), new_id()
    both = [Past(contact_id=contact, campaign_id=campaign) for contact in (kept, merged)]
    await store(inbox.database, inbox.org_id, both)
    own, theirs = (each.id for each in both)
    [single] = await inbox.messages(merged)
    await inbox.merge(merged, kept)
    assert await inbox.messages_of(kept) == {own, single}
    assert await inbox.messages_of(merged) == {theirs}


async def test_a_merge_moves_skipped_recipients_of_campaigns(inbox: Inbox) -> None:
    merged, kept, first, second = new_id(), new_id(), new_id(), new_id()
    rows = [
        {"campaign_id": campaign, "contact_id": contact, "org_id": inbox.org_id, "reason": reason}
        for campaign, contact, reason in (
            (first, merged, "opted_out"),
            (second, merged, "opted_out"),
            (second, kept, "invalid"),
        )
    ]
    async with inbox.database.org(inbox.org_id) as connection:
        await connection.execute(insert(campaign_skips).values(rows))
    await inbox.merge(merged, kept)
    query = text(
        "SELECT campaign_id, contact_id, reason FROM campaign_skips WHERE org_id = :org_id"
    )
    async with inbox.database.org(inbox.org_id) as connection:
        found = (await connection.execute(query, {"org_id": inbox.org_id})).all()
    assert {tuple(row) for row in found} == {(first, kept, "opted_out"), (second, kept, "invalid")}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_after_merges_in_any_order_everything_belongs_to_the_last_contact(
    inbox: Inbox, order: tuple[int, int]
) -> None:
    first, second, last = new_id(), new_id(), new_id()
    moved = [*await inbox.messages(first), *await inbox.messages(second)]
    merges = [(first, second, 1), (second, last, 2)]
    for index in order:
        await inbox.merge(*merges[index])
    assert await inbox.messages_of(last) == set(moved)


async def test_after_many_merges_at_once_everything_belongs_to_the_last_contact(
    inbox: Inbox,
) -> None:
    contacts = [new_id() for _ in range(4)]
    moved = [id_ for contact in contacts for id_ in await inbox.messages(contact, 3)]
    await asyncio.gather(
        *(inbox.merge(merged, kept, hour) for hour, (merged, kept) in enumerate(pairwise(contacts)))
    )
    assert await inbox.messages_of(contacts[-1]) == set(moved)


async def test_a_repeated_merge_event_does_not_change_a_restored_contact(inbox: Inbox) -> None:
    merged, kept = new_id(), new_id()
    await inbox.messages(merged)
    await inbox.merge(merged, kept)
    fresh = await inbox.messages(merged)
    await inbox.merge(merged, kept)
    assert await inbox.messages_of(merged) == set(fresh)


async def test_a_restored_contact_can_be_kept_in_a_later_merge(inbox: Inbox) -> None:
    restored, elsewhere, merged = new_id(), new_id(), new_id()
    await inbox.merge(restored, elsewhere, hour=1)
    moved = await inbox.messages(merged)
    await inbox.merge(merged, restored, hour=2)
    assert await inbox.messages_of(restored) == set(moved)


async def test_a_malformed_merge_event_is_refused() -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        ContactMerge.parse(ContactsMerged(org_id="none").SerializeToString())
