"""Campaigns with pictures are sent as MMS, at the prices of MMS."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text, update

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput
from servicekit.ids import new_id
from services.campaigns.campaigns.storage.tables import sms_campaigns
from services.campaigns.tests.builders import at_rest, fields_of, row_of
from services.campaigns.tests.campaigns.rpc.test_confirmed_terms import make_due
from services.campaigns.tests.campaigns.rpc.test_test_sends import ask
from services.campaigns.tests.marketer import DONE, PAUSED, Marketer
from services.campaigns.tests.organisation import Organisation, phone
from smsblaster.campaigns.v1 import campaigns_pb2 as pb

PICTURES = ["https://example.com/cat.jpg?size=1&x=ä", "https://example.com/dog.png"]
GB = "+447400123456"

pytestmark = [pytest.mark.jobs, pytest.mark.usefixtures("sender")]


async def mixed_list(organisation: Organisation) -> str:
    """Create a list with two recipients who get pictures and one whose country has no MMS."""
    return await organisation.a_list(await organisation.contact_ids([phone(0), phone(1), GB]))


def pictures_by_number(organisation: Organisation) -> dict[str, Any]:
    return {sent["to"]: sent["media_urls"] for sent in organisation.provider()}


async def test_a_quote_has_the_price_of_pictures_and_says_who_gets_no_pictures(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await mixed_list(organisation), media_urls=PICTURES)
    quoted = await ask(marketer, "QuoteCampaign", created.id)
    assert (quoted.recipients, quoted.total_cents, quoted.invalid) == (2, 6, 1)
    [destination] = quoted.destinations
    assert (destination.country, destination.cents_per_mms) == ("US", 3)
    [refusal] = quoted.refusals
    assert (refusal.country, refusal.code, refusal.recipients) == ("GB", "mms_not_offered", 1)
    assert "without pictures" in refusal.message


async def test_recipients_get_the_pictures_at_the_quoted_price_or_no_message(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await mixed_list(organisation), media_urls=PICTURES)
    quoted = await ask(marketer, "QuoteCampaign", created.id)
    start = pb.SendCampaignRequest(id=created.id, price_version=quoted.price_version)
    await marketer.ask("SendCampaign", start)
    done = await marketer.until(created.id, DONE)
    assert list(done.media_urls) == PICTURES
    assert pictures_by_number(organisation) == {phone(0): PICTURES, phone(1): PICTURES}
    assert quoted.total_cents == 1000 - await organisation.balance() == 6
    assert (await marketer.metrics(created.id)).invalid == 1


async def test_a_scheduled_campaign_keeps_its_pictures(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    created = await marketer.create(
        list_id=await organisation.a_list_of(2), media_urls=PICTURES, schedule_at=tomorrow
    )
    assert (await ask(marketer, "QuoteCampaign", created.id)).total_cents == 6
    await make_due(database, created.id)
    await marketer.until(created.id, DONE)
    assert pictures_by_number(organisation) == {phone(0): PICTURES, phone(1): PICTURES}


async def test_a_campaign_does_not_start_with_a_quote_from_before_its_pictures(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list_of(1))
    quoted = await ask(marketer, "QuoteCampaign", created.id)
    await marketer.update(created.id, media_urls=pb.MediaUrls(values=PICTURES))
    start = pb.SendCampaignRequest(id=created.id, price_version=quoted.price_version)
    with pytest.raises(Conflict) as caught:
        await marketer.ask("SendCampaign", start)
    assert caught.value.code == "price_changed"
    assert organisation.provider() == []


async def test_pictures_can_be_changed_and_removed(marketer: Marketer) -> None:
    created = await marketer.create(media_urls=PICTURES)
    changed = await marketer.update(created.id, media_urls=pb.MediaUrls(values=PICTURES[:1]))
    assert (list(changed.media_urls), changed.version) == (PICTURES[:1], created.version + 1)
    assert list((await marketer.update(created.id, name="Other")).media_urls) == PICTURES[:1]
    assert not (await marketer.update(created.id, media_urls=pb.MediaUrls())).media_urls


@pytest.mark.parametrize(
    "urls", [["http://example.com/a.jpg"], ["https://x.y/ z"], [""], PICTURES * 6]
)
async def test_picture_urls_without_https_and_too_many_pictures_are_refused(
    marketer: Marketer, urls: list[str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await marketer.create(media_urls=urls)
    assert fields_of(caught.value)[0].startswith("mediaUrls")


async def test_a_test_send_and_a_copy_of_a_campaign_have_its_pictures(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(media_urls=PICTURES)
    sent = await ask(marketer, "TestCampaign", created.id, to=phone(0))
    assert (sent.price_cents, list(sent.media_urls)) == (3, PICTURES)
    assert list((await marketer.on("DuplicateCampaign", created.id)).media_urls) == PICTURES


async def test_a_planner_of_the_previous_release_never_sends_a_campaign_with_pictures(
    organisation: Organisation, database: Database
) -> None:
    campaign_id = await at_rest(database, organisation, "paused", media_urls=PICTURES)
    due = text(
        "SELECT id FROM sms_campaigns WHERE id = :id AND next_plan_at <= now() + interval '1 year'"
    )
    # What resuming, a bus event and the end of a turn do in the release before.
    for time in ("now()", "least(next_plan_at, now())", "now() + interval '1 minute'"):
        change = text(f"UPDATE sms_campaigns SET next_plan_at = {time} WHERE id = :id")  # noqa: S608
        async with database.system() as connection:
            await connection.execute(change, {"id": campaign_id})
            assert (await connection.execute(due, {"id": campaign_id})).first() is None
        assert (await row_of(database, campaign_id)).pictures_plan_at is not None


async def test_a_campaign_started_by_the_previous_release_waits_until_its_price_is_confirmed(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    created = await marketer.create(list_id=await organisation.a_list_of(1), media_urls=PICTURES)
    async with database.system() as connection:
        await connection.execute(
            update(sms_campaigns)
            .where(sms_campaigns.c.id == UUID(created.id))
            .values(
                status="running",
                body="Sale today",
                started_at=text("now()"),
                next_plan_at=text("now()"),
            )
        )
    paused = await marketer.until(created.id, PAUSED)
    assert paused.status_reason == "pictures_not_priced"
    assert "Resume" in paused.status_message
    assert organisation.provider() == []
    await marketer.on("ResumeCampaign", created.id)
    await marketer.until(created.id, DONE)
    assert pictures_by_number(organisation) == {phone(0): PICTURES}
    assert await organisation.balance() == 997


async def test_a_retry_stored_by_the_previous_release_has_the_pictures(
    organisation: Organisation, database: Database
) -> None:
    original = await at_rest(database, organisation, "done", media_urls=PICTURES)
    retry_id, person = new_id(), organisation.person
    async with database.org(person.org_id) as connection:
        await connection.execute(
            insert(sms_campaigns).values(
                id=retry_id,
                org_id=person.org_id,
                name="Retry",
                message="Hi",
                list_id=new_id(),
                status="draft",
                created_by=person.user_id,
                retry_of=original,
                retry_root=original,
            )
        )
    assert (await row_of(database, retry_id)).media_urls == PICTURES
