"""A retry of all failed messages of an event: each is sent again once, in the background."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, Forbidden, NotFound
from servicekit.ids import new_id
from services.campaigns.events.storage import sms_retries
from services.campaigns.events.storage.sms_retries import NewRetry, SmsRetry
from services.campaigns.events.storage.tables import event_sms_retries
from services.campaigns.events.usecases import run_sms_retries
from services.campaigns.tests.event_owner import VIEW
from services.campaigns.tests.organisation import Neighbours, Organisation, an_organisation, phone
from services.campaigns.tests.organizer import Organizer
from services.campaigns.tests.outcomes import fate
from smsblaster.events.v1 import sms_retries_pb2 as pb
from tests.fixtures.poison import is_recorded, poisoned, try_again
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

pytestmark = [pytest.mark.jobs, pytest.mark.usefixtures("sender")]

RUNNING = pb.SMS_RETRY_STATUS_RUNNING
DONE = pb.SMS_RETRY_STATUS_DONE
STOPPED = pb.SMS_RETRY_STATUS_STOPPED
UNREACHABLE, LANDLINE = 30003, 30006


async def failed_event(
    organizer: Organizer, neighbours: Neighbours, codes: Sequence[int | None], body: str = "x"
) -> str:
    """Create an event whose attendees' messages have these error codes; None is delivered."""
    event = await organizer.event()
    for number in range(len(codes)):
        await organizer.attendee(event.id, number)
    sent = await organizer.notified(event.id, message=body)
    for number, code in enumerate(codes):
        status = "undelivered" if code else "delivered"
        await fate(neighbours, sent.id, phone(number), status, code)
    return event.id


async def retry(organizer: Organizer, event_id: str, **fields: Any) -> pb.SmsRetry:
    """Start a retry, and wait until it has ended."""
    started: pb.SmsRetry = await organizer.ask("CreateSmsRetry", event_id=event_id, **fields)
    assert started.status == RUNNING
    return await ended(organizer, event_id, started.id)


async def ended(organizer: Organizer, event_id: str, retry_id: str) -> pb.SmsRetry:
    async def there() -> pb.SmsRetry | None:
        found: pb.SmsRetry = await organizer.ask(
            "GetSmsRetry", event_id=event_id, retry_id=retry_id
        )
        return None if found.status == RUNNING else found

    found = await wait_until(there, 120.0, "retry has ended")
    assert found is not None
    return found


async def test_all_failed_messages_are_sent_again_once(
    organizer: Organizer,
    organisation: Organisation,
    neighbours: Neighbours,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_sms_retries, "_BATCH", 2)
    codes = [UNREACHABLE, LANDLINE, None, UNREACHABLE, UNREACHABLE, LANDLINE]
    event_id = await failed_event(organizer, neighbours, codes)
    before = await organisation.balance()
    done = await retry(organizer, event_id)
    assert (done.status, done.total, done.retried, done.refused) == (DONE, 5, 3, 2)
    [refusal] = done.refusals
    assert refusal.count == 2
    assert "landline" in refusal.reason.lower()
    assert done.finished_at.ToDatetime() > done.created_at.ToDatetime()
    texts = [organisation.received()[(phone(number), "x")] for number in range(6)]
    assert texts == [2, 1, 1, 2, 2, 1]
    assert await organisation.balance() == before - 3
    assert await organizer.all_of("ListSmsRetries", 50, event_id=event_id) == [done]


async def test_a_retry_can_be_limited_to_some_attendees_and_can_be_forced(
    organizer: Organizer, organisation: Organisation, neighbours: Neighbours
) -> None:
    event_id = await failed_event(organizer, neighbours, [LANDLINE, UNREACHABLE])
    attendees = await organizer.all_of("ListAttendees", 50, event_id=event_id)
    chosen = [each.id for each in attendees if each.phone == phone(0)]
    done = await retry(organizer, event_id, attendee_ids=chosen, force=True)
    assert (done.total, done.retried) == (1, 1)
    assert organisation.received()[(phone(1), "x")] == 1


async def test_a_retry_is_refused_if_no_message_has_failed(
    organizer: Organizer, neighbours: Neighbours
) -> None:
    event_id = await failed_event(organizer, neighbours, [None])
    with pytest.raises(Conflict) as refusal:
        await organizer.ask("CreateSmsRetry", event_id=event_id)
    assert refusal.value.code == "nothing_to_retry"


async def test_a_retry_stops_when_the_balance_is_used_up_and_a_new_one_continues(
    campaigns: Running, neighbours: Neighbours
) -> None:
    organisation = await an_organisation(neighbours, cents=3)
    organizer = Organizer.of(campaigns, organisation)
    event_id = await failed_event(organizer, neighbours, [UNREACHABLE, UNREACHABLE])
    stopped = await retry(organizer, event_id)
    assert (stopped.status, stopped.status_reason) == (STOPPED, "insufficient_balance")
    assert (stopped.retried, stopped.refused) == (1, 1)
    assert "Add funds" in stopped.status_message
    await organisation.pay_in(10)
    done = await retry(organizer, event_id)
    assert (done.status, done.total, done.retried) == (DONE, 1, 1)
    assert sum(organisation.received().values()) == 4


