"""Each recipient of a campaign is counted once, even if a chunk is submitted several times."""

import asyncio
import random
from contextlib import suppress
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.errors import Unavailable
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.messaging.sending.domain.drafts import Draft, Payer
from services.messaging.sending.storage import acceptance, counts, skips
from services.messaging.sending.storage.tally import Tally
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import dispatch_pb2, dispatch_pb2_grpc
from tests.fixtures.databases import somebody_is_blocked
from tests.fixtures.waiting import wait_until

_PARTS = (
    "pending",
    "queued",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "unknown",
    "cancelled",
    "skipped_opted_out",
    "skipped_invalid",
)
# The people whom messages count and whom skips count. A person in both would be counted twice.
_ROWS = text("""
SELECT 'message' AS part, contact_id FROM sms_messages
WHERE org_id = :org_id AND campaign_id = :campaign_id AND charged
UNION ALL
SELECT reason, contact_id FROM campaign_skips
WHERE org_id = :org_id AND campaign_id = :campaign_id
""")
_NOT_SERVED = "+37258123456"


def recipients(figures: dispatch_pb2.CampaignCounts) -> int:
    return sum(getattr(figures, part) for part in _PARTS)


async def must_add_up(organisation: Organisation, campaign: UUID) -> int:
    """Check that exactly one row counts each person. Return how many people there are."""
    figures = await organisation.counts(campaign)
    parameters = {"org_id": organisation.org_id, "campaign_id": campaign}
    async with organisation.database.org(organisation.org_id) as connection:
        rows = (await connection.execute(_ROWS, parameters)).all()
    people = {row.contact_id for row in rows}
    assert len(people) == len(rows), "somebody is counted twice"
    assert recipients(figures) == len(people)
    assert figures.skipped_opted_out == sum(row.part == "opted_out" for row in rows)
    assert figures.skipped_invalid == sum(row.part == "invalid" for row in rows)
    return len(people)


async def test_an_accepted_message_stays_if_its_recipient_opts_out_before_the_chunk_is_repeated(
    small_organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(12)]
    first = await small_organisation.submit(campaign, people)
    assert (first.accepted, first.insufficient_balance) == (5, True)
    assert await must_add_up(small_organisation, campaign) == 5
    await small_organisation.submit(campaign, people[3:], opted_out=people[:3])
    figures = await small_organisation.counts(campaign)
    assert figures.skipped_opted_out == 0
    assert await must_add_up(small_organisation, campaign) == 5


async def test_a_skipped_recipient_is_counted_once_if_the_chunk_is_submitted_several_times(
    organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(10)]
    for _ in range(3):
        await organisation.submit(campaign, [*people[4:], _NOT_SERVED], opted_out=people[:4])
    figures = await organisation.counts(campaign)
    assert (figures.skipped_opted_out, figures.skipped_invalid) == (4, 1)
    assert await must_add_up(organisation, campaign) == 11


async def test_a_chunk_of_opted_out_people_needs_no_number_to_send_from(
    bare_organisation: Organisation,
) -> None:
    campaign = uuid4()
    await bare_organisation.submit(campaign, [], opted_out=[phone(0), phone(1)])
    assert (await bare_organisation.counts(campaign)).skipped_opted_out == 2


async def test_a_recipient_who_opts_in_before_a_repeated_chunk_gets_a_message(
    organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(6)]
    await organisation.submit(campaign, people[2:], opted_out=people[:2])
    await organisation.submit(campaign, people)
    assert (await organisation.counts(campaign)).skipped_opted_out == 0
    assert await must_add_up(organisation, campaign) == 6


async def test_a_recipient_with_a_message_is_not_counted_again_when_the_number_changes(
    organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(6)]
    own = await organisation.number()
    await organisation.submit(campaign, people)
    moved = {people[0]: own, people[1]: _NOT_SERVED, people[2]: phone(900)}
    answer = await organisation.submit(campaign, people, moved=moved)
    assert (answer.accepted, answer.invalid) == (6, 0)
    assert await must_add_up(organisation, campaign) == 6


async def test_a_message_stopped_by_an_opt_out_is_counted_once(
    organisation: Organisation,
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(1400, 1404)]
    await organisation.hold(campaign, held=True)
    await organisation.submit(campaign, people)
    await organisation.text_in(people[0], "stop")
    await organisation.submit(campaign, people[1:], opted_out=people[:1])
    await organisation.hold(campaign, held=False)
    assert await must_add_up(organisation, campaign) == 4


