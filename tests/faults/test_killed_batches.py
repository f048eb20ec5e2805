"""A process is killed while a batch with a text for each person is being accepted."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.local.testkit.organisation import Organisation
from tests.faults.campaign import must_settle
from tests.faults.test_held_rows import held, somebody_waits
from tests.fixtures.platform import Platform, audience
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_PEOPLE = audience(120, first=12_000)
_BALANCE = ("billing", "SELECT FROM user_balances WHERE org_id = %s FOR UPDATE")
_ACCEPTED = 200
# The first request may still have the key, or a service does not answer yet.
_TRY_AGAIN = {409, 502, 503}


def _batch() -> dict[str, Any]:
    return {
        "message": "Hi {{name}}, order {{order}} is ready.",
        "recipients": [
            {
                "to": to,
                "reference": f"order-{n}",
                "variables": {"name": f"Ann {n}", "order": str(n)},
            }
            for n, to in enumerate(_PEOPLE)
        ],
    }


def _text(position: int) -> str:
    return f"Hi Ann {position}, order {position} is ready."


@pytest.mark.parametrize("name", ["billing", "campaigns", "gateway", "messaging"])
def test_a_batch_is_sent_once_although_a_process_is_killed_while_it_is_accepted(
    platform: Platform, name: str
) -> None:
    acme = platform.organisation()
    before, key = acme.balance(), str(uuid4())
    with ThreadPoolExecutor(1) as client:
        with held(platform, acme, _BALANCE):
            asked = client.submit(_answer, acme, key)
            wait_until_sync(
                lambda: somebody_waits(platform, "billing"), message="the charge waits for the lock"
            )
            platform.stack.process(name).kill()
        asked.result()
    answer = wait_until_sync(lambda: _answer(acme, key), message="the batch accepted", every=1.0)
    assert [result["status"] for result in answer["results"]] == ["accepted"] * len(_PEOPLE)
    must_settle(platform, acme)
    texts = platform.simulator.texts(acme.account_sid)
    assert sorted((text.to, text.body) for text in texts) == sorted(
        (to, _text(position)) for position, to in enumerate(_PEOPLE)
    )
    assert acme.balance() == before - len(_PEOPLE)
    platform.stack.wait_ready()


def _answer(acme: Organisation, key: str) -> dict[str, Any]:
    """Send the batch, and return the response; empty if a part of the platform is not back yet."""
    try:
        answer = acme.api.post_raw("/api/sms/batch", _batch(), key)
    except httpx.TransportError:
        return {}
    content: dict[str, Any] = answer.json()
    if answer.status_code == _ACCEPTED:
        return content
    assert answer.status_code in _TRY_AGAIN, content
    return {}
