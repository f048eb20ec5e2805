"""One broken campaign doesn't stop jobs and consumers for the others."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from google.protobuf.message import Message
from sqlalchemy import func, text

from servicekit.bus import consumer
from servicekit.bus.connection import Bus, BusMessage
from servicekit.db.database import Database
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.usecases.start_due import StartDue
from services.campaigns.campaigns.usecases.tell_holds import TellHolds
from services.campaigns.events.providers.attendee_messages import AttendeeMessages
from services.campaigns.events.usecases.delete_messages import DeleteMessages
from services.campaigns.tests.builders import a_campaign, row_of
from services.campaigns.tests.marketer import DONE, PAUSED, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation, an_organisation
from services.campaigns.tests.organizer import Organizer
from smsblaster.contacts.v1 import events_pb2 as contacts_pb2
from smsblaster.identity.v1 import events_pb2 as identity_pb2
from smsblaster.messaging.v1 import events_pb2
from tests.fixtures.poison import is_recorded, letters, poisoned, try_again
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.usefixtures("sender")

PAST = func.now() - timedelta(seconds=1)

_FLIP = """
UPDATE twilio_subaccounts SET auth_token_encrypted = overlay(auth_token_encrypted PLACING
  CASE substr(auth_token_encrypted, length(auth_token_encrypted) - 9, 1)
    WHEN 'A' THEN 'B' ELSE 'A' END
  FROM length(auth_token_encrypted) - 9)
