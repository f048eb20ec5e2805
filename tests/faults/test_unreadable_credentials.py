"""If credentials can't be decrypted, only the campaigns of their organisation wait."""

from collections.abc import Callable

import psycopg
import pytest

from deploy.local.testkit.api import ApiProblem
from deploy.local.testkit.organisation import Organisation
from tests.faults.campaign import RECIPIENTS, RunningCampaign
from tests.fixtures.platform import Platform, patiently
from tests.fixtures.waiting import wait_until_sync

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("slow_provider")]

_TOKEN = "SELECT auth_token_encrypted AS token FROM twilio_subaccounts WHERE org_id = %s"
_KEY = "SELECT id, secret_encrypted AS token FROM twilio_api_keys WHERE org_id = %s"
_SET_TOKEN = "UPDATE twilio_subaccounts SET auth_token_encrypted = %s WHERE org_id = %s"
_SET_KEY = "UPDATE twilio_api_keys SET secret_encrypted = %s WHERE org_id = %s"
_WITHIN = 60.0
# Segments per second.
_SLOW = 1
# Each of these processes keeps the account in memory for a minute.
_READERS = ("messaging", "sender-1", "sender-2")


def flipped(sealed: str) -> str:
    """Return an encrypted value with one bit of its ciphertext flipped."""
    at = len(sealed) - 10
    return sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]


def damage(platform: Platform, organisation: Organisation) -> Callable[[], None]:
    """Flip a bit in the organisation's credentials. Return a function that repairs them."""
    org_id = organisation.org_id
    token = str(platform.rows("messaging", _TOKEN, org_id)[0]["token"])
    keys = [str(row["token"]) for row in platform.rows("messaging", _KEY, org_id)]

    def write(value: Callable[[str], str]) -> None:
        with psycopg.connect(platform.stack.postgres.url("messaging")) as connection:
            connection.execute(_SET_TOKEN, (value(token), org_id))
            for key in keys[:1]:
                connection.execute(_SET_KEY, (value(key), org_id))

    write(flipped)
    return lambda: write(lambda sealed: sealed)


def test_a_campaign_pauses_while_its_credentials_cannot_be_decrypted_and_other_campaigns_complete(
    platform: Platform,
) -> None:
    hit, other = RunningCampaign.start(platform), RunningCampaign.start(platform)
    hit.reach(20)
    # So that it is not over before the processes have ended. On a busy machine they take a moment.
    platform.pace(hit.organisation, _SLOW)
    mend = damage(platform, hit.organisation)
    for name in _READERS:
        platform.stack.process(name).kill()
    other.must_complete()
    paused = wait_until_sync(lambda: patiently(lambda: _paused(hit)), _WITHIN, "it pauses")
    assert paused
    assert paused["statusReason"] == "credentials_unreadable"
    assert "resumes automatically" in str(paused["statusMessage"])
    with pytest.raises(ApiProblem) as problem:
        hit.organisation.api.post("/api/sms/send", {"to": "+12125550100", "message": "Hello"})
    assert (problem.value.status, problem.value.code) == (503, "credentials_unreadable")
    letter = _letter(platform, hit.organisation)
    assert letter["status"] == "waiting"
    before = hit.texts
    assert before < RECIPIENTS
    mend()
    wait_until_sync(lambda: patiently(lambda: not _paused(hit)), _WITHIN, "it resumes")
    hit.must_complete()
    assert _letter(platform, hit.organisation)["status"] == "resolved"


def _paused(campaign: RunningCampaign) -> dict[str, object] | None:
    found = campaign.organisation.campaign(campaign.id)
    return dict(found) if found["status"] == "paused" else None


def _letter(platform: Platform, organisation: Organisation) -> dict[str, object]:
    """Return the organisation's only dead letter, as an operator sees it."""
    operator = platform.operator()
    path = "/api/admin/dead-letters?consumer=messaging-check-credentials"
    items = operator.api.get(path)["items"]
    [letter] = [item for item in items if item["orgId"] == organisation.org_id]
    return dict(letter)
