"""Clocks are set wrong by ten minutes in the middle of a campaign."""

import time
from collections.abc import Iterator
from functools import partial

import pytest

from deploy.local.testkit.api import refusal_of
from deploy.local.testkit.organisation import Organisation
from tests.faults.campaign import RunningCampaign
from tests.fixtures.clocks import own_clock
from tests.fixtures.platform import Platform, patiently
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

TEN_MINUTES = 600
# Segments per second. Setting a clock and running jobs by it takes some seconds.
_SLOW = 4
_WITHOUT_ANSWER = (
    {
        "provider": "twilio",
        "method": "POST",
        "path_suffix": "/Messages.json",
        "accept_then_drop": True,
        "probability": 0.2,
    },
    {"provider": "twilio", "callbacks": {"lose": 1.0}},
)
_MESSAGING = "/api/settings/sending"
_RUNS_NEAR = """
SELECT FROM job_runs WHERE name = 'poll-open'
  AND abs(extract(epoch FROM started_at) - %s) < 5
"""


@pytest.fixture(autouse=True)
def well_behaved_afterwards(platform: Platform) -> Iterator[None]:
    """Clear the faults and correct the provider's clock after each test."""
    yield
    platform.simulator.misbehave()
    platform.simulator.set_clock(0)


@pytest.mark.parametrize("ahead", [TEN_MINUTES, -TEN_MINUTES])
def test_nobody_is_texted_twice_if_the_providers_clock_differs(
    platform: Platform, ahead: int
) -> None:
    platform.simulator.misbehave(*_WITHOUT_ANSWER)
    campaign = RunningCampaign.start(platform)
    campaign.reach(20)
    platform.simulator.set_clock(ahead)
    campaign.must_complete()


def test_nobody_is_texted_twice_or_late_if_a_databases_clock_is_wrong_for_a_while(
    platform: Platform,
) -> None:
    with own_clock(platform.stack.postgres.process) as clock:
        platform.stack.postgres.wait_ready()
        platform.simulator.misbehave(*_WITHOUT_ANSWER)
        for ahead in (TEN_MINUTES, -TEN_MINUTES):
            campaign = _start_soon(platform)
            platform.pace(campaign.organisation, _SLOW)
            campaign.reach(10)
            clock.set(ahead)
            _must_run_jobs(platform, ahead)
            campaign.reach(40)
            clock.set(0)
            campaign.must_complete()
    platform.stack.wait_ready()


def test_while_the_clock_of_messaging_is_wrong_requests_get_503(
    platform: Platform,
) -> None:
    with own_clock(platform.stack.process("messaging")) as clock:
        campaign = _start_soon(platform)
        customer = campaign.organisation
        clock.set(TEN_MINUTES)
        wait_until_sync(partial(_answers_with, customer, 503))
        _must_run_jobs(platform)
        clock.set(0)
        wait_until_sync(partial(_answers_with, customer, 200))
        _must_run_jobs(platform)
        campaign.must_complete()
    platform.stack.wait_ready()


def test_a_wrong_clock_of_the_gateway_does_not_sign_anybody_out(platform: Platform) -> None:
    customers = [_customer(platform)]
    with own_clock(platform.stack.process("gateway")) as clock:
        platform.stack.wait_ready("gateway")
        for ahead in (TEN_MINUTES, -TEN_MINUTES):
            clock.set(ahead)
            wait_until_sync(partial(_answers_with, customers[0], 503))
            customers.append(_customer(platform))
            assert [_answers(customer, "/api/me") for customer in customers] == [200] * len(
                customers
            )
            clock.set(0)
            for customer in customers:
                wait_until_sync(partial(_answers_with, customer, 200))
    platform.stack.wait_ready("gateway")


def _start_soon(platform: Platform) -> RunningCampaign:
    """Start a campaign once all services are connected to the restarted process."""
    platform.stack.wait_ready()
    started = wait_until_sync(lambda: patiently(lambda: RunningCampaign.start(platform)))
    assert started
    return started


def _customer(platform: Platform) -> Organisation:
    customer = platform.stranger()
    customer.sign_up("Acme")
    return customer


def _answers(customer: Organisation, path: str) -> int:
    """Send an API request and return the HTTP status, which must be 200 or 503."""
    refusal = refusal_of(lambda: customer.api.get(path))
    status = refusal.status if refusal else 200
    assert status in {200, 503}, refusal
    return status


def _answers_with(customer: Organisation, status: int) -> bool:
    """Return whether the API now answers with ``status``. False if it does not answer."""
    return patiently(lambda: _answers(customer, _MESSAGING)) == status


def _must_run_jobs(platform: Platform, ahead: int = 0) -> None:
    """Wait until a job has run while the databases' clock was ahead by ``ahead`` seconds."""

    def has_run() -> bool:
        return bool(platform.rows("messaging", _RUNS_NEAR, time.time() + ahead))

    wait_until_sync(has_run, message="a job that ran by this clock", every=0.25)
