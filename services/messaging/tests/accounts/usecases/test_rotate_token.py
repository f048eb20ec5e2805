"""While the auth token is replaced, webhooks are accepted and messages are sent."""

import httpx
import pytest

from servicekit.errors import Forbidden, NotFound, Unavailable
from services.messaging.settings import MessagingSettings
from services.messaging.tests.care import Care
from services.messaging.tests.tenant import Tenant, TwilioSide
from tests.fixtures.running import TWILIO_SID, TWILIO_TOKEN, Simulator

SECONDARY = "/AuthTokens/Secondary"
PROMOTE = "/AuthTokens/Promote"
GRACE = 900


@pytest.fixture
async def care(tenant: Tenant, settings: MessagingSettings, simulator: Simulator) -> Care:
    account = await tenant.create_subaccount()
    return Care(tenant, settings, simulator, account.sub_account_sid)


async def test_both_auth_tokens_are_valid_until_the_new_one_is_promoted(care: Care) -> None:
    [old] = await care.tokens()
    rotation = await care.rotate_token()
    assert rotation.promoted_from.seconds - rotation.secondary_since.seconds == GRACE
    first, second = await care.tokens()
    assert (first, care.at_twilio()["auth_token"]) == (old, old)
    assert await _signs_in(care, old)
    assert await _signs_in(care, second)
    await care.run("finish-rotations")
    assert await care.tokens() == [old, second]  # the grace period is not over
    await care.age_rotation(GRACE + 1)
    await care.run("finish-rotations")
    assert await care.tokens() == [second]
    assert care.at_twilio()["auth_token"] == second
    assert not await _signs_in(care, old)


async def test_every_step_of_a_rotation_is_audited(care: Care) -> None:
    await care.rotate_token()
    await care.age_rotation(GRACE + 1)
    await care.run("finish-rotations")
    steps = [step for step in await care.tenant.audited() if step.startswith("twilio_token")]
    assert steps == [
        "twilio_token_rotation_requested",
        "twilio_token_secondary_created",
        "twilio_token_promoted",
    ]


async def test_a_second_request_returns_the_rotation_in_progress(care: Care) -> None:
    first = await care.rotate_token()
    tokens = await care.tokens()
    assert await care.rotate_token() == first
    assert await care.tokens() == tokens
    await care.age_rotation(GRACE + 1)
    await care.run("finish-rotations")
    again = await care.rotate_token()
    assert again.requested_at.ToDatetime() > first.requested_at.ToDatetime()
    assert (await care.tokens())[0] == tokens[1]


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_500", "truncate"])
async def test_a_token_is_replaced_by_the_job_if_twilios_response_to_its_creation_was_lost(
    care: Care, twilio: TwilioSide, fault: str
) -> None:
    await twilio.misbehave("POST", SECONDARY, count=1, **{fault: True})
    with pytest.raises(Unavailable):
        await care.rotate_token()
    assert len(await care.tokens()) == 1
    await care.run("finish-rotations")
    assert len(await care.tokens()) == 1  # the request may still be running
    await care.age_rotation(61)
    await care.run("finish-rotations")
    _, second = await care.tokens()
    assert await _signs_in(care, second)


@pytest.mark.parametrize(
    "fault", ["accept_then_drop", "accept_then_500", "truncate", "drop_before"]
)
async def test_a_promotion_is_finished_by_the_next_run_if_twilios_response_was_lost(
    care: Care, twilio: TwilioSide, fault: str
) -> None:
    await care.rotate_token()
    _, second = await care.tokens()
    await twilio.misbehave("POST", PROMOTE, count=1, **{fault: True})
    await care.age_rotation(GRACE + 1)
    await care.run("finish-rotations")
    await care.run("finish-rotations")
    assert await care.tokens() == [second]
    assert care.at_twilio()["auth_token"] == second


async def test_a_secondary_token_that_was_deleted_at_twilio_is_replaced(care: Care) -> None:
    await care.rotate_token()
    first, lost = await care.tokens()
    answer = httpx.delete(
        f"{care.simulator.url}/accounts.twilio.com/v1{SECONDARY}", auth=(care.account_sid, first)
    )
    answer.raise_for_status()
    await care.age_rotation(GRACE + 1)
    await care.run("finish-rotations")
    assert "twilio_token_secondary_lost" in await care.tenant.audited()
    await care.run("finish-rotations")
    tokens = await care.tokens()
    assert (tokens[0], len(tokens), lost in tokens) == (first, 2, False)


async def test_a_service_and_numbers_can_be_set_up_during_a_rotation(care: Care) -> None:
    await care.rotate_token()
    await care.tenant.create_service()
    await care.age_rotation(GRACE + 1)
    await care.run("finish-rotations")
    assert (await care.tenant.buy_numbers()).numbers


async def test_only_owners_and_admins_may_rotate_the_token(care: Care) -> None:
    care.tenant.role = "member"
    with pytest.raises(Forbidden):
        await care.rotate_token()
    stranger = Tenant(care.tenant.messaging, care.tenant.database)
    with pytest.raises(NotFound) as refusal:
        await Care(stranger, care.settings, care.simulator, "").rotate_token()
    assert refusal.value.code == "no_subaccount"
    assert len(await care.tokens()) == 1


async def _signs_in(care: Care, token: str) -> bool:
    assert (care.account_sid, token) != (TWILIO_SID, TWILIO_TOKEN)
    url = f"{care.simulator.url}/messaging.twilio.com/v1/Services"
    answer = httpx.get(url, auth=(care.account_sid, token))
    return answer.status_code == 200
