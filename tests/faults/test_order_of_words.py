"""A person's last STOP or START applies, even if the webhooks arrive in another order."""

from collections.abc import Iterator

import pytest

from deploy.local.testkit.organisation import Organisation
from tests.faults.campaign import RECIPIENTS, must_settle
from tests.fixtures.platform import Platform, audience, patiently
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_LATE = {"provider": "twilio", "callbacks": {"delay_ms": 1500}}


@pytest.fixture(autouse=True)
def well_behaved_afterwards(platform: Platform) -> Iterator[None]:
    """After each test, let the simulator send webhooks without delay again."""
    yield
    platform.simulator.misbehave()


@pytest.mark.parametrize(
    ("words", "late", "is_opted_out"),
    [
        (("STOP", "START", "STOP"), 1, True),
        (("START", "STOP", "START"), 1, False),
        (("START", "STOP"), 0, True),
        (("STOP", "START"), 0, False),
    ],
)
def test_the_last_stop_or_start_text_applies_if_an_earlier_one_arrives_late(
    platform: Platform, words: tuple[str, ...], late: int, is_opted_out: bool
) -> None:
    organisation = platform.organisation()
    person = audience(1, first=RECIPIENTS + 10)[0]
    for place, word in enumerate(words):
        platform.simulator.misbehave(*([_LATE] if place == late else []))
        ago = 10 * (len(words) - place)
        platform.simulator.text(person, organisation.numbers[0], word, seconds_ago=ago)
    wait_until_sync(lambda: patiently(lambda: _heard(organisation, len(words))), every=0.25)
    assert organisation.is_opted_out(person) is is_opted_out
    must_settle(platform, organisation)


def _heard(organisation: Organisation, texts: int) -> bool:
    """Tell whether the organisation's only conversation has this many texts."""
    found = organisation.api.get("/api/messages/threads")["items"]
    return [thread["unreadCount"] for thread in found] == [texts]
