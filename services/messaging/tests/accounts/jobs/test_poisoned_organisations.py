"""If one organisation's data makes a request to Twilio fail, the job continues with the others.

Unreadable credentials are one such failure. They also block their organisation.
"""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Blocked
from services.messaging import app
from services.messaging.accounts.support.credentials import CREDENTIALS_UNREADABLE
from services.messaging.settings import MessagingSettings
from services.messaging.tests.conftest import Founding
from services.messaging.tests.organisation import Organisation, phone
from tests.fixtures.poison import is_recorded, letters, poisoned, recorded, try_again
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.jobs

_FLIP = """
UPDATE twilio_subaccounts SET auth_token_encrypted = overlay(auth_token_encrypted PLACING
  CASE substr(auth_token_encrypted, length(auth_token_encrypted) - 9, 1)
    WHEN 'A' THEN 'B' ELSE 'A' END
  FROM length(auth_token_encrypted) - 9)
WHERE org_id = :org
"""


@pytest.fixture
async def three(found: Founding) -> Sequence[Organisation]:
    return [await found(1000) for _ in range(3)]


async def execute(database: Database, statement: str, **parameters: object) -> None:
    async with database.system() as connection:
        await connection.execute(text(statement), parameters)


async def scalars(database: Database, query: str, **parameters: object) -> Sequence[object]:
    async with database.system() as connection:
        return (await connection.execute(text(query), parameters)).scalars().all()


async def run(settings: MessagingSettings, job: str) -> None:
    """Run a job once, as soon as no other process is running it."""

    async def ran() -> bool:
        return await app.run_job(settings, job)

    await wait_until(ran, message=job)


def text_in(organisation: Organisation, from_: str, to: str, body: str) -> None:
    httpx.post(
        f"{organisation.simulator.url}/sim/inbound", json={"from": from_, "to": to, "body": body}
    ).raise_for_status()


@pytest.mark.poison("messaging/poll-inbound")
async def test_a_stop_text_is_handled_although_another_message_cannot_be_received(
    three: Sequence[Organisation], database: Database
) -> None:
    bad, good, _ = three
    condition = "NEW.direction = 'in' AND NEW.body = 'bad'"
    async with poisoned(database, "sms_messages", "INSERT", condition):
        for organisation in (bad, good):
            number = await organisation.number()
            text_in(organisation, phone(1), number, "bad" if organisation is bad else "fine")
            text_in(organisation, phone(2), number, "STOP")
        for organisation in (bad, good):
            await wait_until(partial(organisation.is_opted_out, phone(2)))
        [found] = await wait_until(lambda: recorded(database, "poll-inbound"))
        assert (found.org_id, found.item[:2]) == (str(bad.org_id), "SM")
        assert await is_recorded(database, "poll-inbound", found.item)
    await try_again(database)

    async def received() -> bool:
        return "bad" in await scalars(
            database, "SELECT body FROM sms_messages WHERE org_id = :org", org=bad.org_id
        )

    await wait_until(received)
    await wait_until(lambda: _is_empty(database, "poll-inbound"))
    behind = REGISTRY.get_sample_value("smsblaster_inbound_poll_behind_seconds")
    assert behind is not None
    assert 0 <= behind < 60


async def _is_empty(database: Database, job: str) -> bool:
    return not await recorded(database, job)


@pytest.mark.poison("messaging/poll-open")
async def test_a_message_whose_poll_fails_does_not_affect_other_messages(
    three: Sequence[Organisation], database: Database
) -> None:
    bad, good, _ = three
    condition = f"OLD.org_id = '{bad.org_id}' AND OLD.to_number = '{phone(33)}'"
    condition += " AND OLD.status <> 'delivered' AND NEW.status = 'delivered'"
    async with poisoned(database, "sms_messages", "UPDATE", condition):
        messages = [
            await bad.send(phone(33)),
            await bad.send(phone(34)),
            await good.send(phone(33)),
        ]
        for organisation, message in zip((bad, bad, good), messages, strict=True):
            await organisation.pass_seconds(message.id)
        for organisation, message in ((bad, messages[1]), (good, messages[2])):
            await wait_until(partial(organisation.is_now, message.id, "delivered"))
        await wait_until(lambda: is_recorded(database, "poll-open", messages[0].id))
    await try_again(database)
    await bad.pass_seconds(messages[0].id)
    await wait_until(lambda: bad.is_now(messages[0].id, "delivered"))
    await wait_until(lambda: _is_empty(database, "poll-open"))


@pytest.mark.poison("messaging/resolve-unknown")
async def test_a_message_whose_outcome_cannot_be_found_does_not_affect_other_messages(
    three: Sequence[Organisation], database: Database
) -> None:
    bad, good, _ = three
    messages = [await organisation.send(phone(4)) for organisation in (bad, good)]
    condition = f"OLD.id = '{messages[0].id}' AND OLD.status = 'unknown'"
    condition += " AND NEW.status <> 'unknown'"
    async with poisoned(database, "sms_messages", "UPDATE", condition):
        await execute(
            database,
            "UPDATE sms_messages SET status = 'unknown', provider_sid = NULL,"
            " next_step_at = now() - interval '1 s' WHERE id = ANY(CAST(:ids AS uuid[]))",
            ids=[message.id for message in messages],
        )
        await wait_until(lambda: good.is_now(messages[1].id, "delivered"))
        await wait_until(lambda: is_recorded(database, "resolve-unknown", messages[0].id))
    await try_again(database)
    await wait_until(lambda: bad.is_now(messages[0].id, "delivered"))
    assert len(bad.provider()) == 1


