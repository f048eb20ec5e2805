"""A phone number that a carrier writes in another format is the same recipient."""

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import new_id
from services.messaging.tests.organisation import Organisation, phone

MEXICAN, OTHER_MEXICAN = "+525512345678", "+5215512345678"
BRAZILIAN, OTHER_BRAZILIAN = "+5511987654321", "+551187654321"


@pytest.mark.parametrize(
    ("number", "reported"),
    [
        (MEXICAN, OTHER_MEXICAN),
        (MEXICAN, "5215512345678"),
        (BRAZILIAN, OTHER_BRAZILIAN),
        ("+447400123456", "00447400123456"),
        ("+447400123456", "tel:+44 7400 123456"),
    ],
)
async def test_a_stop_text_in_another_format_opts_out_the_number_that_was_texted(
    organisation: Organisation, number: str, reported: str
) -> None:
    await organisation.send(number)
    await organisation.text_in(reported, "STOP")
    assert await organisation.is_opted_out(number)
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(number)
    assert refusal.value.code == "opted_out"
    batch = await organisation.send_batch([number])
    assert [error.code for error in batch.errors] == ["opted_out"]
    [conversation] = await organisation.conversations()
    assert (conversation.phone, conversation.last_message) == (number, "STOP")


async def test_a_number_in_two_formats_is_one_recipient(organisation: Organisation) -> None:
    batch = await organisation.send_batch([MEXICAN, OTHER_MEXICAN, "+52 1 55 1234 5678"])
    assert [error.code for error in batch.errors] == ["duplicate", "duplicate"]
    assert len(batch.message_ids) == 1


async def test_a_callback_in_another_format_does_not_change_the_message_being_sent(
    organisation: Organisation, database: Database
) -> None:
    """A message being sent gets its SID from Twilio's response, not from a callback."""
    contact_id = (await organisation.contact_ids([MEXICAN]))[MEXICAN]
    async with database.org(organisation.org_id) as connection:
        await connection.execute(
            text(
                "INSERT INTO sms_messages (id, org_id, contact_id, to_number, body, direction,"
                " status, segments, price_cents, next_step_at) VALUES (:id, :org_id, :contact_id,"
                " :to, 'Hello', 'out', 'sending', 1, 0, 'infinity')"
            ),
            {
                "id": new_id(),
                "org_id": organisation.org_id,
                "contact_id": contact_id,
                "to": MEXICAN,
            },
        )
    await organisation.callback(None, f"SM{new_id().hex}", "sent", To=OTHER_MEXICAN)
    async with database.org(organisation.org_id) as connection:
        found = await connection.scalar(text("SELECT count(*) FROM sms_messages"))
    assert found == 1


async def test_the_organisations_own_number_is_recognised_in_any_format(
    organisation: Organisation, database: Database
) -> None:
    own = {"org_id": organisation.org_id, "own": OTHER_MEXICAN}
    async with database.org(organisation.org_id) as connection:
        await connection.execute(
            text("UPDATE twilio_numbers SET phone_number = :own WHERE org_id = :org_id"), own
        )
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(MEXICAN)
    assert refusal.value.code == "own_number"
    assert (await organisation.send_batch([MEXICAN])).errors[0].code == "own_number"


async def test_a_stop_text_from_one_number_does_not_opt_out_another_number(
    organisation: Organisation,
) -> None:
    await organisation.send(phone(1))
    await organisation.text_in(OTHER_MEXICAN, "STOP")
    assert not await organisation.is_opted_out(phone(1))
