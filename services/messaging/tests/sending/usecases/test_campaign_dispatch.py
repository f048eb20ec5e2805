"""A campaign's messages are charged in batches and sent once, by any number of sender processes."""

import asyncio
from uuid import uuid4

import pytest

from servicekit.errors import InvalidInput
from services.messaging.tests.organisation import Organisation, phone
from tests.fixtures.waiting import wait_until


async def all_handed_over(organisation: Organisation, campaign_id: object, count: int) -> bool:
    counts = await organisation.counts(campaign_id)  # type: ignore[arg-type]
    return counts.pending == 0 and counts.queued + counts.failed + counts.unknown == count


async def test_a_chunk_that_is_submitted_several_times_is_sent_and_charged_once(
    organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(100, 160)]
    for _ in range(3):
        answer = await organisation.submit(campaign, people)
        assert (answer.accepted, answer.insufficient_balance) == (60, False)
    await wait_until(lambda: all_handed_over(organisation, campaign, 60))
    assert sorted(m["to"] for m in organisation.provider()) == sorted(people)
    assert await organisation.balance() == 1000 - 60
    assert (await organisation.counts(campaign)).spent_cents == 60


async def test_a_chunk_that_eight_planners_submit_at_once_is_sent_once(
    organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(200, 240)]
    await organisation.contact_ids(people)
    await asyncio.gather(*(organisation.submit(campaign, people) for _ in range(8)))
    await wait_until(lambda: all_handed_over(organisation, campaign, 40))
    assert len(organisation.provider()) == 40
    assert await organisation.balance() == 1000 - 40


async def test_messages_that_the_balance_did_not_cover_can_be_submitted_again(
    small_organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(12)]
    answer = await small_organisation.submit(campaign, people)
    assert (answer.accepted, answer.insufficient_balance) == (5, True)
    await wait_until(lambda: all_handed_over(small_organisation, campaign, 5))
    assert len(small_organisation.provider()) == 5
    again = await small_organisation.submit(campaign, people)
    assert (again.accepted, again.insufficient_balance) == (5, True)
    assert await small_organisation.balance() == 0


async def test_the_organisations_own_number_in_a_chunk_is_invalid(
    organisation: Organisation,
) -> None:
    campaign, person = uuid4(), phone(350)
    answer = await organisation.submit(campaign, [await organisation.number(), person])
    assert (answer.accepted, answer.invalid) == (1, 1)
    await wait_until(lambda: all_handed_over(organisation, campaign, 1))
    assert [m["to"] for m in organisation.provider()] == [person]


async def test_messages_of_a_held_campaign_wait_until_the_campaign_is_released(
    organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(300, 330)]
    await organisation.hold(campaign, True)
    answer = await organisation.submit(campaign, people)
    assert answer.pending == 30
    other = uuid4()
    await organisation.submit(other, [phone(n) for n in range(330, 340)])
    await wait_until(lambda: all_handed_over(organisation, other, 10))
    assert len(organisation.provider()) == 10
    await organisation.hold(campaign, False)
    await wait_until(lambda: all_handed_over(organisation, campaign, 30))
    await organisation.submit(campaign, people)
    assert len(organisation.provider()) == 40


async def test_a_person_who_opts_out_after_the_chunk_was_accepted_is_not_texted(
    organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(400, 410)]
    await organisation.hold(campaign, True)
    await organisation.submit(campaign, people)
    await organisation.text_in(people[3], "stop")
    await organisation.hold(campaign, False)
    await wait_until(lambda: all_handed_over(organisation, campaign, 10))
    assert people[3] not in [m["to"] for m in organisation.provider()]
    await wait_until(lambda: _spent(organisation, campaign, 9))
    counts = await organisation.counts(campaign)
    assert (counts.failed, counts.opted_out, counts.queued) == (1, 1, 9)
    assert await organisation.balance() == 1000 - 9


async def test_a_recipient_in_a_country_without_a_price_is_counted_and_the_others_are_texted(
    organisation: Organisation,
) -> None:
    campaign = uuid4()
    answer = await organisation.submit(campaign, [phone(1), "+37258123456"])
    assert (answer.accepted, answer.invalid) == (1, 1)


async def test_a_chunk_is_refused_if_there_is_no_number_to_send_from(
    bare_organisation: Organisation,
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await bare_organisation.submit(uuid4(), [phone(1)])
    assert refusal.value.code == "no_sender"


async def _spent(organisation: Organisation, campaign: object, cents: int) -> bool:
    return (await organisation.counts(campaign)).spent_cents == cents  # type: ignore[arg-type]
