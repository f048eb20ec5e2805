"""A message with an unknown outcome is sent once, even if our clock or Twilio's is wrong.

(The callbacks of these tests go to an address where nobody listens.)
"""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from services.messaging.sending.storage.overdue import MAKE_DUE
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.scheduler import Scheduler
from tests.fixtures.running import Simulator
from tests.fixtures.waiting import wait_until

TEN_MINUTES = 600
HOUR = 3600
# How far a clock may be changed while a message is unknown, minus the time that a test takes.
TWO_HOURS = 2 * HOUR - 120
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def settings(settings: MessagingSettings) -> MessagingSettings:
    """Let a message count as not sent after one second, for which most of these tests wait."""
    return settings.model_copy(update={"unknown_horizon_seconds": 1})


@pytest.fixture(autouse=True)
def right_clock(simulator: Simulator) -> Iterator[None]:
    """Correct the provider's clock at the end of a test."""
    yield
    set_clock(simulator, 0)


def set_clock(simulator: Simulator, ahead: int) -> None:
    """Set the provider's clock some seconds ahead of the machine's."""
    body = {"clock_ahead_ms": ahead * 1000}
    httpx.post(f"{simulator.url}/sim/behaviour", json=body).raise_for_status()


async def send_without_answer(organisation: Organisation, **fault: bool) -> str:
    """Send a message to which the provider does not respond. Return the message's id."""
    organisation.fault(**fault, count=1)
    message = await organisation.send(phone(7), "Doors open at 7")
    assert await organisation.status(message.id) == "unknown"
    return message.id


async def set_database_clock(organisation: Organisation, ahead: int) -> None:
    """Change the stored times as if the database's clock was set ahead after the attempts."""
    values = {"ahead": timedelta(seconds=ahead)}
    async with organisation.database.system() as connection:
        await connection.execute(
            text(
                "UPDATE sms_messages SET created_at = created_at - :ahead,"
                " attempted_at = attempted_at - :ahead, next_step_at = next_step_at - :ahead,"
                " status_updated_at = status_updated_at - :ahead WHERE org_id = :org_id"
            ),
            {**values, "org_id": organisation.org_id},
        )
        await connection.execute(
            text("UPDATE job_runs SET started_at = started_at - :ahead"), values
        )


async def must_be_delivered_once(organisation: Organisation, message_id: str) -> None:
    await wait_until(lambda: is_delivered(organisation, message_id))
    assert len(organisation.provider()) == 1


async def is_delivered(organisation: Organisation, message_id: str) -> bool:
    await organisation.pass_seconds(message_id, 1)
    return await organisation.status(message_id) == "delivered"


@pytest.mark.parametrize("ahead", [TEN_MINUTES, -TEN_MINUTES])
async def test_a_message_that_the_provider_accepted_is_found_although_its_clock_differs(
    organisation: Organisation, ahead: int
) -> None:
    set_clock(organisation.simulator, ahead)
    message_id = await send_without_answer(organisation, accept_then_drop=True)
    await must_be_delivered_once(organisation, message_id)


@pytest.mark.parametrize("ahead", [TEN_MINUTES, -DAY])
async def test_a_message_that_the_provider_did_not_accept_is_sent_again_although_its_clock_differs(
    organisation: Organisation, ahead: int
) -> None:
    set_clock(organisation.simulator, ahead)
    message_id = await send_without_answer(organisation, drop_before=True)
    await must_be_delivered_once(organisation, message_id)


@pytest.mark.parametrize("jump", [TEN_MINUTES, TWO_HOURS, -TWO_HOURS])
async def test_a_message_is_found_after_the_providers_clock_was_changed(
    organisation: Organisation, jump: int
) -> None:
    message_id = await send_without_answer(organisation, accept_then_drop=True)
    set_clock(organisation.simulator, jump)
    await must_be_delivered_once(organisation, message_id)


@pytest.mark.parametrize("jump", [TEN_MINUTES, TWO_HOURS, -TWO_HOURS])
async def test_the_outcome_of_an_unknown_message_is_found_although_the_databases_clock_was_changed(
    organisation: Organisation, jump: int
) -> None:
    message_id = await send_without_answer(organisation, accept_then_drop=True)
    await set_database_clock(organisation, jump)
    await wait_until(lambda: is_found(organisation, message_id))
    assert len(organisation.provider()) == 1


async def is_found(organisation: Organisation, message_id: str) -> bool:
    return await organisation.status(message_id) in {"queued", "sent", "delivered"}


async def test_a_message_that_became_unknown_while_the_clock_was_ahead_is_sent_again(
    organisation: Organisation,
) -> None:
    message_id = await send_without_answer(organisation, drop_before=True)
    await set_database_clock(organisation, -DAY)
    await must_be_delivered_once(organisation, message_id)


async def test_a_search_too_early_by_twilios_clock_does_not_prove_that_nothing_was_sent(
    organisation: Organisation,
) -> None:
    """By our clock the time for searching is over, but the provider's clock was set back."""
    message_id = await send_without_answer(organisation, drop_before=True)
    await set_database_clock(organisation, TEN_MINUTES)
    first = await wait_until(lambda: first_search(organisation, message_id))
    assert first
    set_clock(organisation.simulator, -TEN_MINUTES)
    await wait_until(lambda: earlier_search(organisation, message_id, first))
    assert await organisation.status(message_id) == "unknown"
    await must_be_delivered_once(organisation, message_id)