@pytest.mark.poison("messaging/issue-first-keys", "messaging/rotate-keys")
async def test_a_twilio_api_key_that_cannot_be_stored_does_not_affect_other_organisations(
    three: Sequence[Organisation], database: Database, settings: MessagingSettings
) -> None:
    bad, good, _ = three
    for job, before in (
        ("issue-first-keys", "DELETE FROM twilio_api_keys"),
        ("rotate-keys", "UPDATE twilio_api_keys SET created_at = now() - interval '1000 days'"),
    ):
        poison = poisoned(database, "twilio_api_keys", "INSERT", f"NEW.org_id = '{bad.org_id}'")
        if job == "rotate-keys":  # the organisation has no key yet
            await try_again(database)
            await run(settings, "issue-first-keys")
        async with poison:
            await execute(database, before)
            await run(settings, job)
            await wait_until(lambda: _has_young_key(database, good.org_id))
            await wait_until(partial(is_recorded, database, job, bad.org_id))


async def _has_young_key(database: Database, org_id: UUID) -> bool:
    query = (
        "SELECT 1 FROM twilio_api_keys WHERE org_id = :org AND created_at > now() - '1 d'::interval"
    )
    return bool(await scalars(database, query, org=org_id))


@pytest.mark.poison("messaging/finish-rotations")
async def test_a_rotation_that_cannot_be_finished_does_not_affect_other_organisations(
    three: Sequence[Organisation], database: Database, settings: MessagingSettings
) -> None:
    bad, good, _ = three
    condition = f"OLD.org_id = '{bad.org_id}' AND NEW.secondary_since IS NOT NULL"
    async with poisoned(database, "twilio_subaccounts", "UPDATE", condition):
        await execute(
            database,
            "UPDATE twilio_subaccounts SET rotation_requested_at = now() - interval '2 min'"
            " WHERE org_id = ANY(:orgs)",
            orgs=[bad.org_id, good.org_id],
        )
        await run(settings, "finish-rotations")
        begun = "SELECT org_id FROM twilio_subaccounts WHERE secondary_since IS NOT NULL"
        assert await scalars(database, begun) == [good.org_id]
        await wait_until(lambda: is_recorded(database, "finish-rotations", bad.org_id))


@pytest.mark.poison("messaging/a2p-progress")
async def test_a_brand_that_cannot_be_advanced_does_not_affect_other_organisations(
    three: Sequence[Organisation], database: Database, settings: MessagingSettings
) -> None:
    bad, good, _ = three
    for organisation in (bad, good):
        await execute(
            database,
            "INSERT INTO a2p_brand (org_id, status, payload) VALUES (:org, 'submitting', '{}')",
            org=organisation.org_id,
        )
    # The payload has no field of the form, so both registrations fail separately and are recorded.
    await run(settings, "a2p-progress")

    async def both() -> bool:
        found = await recorded(database, "a2p-progress")
        return {each.org_id for each in found} == {str(bad.org_id), str(good.org_id)}

    await wait_until(both)
    await execute(database, "DELETE FROM a2p_brand")


@pytest.mark.poison("messaging/check-credentials", "messaging-senders")
async def test_unreadable_credentials_block_only_their_organisation(
    three: Sequence[Organisation], database: Database
) -> None:
    bad, good, lost = three
    before = "SELECT auth_token_encrypted FROM twilio_subaccounts WHERE org_id = :org"
    [token] = await scalars(database, before, org=bad.org_id)
    for organisation in (bad, lost):
        await execute(database, _FLIP, org=organisation.org_id)
        with pytest.raises(Blocked) as refusal:
            await organisation.send(phone(5))
        assert refusal.value.code == CREDENTIALS_UNREADABLE
    assert (await good.send(phone(5))).provider_sid
    await _are_recorded(database, bad, lost)
    await wait_until(
        lambda: REGISTRY.get_sample_value("smsblaster_twilio_accounts_unreadable") == 2
    )
    restore = "UPDATE twilio_subaccounts SET auth_token_encrypted = :token WHERE org_id = :org"
    await execute(database, restore, token=token, org=bad.org_id)

    async def sends() -> bool:
        try:
            return bool((await bad.send(phone(6))).provider_sid)
        except Blocked:  # as in a process that has just failed to decrypt the credentials
            return False

    await wait_until(sends)
    await wait_until(partial(_is_only_failing, database, lost))
    await wait_until(
        lambda: REGISTRY.get_sample_value("smsblaster_twilio_accounts_unreadable") == 1
    )


async def _are_recorded(database: Database, *organisations: Organisation) -> None:
    """Check that both organisations are recorded as failing, and each has a dead letter."""
    wanted = sorted(str(organisation.org_id) for organisation in organisations)
    assert sorted(e.org_id for e in await recorded(database, "check-credentials")) == wanted
    dead_letters = {
        (letter.org_id, letter.letter_id)
        for letter in await letters(database)
        if letter.consumer == "messaging-check-credentials"
    }
    assert sorted(org_id for org_id, _ in dead_letters) == wanted


async def _is_only_failing(database: Database, organisation: Organisation) -> bool:
    found = await recorded(database, "check-credentials")
    return [each.org_id for each in found] == [str(organisation.org_id)]
