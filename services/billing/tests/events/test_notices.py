"""Notices from the bus become notifications. Each user has their own read marks."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, NotFound
from servicekit.ids import new_id
from services.billing.events.notices import Notices
from services.billing.tests.member import Member
from smsblaster.billing.v1 import events_pb2, notifications_pb2, notifications_pb2_grpc
from tests.fixtures.poison import letters
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until


def a_notice(
    person: Person, user_id: UUID | None = None, kind: str = "campaign_finished"
) -> events_pb2.Noticed:
    event = events_pb2.Noticed(
        id=str(new_id()),
        org_id=str(person.org_id),
        entity_type="campaign",
        entity_id=str(uuid4()),
        user_id=str(user_id) if user_id else None,
        type=kind,
        message="Sale has been sent.",
    )
    event.created_at.FromDatetime(datetime.now(UTC))
    return event


async def store(database: Database, *events: events_pb2.Noticed) -> None:
    """Pass notices to the consumer, as the bus does."""
    subject = "event.campaigns.notice"
    batch = [Incoming(str(new_id()), subject, event.SerializeToString()) for event in events]
    await Notices(database).handle(batch)


async def read(member: Member, notification_id: str) -> notifications_pb2.UnreadNotifications:
    stub = notifications_pb2_grpc.NotificationServiceStub(member.billing.channel)
    request = notifications_pb2.MarkNotificationReadRequest(id=notification_id)
    return await member.call(stub.MarkNotificationRead, request)


async def read_all(member: Member, until: str = "") -> notifications_pb2.UnreadNotifications:
    stub = notifications_pb2_grpc.NotificationServiceStub(member.billing.channel)
    request = notifications_pb2.MarkAllNotificationsReadRequest(until=until or None)
    return await member.call(stub.MarkAllNotificationsRead, request)


async def test_a_notice_published_on_the_bus_is_listed(member: Member, bus: Bus) -> None:
    event = a_notice(member.person)
    payload = event.SerializeToString()
    await bus.publish([BusMessage("event.campaigns.notice", str(new_id()), payload)])

    async def is_listed() -> bool:
        return bool((await member.notifications()).items)

    await wait_until(is_listed, message="the notice is listed")
    [item] = (await member.notifications()).items
    assert item.type == notifications_pb2.NOTIFICATION_TYPE_CAMPAIGN_FINISHED
    assert (item.message, item.entity_id) == ("Sale has been sent.", event.entity_id)
    assert not item.HasField("payload")
    assert not item.HasField("read_at")


@pytest.mark.poison("billing-notices")
async def test_an_unreadable_notice_does_not_stop_others(
    member: Member, database: Database, bus: Bus
) -> None:
    subject = "event.campaigns.notice"
    garbage = BusMessage(subject, new_id().hex, b"\xff\xff")
    good = a_notice(member.person)
    await bus.publish([garbage, BusMessage(subject, str(new_id()), good.SerializeToString())])

    async def is_listed() -> bool:
        return [item.id for item in (await member.notifications()).items] == [good.id]

    async def is_dead_lettered() -> bool:
        found = await letters(database)
        return (garbage.id, "billing-notices") in {
            (each.message_id, each.consumer) for each in found
        }

    await wait_until(is_listed, message="the good notice is listed")
    await wait_until(is_dead_lettered, message="the unreadable notice is a dead letter")


async def test_a_repeated_notice_is_stored_once_and_a_notice_of_an_unknown_type_is_not_stored(
    member: Member, database: Database
) -> None:
    event = a_notice(member.person)
    await store(database, event, a_notice(member.person, kind="of_the_next_release"))
    await store(database, event)
    listed = await member.notifications()
    assert [item.id for item in listed.items] == [event.id]
    assert (listed.unread_count, listed.unread_count_is_exact) == (1, True)


async def test_a_notice_for_one_user_is_hidden_from_colleagues(
    member: Member, database: Database
) -> None:
    colleague = Member(member.billing, database, Person(member.person.org_id))
    event = a_notice(member.person, member.person.user_id)
    await store(database, event)
    assert (await member.notifications()).unread_count == 1
    assert (await colleague.notifications()).unread_count == 0
    assert not (await colleague.notifications()).items
    with pytest.raises(NotFound):
        await read(colleague, event.id)


async def test_each_user_has_their_own_read_marks(member: Member, database: Database) -> None:
    colleague = Member(member.billing, database, Person(member.person.org_id))
    first, second = a_notice(member.person), a_notice(member.person)
    await store(database, first, second)
    for _ in range(2):
        assert (await read(member, first.id)).unread_count == 1
    marks = {item.id: item.HasField("read_at") for item in (await member.notifications()).items}
    assert marks == {first.id: True, second.id: False}
    assert (await colleague.notifications()).unread_count == 2


async def test_mark_all_read_leaves_newer_notifications_than_the_given_one_unread(
    member: Member, database: Database
) -> None:
    events = [a_notice(member.person) for _ in range(3)]
    await store(database, *events)
    await read(member, events[0].id)
    assert (await read_all(member, events[1].id)).unread_count == 1
    assert (await read_all(member)).unread_count == 0
    await store(database, a_notice(member.person))
    assert (await member.notifications()).unread_count == 1


async def test_mark_all_read_works_without_notifications(member: Member) -> None:
    assert (await read_all(member)).unread_count == 0


async def test_unread_notifications_are_counted_up_to_a_hundred(
    member: Member, database: Database
) -> None:
    await store(database, *(a_notice(member.person) for _ in range(101)))
    listed = await member.notifications(limit=1)
    assert (listed.unread_count, listed.unread_count_is_exact) == (100, False)


async def test_a_notification_of_another_organisation_cannot_be_marked_as_read(
    member: Member, stranger: Member, database: Database
) -> None:
    event = a_notice(stranger.person)
    await store(database, event)
    with pytest.raises(CrossOrgAccess):
        await read(member, event.id)
    with pytest.raises(NotFound):
        await read(member, str(uuid4()))
    assert (await stranger.notifications()).unread_count == 1