async def test_a_retry_continues_after_a_crash_and_sends_nothing_twice(
    organizer: Organizer, organisation: Organisation, neighbours: Neighbours, database: Database
) -> None:
    event_id = await failed_event(organizer, neighbours, [UNREACHABLE] * 3)
    summary = await organizer.summary(event_id)
    failed = sorted(UUID(message.id) for message in summary.failed_messages)
    first = next(m for m in summary.failed_messages if UUID(m.id) == failed[0])
    # The process crashed after it had sent the first message of its batch again.
    await organizer.retry(event_id, first.attendee_id, message_id=first.id)
    retry_id = new_id()
    async with database.org(organisation.person.org_id) as connection:
        await connection.execute(
            insert(event_sms_retries).values(
                id=retry_id,
                org_id=organisation.person.org_id,
                event_id=UUID(event_id),
                attendee_ids=[],
                force=False,
                total=3,
                batch=failed[:2],
                until_message_id=failed[-1],
                created_by=organisation.person.user_id,
            )
        )
    done = await ended(organizer, event_id, str(retry_id))
    assert (done.status, done.retried, done.refused) == (DONE, 3, 0)
    assert [organisation.received()[(phone(n), "x")] for n in range(3)] == [2, 2, 2]


async def test_a_retry_of_a_cancelled_event_stops(
    organizer: Organizer, neighbours: Neighbours, database: Database, organisation: Organisation
) -> None:
    event_id = await failed_event(organizer, neighbours, [UNREACHABLE])
    await organizer.ask("UpdateEvent", event_id=event_id, status=3)
    with pytest.raises(Conflict) as refusal:
        await organizer.ask("CreateSmsRetry", event_id=event_id)
    assert refusal.value.code == "event_not_published"
    stored = await _running(database, organisation, event_id)
    stopped = await ended(organizer, event_id, str(stored.id))
    assert (stopped.status, stopped.status_reason) == (STOPPED, "event_not_published")


async def test_an_event_has_one_running_retry_which_stops_when_the_member_who_started_it_is_removed(
    organizer: Organizer, organisation: Organisation, database: Database
) -> None:
    event_id, person = UUID((await organizer.event()).id), organisation.person
    new = NewRetry(event_id, [], force=False, total=1, until=new_id())
    async with database.org(person.org_id) as connection:
        first = await sms_retries.add(connection, person.org_id, person.user_id, new)
        await sms_retries.stop_of_member(connection, person.org_id, person.user_id)
        stopped = await sms_retries.find(connection, person.org_id, event_id, first.id)
        assert stopped is not None
        assert (stopped.status, stopped.status_reason) == ("stopped", "member_removed")
        await sms_retries.add(connection, person.org_id, person.user_id, new)
        with pytest.raises(Conflict) as refusal:
            await sms_retries.add(connection, person.org_id, person.user_id, new)
    assert refusal.value.code == "retry_running"


async def test_a_running_retry_can_be_cancelled_but_an_ended_one_cannot(
    organizer: Organizer, neighbours: Neighbours, database: Database, organisation: Organisation
) -> None:
    event_id = await failed_event(organizer, neighbours, [UNREACHABLE])
    async with poisoned(database, "event_sms_retries", "UPDATE", "cardinality(NEW.batch) > 0"):
        started = await organizer.ask("CreateSmsRetry", event_id=event_id)
        ids = {"event_id": event_id, "retry_id": started.id}
        cancelled = await organizer.ask("CancelSmsRetry", **ids)
    assert cancelled.status == pb.SMS_RETRY_STATUS_CANCELLED
    with pytest.raises(Conflict) as refusal:
        await organizer.ask("CancelSmsRetry", **ids)
    assert refusal.value.code == "retry_not_running"
    assert sum(organisation.received().values()) == 1


async def test_retries_need_permission_and_are_hidden_from_other_organisations(
    organizer: Organizer, neighbours: Neighbours
) -> None:
    event_id = await failed_event(organizer, neighbours, [UNREACHABLE])
    done = await retry(organizer, event_id)
    colleague = organizer.colleague("member")
    await organizer.ask(
        "SetOrganizer", event_id=event_id, user_id=str(colleague.person.user_id), permission=VIEW
    )
    ids = {"event_id": event_id, "retry_id": done.id}
    assert await colleague.ask("GetSmsRetry", **ids) == done
    for method, fields in (("CreateSmsRetry", {"event_id": event_id}), ("CancelSmsRetry", ids)):
        with pytest.raises(Forbidden):
            await colleague.ask(method, **fields)
    stranger = Organizer.of(organizer.service, Organisation(neighbours))
    own = await stranger.event()
    for fields in (ids, {"event_id": own.id, "retry_id": done.id}):
        for method in ("GetSmsRetry", "CancelSmsRetry"):
            with pytest.raises(CrossOrgAccess):
                await stranger.ask(method, **fields)
    with pytest.raises(NotFound):
        await organizer.ask("GetSmsRetry", event_id=event_id, retry_id=str(new_id()))
    with pytest.raises(NotFound):
        await organizer.ask("CreateSmsRetry", event_id=event_id, attendee_ids=[str(new_id())])


@pytest.mark.poison("campaigns/retry-event-texts")
async def test_a_retry_that_fails_does_not_stop_the_others(
    organizer: Organizer, neighbours: Neighbours, database: Database, organisation: Organisation
) -> None:
    bad, good = [await failed_event(organizer, neighbours, [UNREACHABLE]) for _ in range(2)]
    condition = f"NEW.event_id = '{bad}' AND cardinality(NEW.batch) > 0"
    async with poisoned(database, "event_sms_retries", "UPDATE", condition):
        started = await organizer.ask("CreateSmsRetry", event_id=bad)
        assert (await retry(organizer, good)).status == DONE
        await wait_until(lambda: is_recorded(database, "retry-event-texts", started.id))
    await try_again(database)
    assert (await ended(organizer, bad, started.id)).retried == 1


async def _running(database: Database, organisation: Organisation, event_id: str) -> SmsRetry:
    new = NewRetry(UUID(event_id), [], force=False, total=1, until=new_id())
    person = organisation.person
    async with database.org(person.org_id) as connection:
        return await sms_retries.add(connection, person.org_id, person.user_id, new)