WHERE org_id = :org
"""


@pytest.fixture
def messaging_stub(messaging: Running) -> Dispatch:
    return Dispatch(messaging.caller("campaigns"), messaging.channel)


def of(campaign_id: UUID) -> str:
    return f"OLD.id = '{campaign_id}'"


@pytest.mark.poison("campaigns/start-due")
async def test_a_campaign_that_cannot_start_does_not_stop_the_others(
    database: Database, messaging_stub: Dispatch
) -> None:
    ids = [
        await a_campaign(database, Person(), "scheduled", schedule_at=PAST - timedelta(minutes=n))
        for n in range(60, 0, -1)
    ]
    bad = ids[0]
    async with poisoned(database, "sms_campaigns", "UPDATE", of(bad)):
        await StartDue(database, messaging_stub).start_all()
        assert {(await row_of(database, each)).status for each in ids[1:]} == {"running"}
        assert await is_recorded(database, "start-due", bad)
    await try_again(database)
    await StartDue(database, messaging_stub).start_all()
    assert (await row_of(database, bad)).status == "running"


@pytest.mark.poison("campaigns/tell-holds")
async def test_a_campaign_whose_hold_cannot_be_stored_does_not_stop_the_others(
    database: Database, messaging_stub: Dispatch
) -> None:
    long_ago = func.now() - timedelta(hours=1)
    bad, good = [
        await a_campaign(database, Person(), "paused", held=True, tell_hold_until=long_ago)
        for _ in range(2)
    ]
    async with poisoned(database, "sms_campaigns", "UPDATE", of(bad)):
        await TellHolds(database, messaging_stub).tell_all()
        assert (await row_of(database, good)).tell_hold_until is None
        assert await is_recorded(database, "tell-holds", bad)


@pytest.mark.poison("campaigns/forget-event-texts")
async def test_an_event_whose_messages_cannot_be_deleted_does_not_stop_the_others(
    database: Database, messaging: Running, organizer: Organizer
) -> None:
    bad, good = [UUID((await organizer.event()).id) for _ in range(2)]
    async with database.system() as connection:
        query = "UPDATE events SET date = :at, ends_at = NULL WHERE id = ANY(:ids)"
        long_ago = datetime.now(UTC) - timedelta(days=100)
        await connection.execute(text(query), {"at": long_ago, "ids": [bad, good]})
    async with poisoned(database, "events", "UPDATE", of(bad)):
        messages = AttendeeMessages(messaging.caller("campaigns"), messaging.channel)
        await DeleteMessages(database, messages).delete_all()
        async with database.system() as connection:
            query = "SELECT id FROM events WHERE texts_deleted_at IS NOT NULL AND id = ANY(:ids)"
            done = await connection.execute(text(query), {"ids": [bad, good]})
            assert done.scalars().all() == [good]
        assert await is_recorded(database, "forget-event-texts", bad)


@pytest.mark.poison("campaigns/planner")
async def test_a_campaign_whose_turn_fails_does_not_stop_the_others(
    database: Database, marketer: Marketer, organisation: Organisation
) -> None:
    list_id = await organisation.a_list_of(3)
    condition = "NEW.name = 'bad' AND NEW.cursor_contact_id IS NOT NULL"
    async with poisoned(database, "sms_campaigns", "UPDATE", condition):
        bad = await marketer.send(list_id=list_id, name="bad")
        ids = [await marketer.send(list_id=list_id, message=f"Sale {n}") for n in range(3)]
        for campaign_id in ids:
            await marketer.until(campaign_id, DONE)
        await wait_until(lambda: is_recorded(database, "planner", bad))
    await try_again(database)
    await marketer.until(bad, DONE)
    assert sum(organisation.received().values()) == 12


@pytest.mark.poison("campaigns/resume-blocked")
async def test_a_campaign_with_unreadable_credentials_pauses_and_resumes_when_they_are_readable(
    campaigns: Running, database: Database, neighbours: Neighbours
) -> None:
    bad, good, stuck = [await an_organisation(neighbours, cents=100) for _ in range(3)]
    people = [Marketer(campaigns, each.person) for each in (bad, good, stuck)]
    lists = [await each.a_list_of(3) for each in (bad, good, stuck)]
    drafts = [await m.create(list_id=list_id) for m, list_id in zip(people, lists, strict=True)]
    ids = [draft.id for draft in drafts]
    tokens = await _tokens(neighbours)
    for each in (bad, stuck):
        await _execute(neighbours, _FLIP, org=each.person.org_id)
    await _age(database, ids)
    for marketer, campaign_id in zip((people[0], people[2]), (ids[0], ids[2]), strict=True):
        paused = await marketer.until(campaign_id, PAUSED)
        assert paused.status_reason == "credentials_unreadable"
        assert "resumes automatically" in paused.status_message
    await people[1].until(ids[1], DONE)
    restore = "UPDATE twilio_subaccounts SET auth_token_encrypted = :t WHERE org_id = :org"
    async with poisoned(database, "sms_campaigns", "UPDATE", of(UUID(ids[2]))):
        for each in (bad, stuck):
            org = each.person.org_id
            await _execute(neighbours, restore, org=org, t=tokens[org])
        await people[0].until(ids[0], DONE)
        await wait_until(partial(is_recorded, database, "resume-blocked", ids[2]))
    assert (sum(bad.received().values()), await bad.balance()) == (3, 97)
    await try_again(database)
    await people[2].until(ids[2], DONE)
    assert (sum(stuck.received().values()), await stuck.balance()) == (3, 97)


async def _age(database: Database, ids: Sequence[str]) -> None:
    """Turn drafts into scheduled campaigns whose time has come."""
    async with database.system() as connection:
        query = (
            "UPDATE sms_campaigns SET status = 'scheduled', schedule_at = now()"
            " WHERE id = ANY(:ids)"
        )
        await connection.execute(text(query), {"ids": [UUID(each) for each in ids]})


async def _tokens(neighbours: Neighbours) -> dict[UUID, str]:
    async with neighbours.messaging_database.system() as connection:
        query = text("SELECT org_id, auth_token_encrypted FROM twilio_subaccounts")
        return {row.org_id: row.auth_token_encrypted for row in await connection.execute(query)}


async def _execute(neighbours: Neighbours, statement: str, **parameters: object) -> None:
    async with neighbours.messaging_database.system() as connection:
        await connection.execute(text(statement), parameters)


def _events(bad: str, org: str, campaign_id: UUID) -> dict[str, list[Message]]:
    """Return, for each subject, an unreadable bus event and a readable one."""
    return {
        "event.messaging.campaign_moved": [
            events_pb2.CampaignMoved(org_id=each, campaign_id=str(campaign_id))
            for each in (bad, org)
        ],
        "event.messaging.quiet_hours_changed": [
            events_pb2.QuietHoursChanged(org_id=each) for each in (bad, org)
        ],
        "event.gateway.member_removed": [
            identity_pb2.MemberRemoved(org_id=each, user_id=str(uuid4())) for each in (bad, org)
        ],
        "event.contacts.merged": [
            contacts_pb2.ContactsMerged(
                org_id=each, merged_id=str(uuid4()), contact_id=str(uuid4()), phone="+14155550101"
            )
            for each in (bad, org)
        ],
    }


@pytest.mark.poison(
    "campaigns-moved", "campaigns-quiet-hours", "campaigns-members", "campaigns-merges"
)
async def test_an_unreadable_event_does_not_stop_the_others(
    campaigns: Running, database: Database, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "_PAUSE_SECONDS", 0.05)
    bus = await Bus.connect(nats_url, "tests")
    person, later = Person(), func.now() + timedelta(hours=1)
    campaign_id = await a_campaign(database, person, "running", next_plan_at=later)
    org, bad = str(person.org_id), "no id"
    messages = _events(bad, org, campaign_id)
    ids = {subject: [uuid4().hex, uuid4().hex] for subject in messages}
    for subject, events in messages.items():
        await bus.publish(
            [
                BusMessage(subject, own, event.SerializeToString())
                for own, event in zip(ids[subject], events, strict=True)
            ]
        )

    async def buried() -> bool:
        told = {letter.message_id for letter in await letters(database)}
        return {own for own, _ in ids.values()} <= told

    async def turned() -> bool:
        row = await row_of(database, campaign_id)
        return bool(row.next_plan_at < datetime.now(UTC) + timedelta(minutes=30))

    await wait_until(turned)
    await wait_until(buried)
    await bus.close()
