"""API keys are replaced before they grow old, and texts go out with them all the while."""

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

KEYS = "/Keys.json"


@pytest.fixture
async def care(tenant: Tenant, settings: MessagingSettings, simulator: Simulator) -> Care:
    account = await tenant.create_subaccount()
    return Care(tenant, settings, simulator, account.sub_account_sid)


async def test_an_account_gets_a_key(care: Care) -> None:
    sid = await care.first_key()
    assert care.keys_at_twilio() == {sid}
    assert "twilio_api_key_created" in await care.tenant.audited()


async def test_a_young_key_stays(care: Care) -> None:
    sid = await care.first_key()
    await care.age_keys(89)
    await care.run("rotate-keys")
    await care.run("finish-rotations")
    assert await care.keys() == [sid]


async def test_a_first_key_is_not_the_rotations_to_issue(
    tenant: Tenant, database: Database
) -> None:
    await tenant.create_subaccount()
    async with database.system() as connection:
        assert tenant.org_id not in await api_keys.outdated(connection, timedelta(0))
        assert tenant.org_id in await api_keys.without_any(connection, 1000)
        assert len(await api_keys.without_any(connection, 1)) == 1


async def test_an_old_key_is_used_until_everybody_has_the_new_one(care: Care) -> None:
    old = await care.first_key()
    await care.age_keys(91)
    await care.run("rotate-keys")
    new, *others = await care.keys()
    assert others == [old]
    await care.run("rotate-keys")
    await care.run("finish-rotations")
    assert care.keys_at_twilio() == {old, new}  # never more, and none too early
    await care.age_keys(0.01)
    await care.run("finish-rotations")
    assert await care.keys() == [new]
    assert care.keys_at_twilio() == {new}
    steps = [step for step in await care.tenant.audited() if step.startswith("twilio_api_key")]
    assert steps == ["twilio_api_key_created", "twilio_api_key_created", "twilio_api_key_revoked"]


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_500", "truncate"])
async def test_a_key_that_was_made_and_not_learned_ends_at_the_next_run(
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


async def test_a_revocation_without_an_answer_is_finished_by_the_next_run(
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


async def test_keys_of_another_name_are_left_alone(care: Care) -> None:
    await care.first_key()
    somebodys = care.make_key("Somebody's own")
    left = care.make_key(KEY_NAME)
    await care.age_keys(91)
    await care.run("rotate-keys")
    assert care.keys_at_twilio() == {somebodys, *await care.keys()}
    assert left not in care.keys_at_twilio()


async def test_where_twilio_fails_for_one_the_others_get_theirs(
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


async def test_texts_are_sent_with_the_key(
    found: Founding, settings: MessagingSettings, simulator: Simulator
) -> None:
    organisation = await found(100)
    tenant = Tenant(organisation.messaging, organisation.database, organisation.org_id)
    care = Care(tenant, settings, simulator, organisation.account_sid)
    # The service itself makes it, which then forgets the account that it had in mind.
    [sid] = await wait_until(care.keys, message="a first key")
    care.revoke(sid)
    message = await organisation.send(phone(1))
    assert message.status == messages_pb2.MESSAGE_STATUS_PENDING  # the token would have been taken
    await tenant.execute("UPDATE twilio_api_keys SET revoked_at = now() WHERE org_id = :org_id")

    async def sent() -> bool:
        return await organisation.status(message.id) in ("queued", "sent", "delivered")

    await wait_until(sent)
    assert len(organisation.provider()) == 1
    assert await organisation.balance() == 100 - message.price_cents