async def first_search(organisation: Organisation, message_id: str) -> float | None:
    query = text(
        "SELECT CAST(extract(epoch FROM searched_since) AS float8) FROM sms_messages"
        " WHERE id = :id AND org_id = :org_id AND status = 'unknown'"
    )
    async with organisation.database.org(organisation.org_id) as connection:
        values = {"id": message_id, "org_id": organisation.org_id}
        found: float | None = await connection.scalar(query, values)
        return found


async def earlier_search(organisation: Organisation, message_id: str, than: float) -> float | None:
    found = await first_search(organisation, message_id)
    return found if found and found < than else None


async def test_a_lost_message_is_found_as_the_one_of_the_same_body_sent_nearest_to_its_time(
    organisation: Organisation,
) -> None:
    """Twilio accepted our message, but its response was lost, so we search for the message.

    An hour earlier, another system sent the same body from the organisation's account.
    """
    set_clock(organisation.simulator, -HOUR)
    former = await organisation.send(phone(7), "Doors open at 7")
    await forget(organisation, former.id)
    set_clock(organisation.simulator, 0)
    message_id = await send_without_answer(organisation, accept_then_drop=True)
    await wait_until(lambda: is_found(organisation, message_id))
    sids = sorted(m["sid"] for m in organisation.provider())
    assert len(sids) == 2
    [stored] = await sids_of(organisation)
    newest = max(organisation.provider(), key=lambda m: m["id"])
    assert stored == newest["sid"]


async def test_a_much_older_message_with_the_same_body_is_not_mistaken_for_ours(
    organisation: Organisation,
) -> None:
    set_clock(organisation.simulator, -DAY)
    former = await organisation.send(phone(7), "Doors open at 7")
    await forget(organisation, former.id)
    set_clock(organisation.simulator, 0)
    message_id = await send_without_answer(organisation, drop_before=True)
    await wait_until(lambda: is_found(organisation, message_id))
    assert len(organisation.provider()) == 2


async def forget(organisation: Organisation, message_id: str) -> None:
    async with organisation.database.org(organisation.org_id) as connection:
        await connection.execute(
            text("DELETE FROM sms_messages WHERE id = :id AND org_id = :org_id"),
            {"id": message_id, "org_id": organisation.org_id},
        )


async def sids_of(organisation: Organisation) -> list[str]:
    async with organisation.database.org(organisation.org_id) as connection:
        rows = await connection.execute(
            text("SELECT provider_sid FROM sms_messages WHERE org_id = :org_id"),
            {"org_id": organisation.org_id},
        )
        return list(rows.scalars())


async def test_polling_finds_a_stop_text_although_an_earlier_text_has_a_later_time(
    organisation: Organisation,
) -> None:
    """The provider's clock was two hours ahead for the first text, and was then put right.

    Both webhooks are lost.
    """
    message = await organisation.send(phone(2))
    await organisation.pass_seconds(message.id)
    sender = await wait_until(lambda: parse_from_address(organisation, message.id))
    set_clock(organisation.simulator, TWO_HOURS)
    receive(organisation, phone(2), sender, "See you there")
    await wait_until(lambda: has_unread(organisation, phone(2), 1))
    set_clock(organisation.simulator, 0)
    receive(organisation, phone(2), sender, "STOP")
    await wait_until(lambda: has_unread(organisation, phone(2), 2))
    batch = await organisation.send_batch([phone(2)])
    assert [refusal.code for refusal in batch.errors] == ["opted_out"]


async def parse_from_address(organisation: Organisation, message_id: str) -> str:
    return (await organisation.detail(message_id)).message.from_number


async def has_unread(organisation: Organisation, number: str, texts: int) -> bool:
    found = await organisation.conversations()
    return [
        conversation.unread_count for conversation in found if conversation.phone == number
    ] == [texts]


def receive(organisation: Organisation, from_: str, to: str, body: str) -> None:
    """Send a message to the organisation whose webhook is lost."""
    incoming = {"from": from_, "to": to, "body": body}
    httpx.post(f"{organisation.simulator.url}/sim/inbound", json=incoming).raise_for_status()


async def test_after_the_clock_was_set_back_the_lease_of_a_scheduled_text_does_not_last_longer(
    organisation: Organisation,
) -> None:
    """The process that had claimed the text while the clock was wrong has died."""
    scheduler = Scheduler(organisation)
    message = await scheduler.text(phone(1), "On time")
    await scheduler.let_come(message.scheduled_id)
    async with organisation.database.org(organisation.org_id) as connection:
        await connection.execute(
            text(
                "UPDATE scheduled_sends SET status = 'sending', due_at = now() + interval '1 day'"
                " WHERE id = :id AND org_id = :org_id"
            ),
            {"id": message.scheduled_id, "org_id": organisation.org_id},
        )
    async with organisation.database.system() as connection:
        for statement in MAKE_DUE:
            await connection.execute(statement)
    lease = text(
        "SELECT due_at - now() <= interval '2 minutes' FROM scheduled_sends"
        " WHERE id = :id AND org_id = :org_id"
    )
    async with organisation.database.org(organisation.org_id) as connection:
        values = {"id": message.scheduled_id, "org_id": organisation.org_id}
        assert await connection.scalar(lease, values)
