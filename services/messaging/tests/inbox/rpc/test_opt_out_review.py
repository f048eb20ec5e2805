"""Doubtful words start an opt-out review. Campaigns skip the contact until it ends."""

from uuid import uuid4

import pytest

from servicekit.errors import Conflict, CrossOrgAccess, NotFound
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from tests.fixtures.waiting import wait_until

DOUBTFUL = "Stop it, you're funny"


@pytest.fixture
def inbox(organisation: Organisation) -> Inbox:
    return Inbox(organisation)


@pytest.fixture
def other_inbox(other_organisation: Organisation) -> Inbox:
    return Inbox(other_organisation)


async def test_a_message_with_doubtful_opt_out_words_is_listed_for_review(inbox: Inbox) -> None:
    await inbox.text_in(phone(1), "See you at the bus stop")
    contact = await inbox.text_in(phone(2), DOUBTFUL, "Did you get that?")
    [flagged] = (await inbox.conversations(opt_out_review=True)).items
    assert flagged.contact_id == contact
    first, _ = (await inbox.conversation(contact)).items
    assert flagged.opt_out_review_message_id == first.id
    assert flagged.opt_out_review_since == first.created_at
    assert not await inbox.organisation.is_opted_out(phone(2))


async def test_deciding_for_an_opt_out_opts_the_contact_out(inbox: Inbox) -> None:
    contact = await inbox.text_in(phone(1), DOUBTFUL)
    decided = await inbox.review(contact, "opt_out")
    assert not decided.HasField("opt_out_review_since")
    assert not decided.HasField("opt_out_review_message_id")
    assert await inbox.organisation.is_opted_out(phone(1))
    assert not (await inbox.conversations(opt_out_review=True)).items
    with pytest.raises(Conflict) as refusal:
        await inbox.review(contact, "dismiss")
    assert refusal.value.code == "no_opt_out_review"


async def test_deciding_against_an_opt_out_only_ends_the_review(inbox: Inbox) -> None:
    contact = await inbox.text_in(phone(1), DOUBTFUL)
    await inbox.review(contact, "dismiss")
    assert not await inbox.organisation.is_opted_out(phone(1))
    await inbox.text_in(phone(1), DOUBTFUL)
    assert (await inbox.conversations(opt_out_review=True)).items


async def test_a_stop_text_ends_the_opt_out_review_of_the_contact(inbox: Inbox) -> None:
    await inbox.text_in(phone(1), DOUBTFUL, "STOP", DOUBTFUL)
    assert not (await inbox.conversations(opt_out_review=True)).items


async def test_only_contacts_that_can_be_texted_get_an_opt_out_review(inbox: Inbox) -> None:
    await inbox.text_in("ACMEBANK", DOUBTFUL)
    assert not (await inbox.conversations(opt_out_review=True)).items


@pytest.mark.parametrize("channel", ["", "whatsapp:"])
async def test_campaigns_do_not_text_a_contact_during_an_opt_out_review(
    organisation: Organisation, channel: str
) -> None:
    inbox = Inbox(organisation)
    contact = await inbox.text_in(channel + phone(1), DOUBTFUL)
    campaign = uuid4()
    await organisation.submit(campaign, [phone(1), phone(2)])

    async def done() -> bool:
        counts = await organisation.counts(campaign)
        return (counts.queued + counts.sent + counts.delivered, counts.opted_out) == (1, 1)

    await wait_until(done)
    assert [m["to"] for m in organisation.provider()] == [phone(2)]
    assert not await organisation.is_opted_out(phone(1))
    await organisation.send(phone(1))  # a single message is sent

    async def sent_to_both() -> bool:
        return {m["to"] for m in organisation.provider()} == {phone(1), phone(2)}

    await wait_until(sent_to_both)
    await inbox.review(contact, "dismiss")
    later = uuid4()
    await organisation.submit(later, [phone(1)])

    async def sent() -> bool:
        counts = await organisation.counts(later)
        return counts.queued + counts.sent + counts.delivered == 1

    await wait_until(sent)


async def test_another_organisation_cannot_decide_about_an_opt_out(
    inbox: Inbox, other_inbox: Inbox
) -> None:
    contact = await inbox.text_in(phone(1), DOUBTFUL)
    with pytest.raises(CrossOrgAccess):
        await other_inbox.review(contact, "opt_out")
    with pytest.raises(NotFound):
        await inbox.review(str(uuid4()), "opt_out")
    assert (await inbox.conversations(opt_out_review=True)).items
    assert not await inbox.organisation.is_opted_out(phone(1))
