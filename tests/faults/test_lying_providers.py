"""Providers repeat, shuffle and lose callbacks, or accept a text and never respond."""

from typing import Any

import pytest

from tests.faults.campaign import RECIPIENTS, RunningCampaign, must_settle
from tests.fixtures.platform import Platform, audience, patiently
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_SEND = {"provider": "twilio", "method": "POST", "path_suffix": "/Messages.json"}


@pytest.fixture(autouse=True)
def well_behaved_afterwards(platform: Platform) -> Any:
    """Clear the faults after each test."""
    yield
    platform.simulator.misbehave()


@pytest.mark.parametrize(
    "callbacks",
    [
        {"duplicate": 2},
        {"shuffle": True},
        {"early": True},
        {"duplicate": 2, "shuffle": True, "lose": 0.3},
        {"lose": 1.0},
    ],
    ids=["three times", "shuffled", "before the answer", "all at once", "never"],
)
def test_the_final_state_does_not_depend_on_the_order_of_callbacks(
    platform: Platform, callbacks: dict[str, object]
) -> None:
    platform.simulator.misbehave({"provider": "twilio", "callbacks": callbacks})
    RunningCampaign.start(platform).must_complete()


@pytest.mark.parametrize(
    "fault",
    [{"accept_then_drop": True}, {"accept_then_500": True}, {"truncate": True}],
    ids=["connection dropped", "500", "half an answer"],
)
def test_a_text_whose_response_was_lost_is_sent_once_and_charged_once(
    platform: Platform, fault: dict[str, object]
) -> None:
    platform.simulator.misbehave({**_SEND, **fault, "probability": 0.2})
    RunningCampaign.start(platform).must_complete()


def test_texts_whose_responses_were_lost_are_found_without_callbacks(platform: Platform) -> None:
    platform.simulator.misbehave(
        {**_SEND, "accept_then_drop": True, "probability": 0.2},
        {"provider": "twilio", "callbacks": {"lose": 1.0}},
    )
    RunningCampaign.start(platform).must_complete()


@pytest.mark.parametrize(
    "fault", [{"status": 429}, {"drop_before": True}], ids=["429", "connection dropped"]
)
def test_texts_that_the_provider_did_not_accept_are_sent_later(
    platform: Platform, fault: dict[str, object]
) -> None:
    platform.simulator.misbehave({**_SEND, **fault, "probability": 0.1})
    RunningCampaign.start(platform).must_complete()


def test_a_stop_text_whose_webhook_is_lost_opts_out(platform: Platform) -> None:
    organisation = platform.organisation()
    leaver = audience(1, first=RECIPIENTS)[0]
    platform.simulator.misbehave({"provider": "twilio", "callbacks": {"lose": 1.0}})
    platform.simulator.text(leaver, organisation.numbers[0], "STOP")
    wait_until_sync(lambda: patiently(lambda: organisation.is_opted_out(leaver)), every=0.25)
    must_settle(platform, organisation)
