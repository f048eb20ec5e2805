"""API keys are replaced regularly, and messages can be sent all the time."""

from datetime import timedelta

import pytest

from servicekit.db.database import Database
from services.messaging.accounts.storage import api_keys
from services.messaging.accounts.usecases.rotate_keys import KEY_NAME
from services.messaging.settings import MessagingSettings
from services.messaging.tests.care import Care
from services.messaging.tests.conftest import Founding
from services.messaging.tests.organisation import phone
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.messaging.v1 import messages_pb2
from tests.fixtures.running import Simulator
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.own_services

KEYS = "/Keys.json"


@pytest.fixture
async def care(tenant: Tenant, settings: MessagingSettings, simulator: Simulator) -> Care:
    account = await tenant.create_subaccount()
    return Care(tenant, settings, simulator, account.sub_account_sid)


async def test_an_account_without_a_twilio_api_key_gets_one(care: Care) -> None:
    sid = await care.first_key()
    assert care.keys_at_twilio() == {sid}
    assert "twilio_api_key_created" in await care.tenant.audited()


async def test_a_recent_twilio_api_key_is_not_replaced(care: Care) -> None:
    sid = await care.first_key()
    await care.age_keys(89)
    await care.run("rotate-keys")
    await care.run("finish-rotations")
    assert await care.keys() == [sid]


async def test_the_rotation_job_creates_no_key_for_an_account_that_has_none(
    tenant: Tenant, database: Database
) -> None:
    await tenant.create_subaccount()
    async with database.system() as connection:
        assert tenant.org_id not in await api_keys.outdated(connection, timedelta(0))
        assert tenant.org_id in await api_keys.without_any(connection, 1000)
        assert len(await api_keys.without_any(connection, 1)) == 1


async def test_an_old_api_key_is_valid_until_every_sender_process_uses_the_new_one(
    care: Care,
) -> None:
    old = await care.first_key()
    await care.age_keys(91)
    await care.run("rotate-keys")
    new, *others = await care.keys()
    assert others == [old]
    await care.run("rotate-keys")
    await care.run("finish-rotations")
    assert care.keys_at_twilio() == {
        old,
        new,
    }  # never more than two keys, and the old key is not revoked too early
    await care.age_keys(0.01)
    await care.run("finish-rotations")
    assert await care.keys() == [new]
    assert care.keys_at_twilio() == {new}
    steps = [step for step in await care.tenant.audited() if step.startswith("twilio_api_key")]
    assert steps == ["twilio_api_key_created", "twilio_api_key_created", "twilio_api_key_revoked"]


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_500", "truncate"])
async def test_a_key_is_revoked_by_the_next_run_if_twilios_response_to_its_creation_was_lost(
    care: Care, twilio: TwilioSide, fault: str
) -> None:
    old = await care.first_key()
    await care.age_keys(91)
    await twilio.misbehave("POST", KEYS, **{fault: True})
    await care.run("rotate-keys")
    [orphan] = care.keys_at_twilio() - {old}
    assert await care.keys() == [old]
    await twilio.behave()
    await care.run("rotate-keys")
    new, _ = await care.keys()
    assert care.keys_at_twilio() == {old, new}
    assert orphan != new


async def test_a_revocation_is_finished_by_the_next_run_if_twilios_response_was_lost(
    care: Care, twilio: TwilioSide
) -> None:
    old = await care.first_key()
    await care.age_keys(91)
    await care.run("rotate-keys")
    await care.age_keys(0.01)
    await twilio.misbehave("DELETE", f"/{old}.json", count=1, accept_then_drop=True)
    await care.run("finish-rotations")
    await care.run("finish-rotations")
    [new] = await care.keys()
    assert care.keys_at_twilio() == {new}
    assert (await care.tenant.audited()).count("twilio_api_key_revoked") == 1


async def test_keys_with_a_name_that_we_do_not_use_are_not_revoked(care: Care) -> None:
    await care.first_key()
    somebodys = care.make_key("Somebody's own")
    left = care.make_key(KEY_NAME)
    await care.age_keys(91)
    await care.run("rotate-keys")
    assert care.keys_at_twilio() == {somebodys, *await care.keys()}
    assert left not in care.keys_at_twilio()


async def test_if_twilio_fails_for_one_organisation_the_others_get_keys(
    care: Care, twilio: TwilioSide, settings: MessagingSettings, simulator: Simulator
) -> None:
    other = Tenant(care.tenant.messaging, care.tenant.database)
    account = await other.create_subaccount()
    others = Care(other, settings, simulator, account.sub_account_sid)
    mine, theirs = await care.first_key(), await others.first_key()
    for each in (care, others):
        await each.age_keys(91)
    await twilio.misbehave("POST", f"/{care.account_sid}{KEYS}", status=503)
    await care.run("rotate-keys")
    assert await care.keys() == [mine]
    assert (await others.keys())[1:] == [theirs]


async def test_messages_are_sent_with_the_api_key(
    found: Founding, settings: MessagingSettings, simulator: Simulator
) -> None:
    organisation = await found(100)
    tenant = Tenant(organisation.messaging, organisation.database, organisation.org_id)
    care = Care(tenant, settings, simulator, organisation.account_sid)
    sid = await care.first_key()
    care.revoke(sid)
    message = await organisation.send(phone(1))
    assert (
        message.status == messages_pb2.MESSAGE_STATUS_PENDING
    )  # with the token, which is valid, the message would have been sent
    await tenant.execute("UPDATE twilio_api_keys SET revoked_at = now() WHERE org_id = :org_id")

    async def sent() -> bool:
        return await organisation.status(message.id) in ("queued", "sent", "delivered")

    await wait_until(sent)
    assert len(organisation.provider()) == 1
    assert await organisation.balance() == 100 - message.price_cents
