"""Status callbacks are logged once for the organisation that signed them, then published."""

from uuid import uuid4

import pytest

from servicekit.bus.connection import Bus
from services.webhooks.tests.calls import (
    STATUS,
    STATUS_403,
    TwilioAccount,
    form_call,
    message_target,
    new_sid,
    status_pairs,
)
from services.webhooks.tests.conftest import Accounts
from services.webhooks.tests.serving import Service, form_of
from services.webhooks.tests.subscriptions import subscribed


async def test_a_callback_is_logged_and_gets_status_204(
    service: Service, account: TwilioAccount
) -> None:
    message_id = uuid4()
    call = form_call(account, message_target(account, message_id), status_pairs(account))
    answer = await service.post(call)
    assert (answer.status_code, answer.content) == (204, b"")
    row = (await service.logged_of(account))[0]
    assert row["source"] == "twilio_status"
    assert row["message_id"] == message_id
    assert bytes(row["payload"]) == call.body
    assert row["signature"] == call.headers["X-Twilio-Signature"]


async def test_the_second_url_for_status_callbacks_returns_200_with_success_true(
    service: Service, account: TwilioAccount
) -> None:
    answer = await service.post(form_call(account, STATUS_403, status_pairs(account)))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    per_message = form_call(
        account, message_target(account, uuid4(), STATUS_403), status_pairs(account)
    )
    assert (await service.post(per_message)).status_code == 200


async def test_a_callback_is_published_with_the_id_of_the_log(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    message_id = uuid4()
    pairs = status_pairs(account, ErrorCode="30003", NewField="é 😀")
    async with subscribed(bus, "webhook.twilio.status") as messages:
        await service.post(form_call(account, message_target(account, message_id), pairs))
        message = await messages.next_of(account)
    row = (await service.logged_of(account))[0]
    assert message.event.id == str(row["id"])
    assert message.event.org_id == str(account.org_id)
    assert message.event.message_id == str(message_id)
    assert dict(message.event.form) == dict(pairs)
    assert message.event.received_at.ToDatetime().timestamp() > 0


async def test_a_repeated_callback_gets_the_same_response_and_is_logged_once(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    call = form_call(account, STATUS, status_pairs(account))
    later = form_call(account, STATUS, status_pairs(account))
    async with subscribed(bus, "webhook.twilio.status") as messages:
        for _ in range(5):
            assert (await service.post(call)).status_code == 204
        await service.post(later)
        first, second = await messages.next_of(account), await messages.next_of(account)
    rows = await service.logged_of(account)
    assert [first.event.id, second.event.id] == [str(row["id"]) for row in rows]


@pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent")])
async def test_all_statuses_of_a_message_are_logged_whatever_their_order(
    service: Service, account: TwilioAccount, order: tuple[str, ...]
) -> None:
    sid = new_sid("SM")
    for status in (*order, *order):
        pairs = status_pairs(account, MessageSid=sid, MessageStatus=status)
        assert (await service.post(form_call(account, STATUS, pairs))).status_code == 204
    rows = await service.logged_of(account)
    assert [form_of(row)["MessageStatus"] for row in rows] == list(order)


async def test_both_tokens_are_accepted_during_a_rotation(
    service: Service, account: TwilioAccount
) -> None:
    call = form_call(account, STATUS, status_pairs(account))
    account.tokens.insert(0, new_sid(""))
    assert (await service.post(call)).status_code == 204


async def test_the_account_is_not_fetched_again_for_each_bad_signature(
    service: Service, accounts: Accounts, account: TwilioAccount
) -> None:
    forged = form_call(account, STATUS, status_pairs(account))
    forged.headers["X-Twilio-Signature"] = "AAAA"
    for _ in range(5):
        assert (await service.post(forged)).status_code == 401
    assert accounts.directory.asked.count(account.sid) == 1
