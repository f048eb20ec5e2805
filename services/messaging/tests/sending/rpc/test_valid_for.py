"""A text that could not be sent within its validity is not sent and not charged."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.messaging.sending.domain.outgoing import expiry_of
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.scheduler import FAILED, Scheduler
from services.messaging.tests.sending.rpc.test_quiet_hours import ask
from services.messaging.tests.sending.usecases.test_send_scheduled import closed_now
from smsblaster.messaging.v1 import quiet_hours_pb2
from tests.fixtures.customer_events import subscribe, told
from tests.fixtures.waiting import wait_until

EXPIRED_CODE = 100_001
DAY = 86_400


async def change(organisation: Organisation, message_id: str, columns: str) -> None:
    """Set columns of a message by SQL."""
    statement = text(f"UPDATE sms_messages SET {columns} WHERE id = :id AND org_id = :org_id")  # noqa: S608
    async with organisation.database.org(organisation.org_id) as connection:
        await connection.execute(statement, {"id": message_id, "org_id": organisation.org_id})


async def leave_alone(organisation: Organisation, message_id: str) -> None:
    """Make the job skip a message, so that only a sender process notices that it has expired."""
    statement = text(
        "INSERT INTO failing_items (job, item, id, org_id, cause, next_attempt_at, told)"
        " VALUES ('expire-messages', :item, uuidv7(), :org_id, '', now() + interval '1 hour', true)"
    )
    async with organisation.database.system() as connection:
        await connection.execute(statement, {"item": message_id, "org_id": organisation.org_id})


async def wait_for_refund(organisation: Organisation, message_id: str, balance: int) -> None:
    async def is_refunded() -> bool:
        failed = await organisation.is_now(message_id, "failed")
        return failed and await organisation.balance() == balance

    await wait_until(is_refunded)


@pytest.fixture
async def waiting(organisation: Organisation) -> str:
    """Send a text that the provider is too busy to accept. Return its id."""
    organisation.fault(status=429)
    batch = await organisation.send_batch([phone(1)], valid_for=60)
    assert batch.price_cents == 1
    [message_id] = batch.message_ids
    return message_id


async def test_a_text_with_a_limited_validity_is_sent_within_it(organisation: Organisation) -> None:
    sent = await organisation.send(phone(1), valid_for=60)
    until = sent.valid_until.ToDatetime(UTC)
    assert timedelta(seconds=50) < until - datetime.now(UTC) <= timedelta(seconds=60)
    assert len(organisation.provider()) == 1
    assert not (await organisation.send(phone(2))).HasField("valid_until")


async def test_a_text_whose_validity_is_over_fails_with_the_reason_and_is_refunded(
    organisation: Organisation, waiting: str, database: Database
) -> None:
    await subscribe(database, organisation.org_id, "message.failed")
    await change(organisation, waiting, "valid_until = now() - interval '1 s'")
    await wait_for_refund(organisation, waiting, 1000)
    detail = await organisation.detail(waiting)
    assert detail.message.error_code == EXPIRED_CODE
    assert "time that was allowed" in detail.message.error_message
    assert detail.message.retryable
    assert detail.timeline[-1].event_type == "failed"
    assert organisation.provider() == []

    async def is_told() -> bool:
        return bool(await told(database, organisation.org_id))

    await wait_until(is_told)
    assert [type_ for type_, _ in await told(database, organisation.org_id)] == ["message.failed"]


async def test_a_text_fails_when_its_validity_ends_even_if_no_sender_process_runs(
    organisation: Organisation, waiting: str
) -> None:
    not_due = "next_step_at = now() + interval '1 hour', valid_until = now() - interval '1 s'"

    async def is_pending() -> bool:
        return await organisation.is_now(waiting, "pending")

    await wait_until(is_pending)
    await change(organisation, waiting, not_due)
    await wait_for_refund(organisation, waiting, 1000)
    assert (await organisation.detail(waiting)).message.error_code == EXPIRED_CODE


async def test_a_sender_process_that_was_stopped_does_not_send_texts_whose_validity_is_over(
    organisation: Organisation, waiting: str
) -> None:
    await leave_alone(organisation, waiting)
    await change(organisation, waiting, "valid_until = now() - interval '2 days'")
    await wait_for_refund(organisation, waiting, 1000)
    assert organisation.provider() == []


async def test_the_validity_of_a_scheduled_text_begins_at_its_send_time(
    organisation: Organisation,
) -> None:
    scheduler = Scheduler(organisation)
    later = await scheduler.text(phone(1), valid_for=60)
    until = later.send_at.ToDatetime(UTC) + timedelta(seconds=60)
    assert later.valid_until.ToDatetime(UTC) == until
    detail = await scheduler.sent(later.scheduled_id)
    assert detail.scheduled.valid_for == 60
    [message_id] = detail.message_ids
    message = (await organisation.detail(message_id)).message
    sent_at = detail.scheduled.send_at.ToDatetime(UTC)
    assert message.valid_until.ToDatetime(UTC) == sent_at + timedelta(seconds=60)


async def test_a_scheduled_text_whose_validity_is_over_is_not_sent_and_costs_nothing(
    organisation: Organisation,
) -> None:
    scheduler = Scheduler(organisation)
    later = await scheduler.text(phone(1), valid_for=60)
    statement = text(
        "UPDATE scheduled_sends SET send_at = now() - interval '2 minutes', due_at = now()"
        " WHERE id = :id AND org_id = :org_id"
    )
    async with organisation.database.org(organisation.org_id) as connection:
        own = {"id": UUID(later.scheduled_id), "org_id": organisation.org_id}
        await connection.execute(statement, own)
    detail = await scheduler.until(later.scheduled_id, FAILED)
    assert [error.code for error in detail.errors] == ["text_expired"]
    assert organisation.provider() == []
    assert await organisation.balance() == 1000


async def test_a_scheduled_text_fails_at_once_if_quiet_hours_outlast_its_validity(
    organisation: Organisation,
) -> None:
    closed = quiet_hours_pb2.UpdateQuietHoursRequest(enabled=True, windows=[closed_now()])
    await ask(organisation, closed)
    scheduler = Scheduler(organisation)
    later = await scheduler.text(phone(1), valid_for=60, respect_quiet_hours=True)
    await scheduler.let_come(later.scheduled_id)
    detail = await scheduler.until(later.scheduled_id, FAILED)
    assert [error.code for error in detail.errors] == ["text_expired"]
    assert organisation.provider() == []


@pytest.mark.parametrize("seconds", [1, 59, 7 * DAY + 1])
async def test_a_validity_that_is_too_short_or_too_long_is_refused(
    organisation: Organisation, seconds: int
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await organisation.send_batch([phone(1)], valid_for=seconds)
    assert [error.field for error in refused.value.fields] == ["validFor"]


def test_the_expiry_of_a_message_has_passed_if_its_remaining_seconds_are_negative() -> None:
    assert expiry_of(None) is None
    over, later = expiry_of(-1.0), expiry_of(60.0)
    assert over is not None
    assert over.has_passed
    assert later is not None
    assert not later.has_passed
