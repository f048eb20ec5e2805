"""Status callbacks in any order move only their own tenant's message, and only forward."""

import itertools

import pytest
from sqlalchemy import text

from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import messages_pb2
from tests.fixtures.waiting import wait_until


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])))
async def test_a_message_ends_delivered_in_every_order_of_callbacks(
    organisation: Organisation, order: tuple[str, ...]
) -> None:
    message = await organisation.send(phone(1))
    for word in order:
        await organisation.callback(message.id, message.provider_sid, word, word)
    detail = await organisation.detail(message.id)
    assert detail.message.status == messages_pb2.MESSAGE_STATUS_DELIVERED
    assert detail.message.HasField("delivered_at")
    assert detail.message.from_number == "+14155550100"
    words = [e.event_type for e in detail.timeline]
    assert words[:2] == ["pending", "accepted"]
    assert sorted(words[2:]) == ["delivered", "queued", "sent"]


async def test_a_callback_without_our_id_finds_its_message_by_the_sid(
    organisation: Organisation,
) -> None:
    message = await organisation.send(phone(1))
    await organisation.callback(None, message.provider_sid, "delivered")
    assert await organisation.status(message.id) == "delivered"


async def test_a_failed_message_is_refunded_once_and_an_undelivered_one_is_not(
    organisation: Organisation,
) -> None:
    failed = await organisation.send(phone(1))
    undelivered = await organisation.send(phone(2))
    before = await organisation.balance()
    for _ in range(3):
        await organisation.callback(failed.id, failed.provider_sid, "failed", code=30001)
        await organisation.callback(
            undelivered.id, undelivered.provider_sid, "undelivered", code=30003
        )
    assert await organisation.balance() == before + failed.price_cents
    detail = await organisation.detail(undelivered.id)
    assert detail.message.error_code == 30003
    assert (detail.message.error_title, detail.message.retryable) == ("Unreachable handset", True)
    assert detail.message.error_message == (
        "Phone may be off or out of service area. Try again later."
    )


async def test_a_final_status_does_not_change_again(organisation: Organisation) -> None:
    message = await organisation.send(phone(1))
    await organisation.callback(message.id, message.provider_sid, "delivered")
    await organisation.callback(message.id, message.provider_sid, "undelivered", code=30003)
    assert await organisation.status(message.id) == "delivered"
    detail = await organisation.detail(message.id)
    assert "undelivered" in [e.event_type for e in detail.timeline]


@pytest.mark.parametrize("word", ["teleported", ""])
async def test_a_callback_with_an_unknown_status_changes_nothing(
    organisation: Organisation, word: str
) -> None:
    message = await organisation.send(phone(1))
    await organisation.callback(message.id, message.provider_sid, word)
    assert await organisation.status(message.id) == "queued"


async def test_a_callback_for_another_organisations_message_changes_nothing(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    message = await organisation.send(phone(1))
    await other_organisation.callback(message.id, message.provider_sid, "delivered")
    assert await organisation.status(message.id) == "queued"


async def test_a_callback_with_another_messages_sid_changes_nothing(
    organisation: Organisation,
) -> None:
    message = await organisation.send(phone(1))
    await organisation.callback(message.id, f"SM{'f' * 32}", "delivered")
    assert await organisation.status(message.id) == "queued"


async def test_a_delivery_report_with_twilios_opt_out_error_opts_the_person_out(
    organisation: Organisation,
) -> None:
    message = await organisation.send(phone(9))
    await organisation.callback(message.id, message.provider_sid, "failed", code=21610)
    await wait_until(lambda: organisation.is_opted_out(phone(9)))
    result = await organisation.send_batch([phone(9), phone(10)])
    assert [(e.to, e.code) for e in result.errors] == [(phone(9), "opted_out")]


async def test_the_explanation_of_an_error_is_stored_and_looked_up_for_older_messages(
    organisation: Organisation,
) -> None:
    message = await organisation.send(phone(2))
    await organisation.callback(message.id, message.provider_sid, "undelivered", code=30003)
    meaning = "Phone may be off or out of service area. Try again later."
    async with organisation.database.system() as connection:
        stored = await connection.scalar(
            text("SELECT error_message FROM sms_messages WHERE id = :id"), {"id": message.id}
        )
        assert stored == meaning
        await connection.execute(
            text("UPDATE sms_messages SET error_message = 'As it was put then.' WHERE id = :id"),
            {"id": message.id},
        )
    assert (await organisation.detail(message.id)).message.error_message == "As it was put then."
    async with organisation.database.system() as connection:
        await connection.execute(
            text("UPDATE sms_messages SET error_message = NULL WHERE id = :id"),
            {"id": message.id},
        )
    assert (await organisation.detail(message.id)).message.error_message == meaning
