"""A retry sends to exactly the recipients who were not reached, and to nobody twice."""

from collections import Counter
from typing import Any

import pytest

from servicekit.errors import Conflict, InvalidInput
from servicekit.identity import acting_as
from services.campaigns.tests.builders import fields_of
from services.campaigns.tests.marketer import DONE, DRAFT, RUNNING, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation, phone
from services.campaigns.tests.outcomes import fate
from smsblaster.campaigns.v1 import campaigns_pb2 as pb
from smsblaster.campaigns.v1 import trials_pb2, trials_pb2_grpc

pytestmark = pytest.mark.usefixtures("sender")

SIZE = 6


async def retry(marketer: Marketer, campaign_id: str, **fields: Any) -> pb.Campaign:
    request = pb.RetryFailedRequest(id=campaign_id, **fields)
    answer: pb.Campaign = await marketer.ask("RetryFailed", request)
    return answer


async def quote(marketer: Marketer, campaign_id: str, **fields: Any) -> trials_pb2.CampaignQuote:
    stub = trials_pb2_grpc.CampaignTrialServiceStub(marketer.service.channel)
    request = trials_pb2.QuoteRetryRequest(id=campaign_id, **fields)
    with acting_as(marketer.person.identity()):
        answer: trials_pb2.CampaignQuote = await marketer.service.caller().call(
            stub.QuoteRetry, request, 40
        )
    return answer


async def sent(marketer: Marketer, organisation: Organisation) -> str:
    """Create a campaign that is done, with no delivery reports yet."""
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(SIZE))
    await marketer.until(campaign_id, DONE)
    return campaign_id


def texts(organisation: Organisation) -> dict[str, int]:
    """Count the messages to each phone number."""
    counted: Counter[str] = Counter()
    for (to, _), number in organisation.received().items():
        counted[to] += number
    return counted


@pytest.fixture
async def half_failed(
    organisation: Organisation, marketer: Marketer, neighbours: Neighbours
) -> str:
    """Create a campaign that reached phones 0 and 1, not 2 to 5. Only 2 and 3 are retryable."""
    campaign_id = await sent(marketer, organisation)
    for number, status, code in (
        *((0, "delivered", None), (1, "sent", None), (2, "failed", 30001)),
        *((3, "undelivered", None), (4, "undelivered", 30006), (5, "failed", 21211)),
    ):
        await fate(neighbours, campaign_id, phone(number), status, code)
    return campaign_id


async def test_exactly_the_unreached_recipients_get_the_message_again(
    organisation: Organisation, marketer: Marketer, half_failed: str
) -> None:
    draft = await retry(marketer, half_failed)
    assert (draft.status, draft.retry_of, draft.name) == (
        DRAFT,
        half_failed,
        "Retry of Spring sale",
    )
    assert await organisation.analytics(draft.id) is not None
    await marketer.on("SendCampaign", draft.id)
    await marketer.until(draft.id, DONE)
    wanted = {phone(number): 2 if number >= 2 else 1 for number in range(SIZE)}
    assert texts(organisation) == wanted
    assert (await marketer.metrics(draft.id)).recipients == 4


async def test_a_retry_can_start_at_once_for_retryable_errors_only(
    organisation: Organisation, marketer: Marketer, half_failed: str
) -> None:
    started = await retry(marketer, half_failed, start=True, retryable_only=True)
    assert started.status == RUNNING
    await marketer.until(started.id, DONE)
    again = {to for to, number in texts(organisation).items() if number == 2}
    assert again == {phone(2), phone(3)}


async def test_a_recipient_who_opted_out_meanwhile_is_skipped(
    organisation: Organisation, marketer: Marketer, half_failed: str
) -> None:
    await organisation.opt_out(3)
    started = await retry(marketer, half_failed, start=True)
    await marketer.until(started.id, DONE)
    assert texts(organisation)[phone(3)] == 1
    assert (await marketer.metrics(started.id)).opted_out == 1