async def test_accepting_a_message_waits_for_a_concurrent_skip_of_its_recipient(
    organisation: Organisation,
) -> None:
    campaign, person = uuid4(), phone(1500)
    payer = Payer(organisation.org_id, organisation.person.user_id, campaign)
    contact_id = UUID((await organisation.contact_ids([person]))[person])
    async with organisation.database.org(organisation.org_id) as connection:
        await counts.lock(connection, payer)
        tally = Tally()
        tally.skip(payer, await skips.add(connection, payer, {contact_id: "opted_out"}))
        await tally.write(connection)
        taking = asyncio.create_task(organisation.submit(campaign, [person]))
        await wait_until(partial(somebody_is_blocked, organisation.database))
    assert (await taking).accepted == 1
    assert (await organisation.counts(campaign)).skipped_opted_out == 0
    assert await must_add_up(organisation, campaign) == 1


async def test_skipping_a_recipient_waits_for_a_concurrent_message(
    organisation: Organisation,
) -> None:
    campaign, person = uuid4(), phone(1501)
    payer = Payer(organisation.org_id, organisation.person.user_id, campaign)
    contact_id = UUID((await organisation.contact_ids([person]))[person])
    draft = Draft(
        new_id(), contact_id, person, "Sale today", segments=1, price_cents=1, smart_encoded=True
    )
    async with organisation.database.org(organisation.org_id) as connection:
        await acceptance.store(connection, payer, [draft])
    async with organisation.database.org(organisation.org_id) as connection:
        await counts.lock(connection, payer)
        await acceptance.release(connection, payer.org_id, [draft.id], held=True)
        tally = Tally()
        tally.add(payer.org_id, campaign, "pending")
        await tally.write(connection)
        skipping = asyncio.create_task(organisation.submit(campaign, [], opted_out=[person]))
        await wait_until(partial(somebody_is_blocked, organisation.database))
    await skipping
    assert (await organisation.counts(campaign)).skipped_opted_out == 0
    assert await must_add_up(organisation, campaign) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_each_recipient_is_counted_once_if_concurrent_chunks_contradict_each_other(
    small_organisation: Organisation, seed: int
) -> None:
    campaign, chance = uuid4(), random.Random(seed)  # noqa: S311  # a seeded game
    people = [phone(n) for n in range(15)]
    await small_organisation.contact_ids(people)
    seen = 0

    async def planner() -> None:
        for _ in range(4):
            silent = chance.sample(people, chance.randint(0, 8))
            moved = dict.fromkeys(chance.sample(people, 3), _NOT_SERVED)
            spoken_to = [each for each in people if each not in silent]
            with suppress(Unavailable):  # on a busy machine; the next chunk has the same people
                await small_organisation.submit(campaign, spoken_to, opted_out=silent, moved=moved)

    async with asyncio.TaskGroup() as group:
        planners = [group.create_task(planner()) for _ in range(6)]
        while not all(task.done() for task in planners):
            now = recipients(await small_organisation.counts(campaign))
            assert seen <= now <= len(people)
            seen = now
    assert await must_add_up(small_organisation, campaign) >= seen


async def test_a_number_that_the_kept_contact_took_over_in_a_merge_is_texted_once(
    organisation: Organisation,
) -> None:
    campaign, number = uuid4(), phone(1)
    await organisation.submit(campaign, [number])
    ids = await organisation.contact_ids([number, phone(2)])
    # Messaging has not heard of the merge yet.
    kept = dispatch_pb2.ChunkRecipient(
        contact_id=ids[phone(2)], phone=number, body="Sale today", merged_contact_ids=[ids[number]]
    )
    request = dispatch_pb2.SubmitChunkRequest(
        campaign_id=str(campaign), user_id=str(organisation.person.user_id), recipients=[kept]
    )
    stub = dispatch_pb2_grpc.DispatchServiceStub(organisation.messaging.channel)
    with acting_as(organisation.person.identity()):
        answer = await organisation.messaging.caller("campaigns").call(stub.SubmitChunk, request)
    assert (answer.accepted, answer.invalid) == (1, 0)
    assert await must_add_up(organisation, campaign) == 1
    await wait_until(organisation.provider)
    assert [sent["to"] for sent in organisation.provider()] == [number]
