"""Messages from people are stored once, shown in their conversation, and counted as replies."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.ids import new_id
from services.messaging.tests.organisation import Organisation, phone
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.jobs


async def test_an_incoming_message_starts_a_conversation_and_is_unread(
    organisation: Organisation,
) -> None:
    await organisation.text_in(phone(1), "Are you open on Sunday?")
    [conversation] = await organisation.conversations()
    assert (conversation.phone, conversation.unread_count, conversation.last_message) == (
        phone(1),
        1,
        "Are you open on Sunday?",
    )


async def test_a_repeated_webhook_stores_the_message_once(organisation: Organisation) -> None:
    sid = f"SM{new_id().hex}"
    for _ in range(3):
        await organisation.text_in(phone(1), "Hi", sid)
    [conversation] = await organisation.conversations()
    assert conversation.unread_count == 1


async def test_a_message_from_a_short_code_is_stored(organisation: Organisation) -> None:
    await organisation.text_in("32665", "Your code is 1234")
    [conversation] = await organisation.conversations()
    assert conversation.phone == "32665"


async def test_a_reply_is_counted_once_for_its_campaign(organisation: Organisation) -> None:
    campaign = uuid4()
    await organisation.submit(campaign, [phone(1), phone(2)])

    async def sent() -> bool:
        return (await organisation.counts(campaign)).queued == 2

    await wait_until(sent)
    await organisation.text_in(phone(1), "Great")
    await organisation.text_in(phone(1), "Really great")
    assert (await organisation.counts(campaign)).replied == 1


async def test_an_opt_out_is_counted_once_for_the_campaign_that_it_answers(
    organisation: Organisation,
) -> None:
    earlier, campaign = uuid4(), uuid4()
    for each, recipients in ((earlier, [phone(1)]), (campaign, [phone(1), phone(2), phone(3)])):
        await organisation.submit(each, recipients)

        async def sent(each: UUID = each, number: int = len(recipients)) -> bool:
            return (await organisation.counts(each)).queued == number

        await wait_until(sent)
    await organisation.text_in(phone(1), "STOP")
    await organisation.text_in(phone(1), "START")
    await organisation.text_in(phone(1), "STOP")
    await organisation.text_in(phone(2), "Stop it please, I have to think about it")
    await organisation.text_in(phone(3), "Great")
    counts = await organisation.counts(campaign)
    assert (counts.opt_outs, counts.replied, counts.opted_out) == (1, 3, 0)
    assert (await organisation.counts(earlier)).opt_outs == 0
    async with organisation.database.system() as connection:
        lost = text("DELETE FROM campaign_counts WHERE campaign_id = :id")
        await connection.execute(lost, {"id": campaign})
    assert (await organisation.counts(campaign)).opt_outs == 1


async def test_a_stop_text_is_stored_with_the_rest_of_the_conversation(
    organisation: Organisation,
) -> None:
    await organisation.text_in(phone(1), "Stop.")
    [conversation] = await organisation.conversations()
    assert conversation.last_message == "Stop."


@pytest.mark.parametrize(
    ("body", "kind", "opted_out"),
    [("No more of this please", "STOP", True), ("STOP", "HELP", False), ("Start", "STOP", True)],
)
async def test_the_opt_out_type_of_the_webhook_decides_who_is_opted_out_whatever_the_text_says(
    organisation: Organisation, body: str, kind: str, opted_out: bool
) -> None:
    await organisation.text_in(phone(1), body, OptOutType=kind)
    assert await organisation.is_opted_out(phone(1)) is opted_out


async def test_a_start_text_recognised_by_twilio_opts_in_again(organisation: Organisation) -> None:
    await organisation.text_in(phone(1), "STOP")
    await organisation.text_in(phone(1), "I am back", OptOutType="START")
    assert not await organisation.is_opted_out(phone(1))