async def test_a_second_retry_leaves_out_recipients_that_earlier_retries_reached(
    organisation: Organisation, marketer: Marketer, neighbours: Neighbours, half_failed: str
) -> None:
    first = await retry(marketer, half_failed, start=True)
    await marketer.until(first.id, DONE)
    for number in (4, 5):
        await fate(neighbours, first.id, phone(number), "undelivered", 30003)
    nested = await retry(marketer, first.id, start=True)
    await marketer.until(nested.id, DONE)
    await fate(neighbours, nested.id, phone(5), "failed", 30003)
    second = await retry(marketer, half_failed, start=True)
    await marketer.until(second.id, DONE)
    wanted = {0: 1, 1: 1, 2: 2, 3: 2, 4: 3, 5: 4}
    assert texts(organisation) == {phone(n): number for n, number in wanted.items()}
    with pytest.raises(Conflict) as caught:
        await retry(marketer, half_failed)
    assert caught.value.code == "nothing_to_retry"


async def test_a_campaign_can_have_only_one_unfinished_retry(
    marketer: Marketer, half_failed: str
) -> None:
    open_one = await retry(marketer, half_failed)
    with pytest.raises(Conflict) as caught:
        await retry(marketer, half_failed)
    assert caught.value.code == "retry_open"
    await marketer.on("DeleteCampaign", open_one.id)
    await retry(marketer, half_failed)


async def test_a_campaign_that_reached_everybody_or_is_being_sent_cannot_be_retried(
    organisation: Organisation, marketer: Marketer
) -> None:
    done = await sent(marketer, organisation)
    draft = await marketer.create(list_id=await organisation.a_list())
    for campaign_id, code in ((done, "nothing_to_retry"), (draft.id, "campaign_not_over")):
        with pytest.raises(Conflict) as caught:
            await retry(marketer, campaign_id)
        assert caught.value.code == code


async def test_a_retry_can_be_quoted_before_it_is_created(
    organisation: Organisation, marketer: Marketer, half_failed: str
) -> None:
    before = await organisation.balance()
    every = await quote(marketer, half_failed)
    assert (every.campaign_id, every.recipients, every.total_cents) == (half_failed, 4, 4)
    some = await quote(marketer, half_failed, retryable_only=True)
    assert (some.recipients, some.total_cents, some.complete) == (2, 2, True)
    assert {preview.to for preview in some.previews} == {phone(2), phone(3)}
    assert await organisation.balance() == before
    retried = await retry(marketer, half_failed, retryable_only=True, start=True)
    await marketer.until(retried.id, DONE)
    assert await organisation.balance() == before - some.total_cents
    assert (await quote(marketer, half_failed, retryable_only=True)).recipients == 0


async def test_a_retry_of_a_campaign_that_is_not_over_cannot_be_quoted(
    organisation: Organisation, marketer: Marketer
) -> None:
    draft = await marketer.create(list_id=await organisation.a_list())
    with pytest.raises(Conflict) as refusal:
        await quote(marketer, draft.id)
    assert refusal.value.code == "campaign_not_over"


async def test_the_list_of_a_retry_cannot_be_changed(
    organisation: Organisation, marketer: Marketer, half_failed: str
) -> None:
    draft = await retry(marketer, half_failed)
    with pytest.raises(InvalidInput) as caught:
        await marketer.update(draft.id, list_id=await organisation.a_list())
    assert fields_of(caught.value) == ["listId"]
    assert (await marketer.update(draft.id, message="Once more")).message == "Once more"


async def test_a_retry_works_after_its_list_was_deleted(
    organisation: Organisation, marketer: Marketer, half_failed: str
) -> None:
    campaign = await marketer.on("GetCampaign", half_failed)
    await organisation.delete_list(campaign.list_id)
    started = await retry(marketer, half_failed, start=True)
    await marketer.until(started.id, DONE)
    assert (await marketer.metrics(started.id)).recipients == 4
