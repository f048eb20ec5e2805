"""Pending messages of a withdrawn campaign are cancelled and refunded once."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from sqlalchemy import text

from servicekit.identity import acting_as
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import dispatch_pb2, dispatch_pb2_grpc
from tests.fixtures.waiting import wait_until


async def withdraw(organisation: Organisation, campaign: UUID) -> None:
    stub = dispatch_pb2_grpc.DispatchServiceStub(organisation.messaging.channel)
    request = dispatch_pb2.WithdrawCampaignRequest(campaign_id=str(campaign))
    with acting_as(organisation.person.identity()):
        await organisation.messaging.caller("campaigns").call(stub.WithdrawCampaign, request)


def given_back(
    organisation: Organisation, campaign: UUID, number: int
) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        counts = await organisation.counts(campaign)
        return (counts.cancelled, counts.pending, counts.spent_cents) == (number, 0, 0)

    return check


async def test_pending_messages_are_cancelled_and_refunded_once(organisation: Organisation) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(500, 520)]
    await organisation.hold(campaign, True)
    await organisation.submit(campaign, people)
    assert await organisation.balance() == 980
    await asyncio.gather(*(withdraw(organisation, campaign) for _ in range(5)))
    await wait_until(given_back(organisation, campaign, 20))
    assert await organisation.balance() == 1000
    assert not organisation.provider()
    async with organisation.database.system() as connection:
        message_id = await connection.scalar(
            text("SELECT id FROM sms_messages WHERE campaign_id = :id LIMIT 1"), {"id": campaign}
        )
    happened = (await organisation.detail(str(message_id))).timeline
    assert [event.event_type for event in happened] == ["pending", "cancelled"]


async def test_a_chunk_submitted_after_the_withdrawal_is_refunded_and_never_sent(
    organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(520, 530)]
    await withdraw(organisation, campaign)
    await organisation.submit(campaign, people)
    await wait_until(given_back(organisation, campaign, 10))
    assert await organisation.balance() == 1000
    assert not organisation.provider()


async def test_a_message_that_becomes_pending_again_after_the_withdrawal_is_refunded(
    organisation: Organisation,
) -> None:
    campaign = uuid4()
    await organisation.hold(campaign, True)
    await organisation.submit(campaign, [phone(531)])
    async with organisation.database.system() as connection:
        await connection.execute(
            text(
                "UPDATE sms_messages SET status = 'unknown', attempted_at = now() - interval '1 h'"
                " WHERE campaign_id = :id"
            ),
            {"id": campaign},
        )
        await connection.execute(
            text("UPDATE campaign_counts SET pending = 0, unknown = 1 WHERE campaign_id = :id"),
            {"id": campaign},
        )
    await withdraw(organisation, campaign)
    assert (await organisation.counts(campaign)).cancelled == 0
    async with organisation.database.system() as connection:
        await connection.execute(
            text("UPDATE sms_messages SET next_step_at = now() WHERE campaign_id = :id"),
            {"id": campaign},
        )
    await wait_until(given_back(organisation, campaign, 1))
    assert not organisation.provider()


async def test_resuming_a_withdrawn_campaign_sends_nothing(organisation: Organisation) -> None:
    campaign = uuid4()
    await withdraw(organisation, campaign)
    await organisation.hold(campaign, False)
    await organisation.submit(campaign, [phone(540)])
    await wait_until(given_back(organisation, campaign, 1))
    assert not organisation.provider()


async def test_withdrawing_a_campaign_does_not_stop_another_one(organisation: Organisation) -> None:
    one, other = uuid4(), uuid4()
    await withdraw(organisation, one)
    await organisation.submit(other, [phone(550)])

    async def sent() -> bool:
        return [m["to"] for m in organisation.provider()] == [phone(550)]

    await wait_until(sent)
    assert await organisation.balance() == 999
