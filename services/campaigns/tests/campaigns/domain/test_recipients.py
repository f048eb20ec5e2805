"""In a chunk, each recipient gets a message or is skipped."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from servicekit.ids import new_id
from services.campaigns.campaigns.domain.recipients import Recipient, chunk_of
from services.campaigns.templates.domain.templates import CONTACT_VARIABLES, MAX_TEXT, parse


def a_recipient(first_name: str = "Ann", opted_out: bool = False) -> Recipient:
    values = dict.fromkeys(CONTACT_VARIABLES, "") | {"firstName": first_name}
    return Recipient(new_id(), "+15005550006", opted_out, values)


def test_each_recipient_gets_their_own_message_in_the_order_of_the_list() -> None:
    recipients = [a_recipient("Ann"), a_recipient(""), a_recipient("Bob")]
    chunk = chunk_of(recipients, parse("Hi {{firstName}}!", "message"))
    assert [text.body for text in chunk.messages] == ["Hi Ann!", "Hi!", "Hi Bob!"]
    assert [text.contact_id for text in chunk.messages] == ids_of(recipients)


def test_opted_out_and_invalid_recipients_are_skipped_and_counted() -> None:
    recipients = [
        a_recipient("Ann"),
        a_recipient("Bob", opted_out=True),
        a_recipient(""),
        a_recipient("x" * (MAX_TEXT + 1)),
        a_recipient("", opted_out=True),
    ]
    chunk = chunk_of(recipients, parse("{{firstName}}", "message"))
    assert [text.contact_id for text in chunk.messages] == ids_of(recipients[:1])
    assert chunk.opted_out == [recipients[1].contact_id, recipients[4].contact_id]
    assert chunk.invalid == ids_of(recipients[2:4])


@given(st.lists(st.tuples(st.sampled_from(["Ann", "", " "]), st.booleans()), max_size=20))
def test_every_recipient_is_counted_exactly_once(people: list[tuple[str, bool]]) -> None:
    recipients = [a_recipient(*person) for person in people]
    chunk = chunk_of(recipients, parse("{{firstName}}", "message"))
    counted = [*(text.contact_id for text in chunk.messages), *chunk.opted_out, *chunk.invalid]
    assert sorted(counted) == sorted(ids_of(recipients))


def ids_of(recipients: list[Recipient]) -> list[UUID]:
    return [recipient.contact_id for recipient in recipients]


def test_a_message_has_the_ids_of_the_contacts_that_were_merged_into_its_recipient() -> None:
    merged = (str(new_id()),)
    recipient = replace(a_recipient(), merged_ids=merged)
    [message] = chunk_of([recipient], parse("Hi", "message")).messages
    assert message.merged_ids == merged
