"""Only one request at a time sets up an organisation, and knows if the last one was finished."""

import pytest

from servicekit.errors import Conflict, Unavailable
from servicekit.outbound.deadlines import a_request_may_begin
from services.messaging.accounts.storage import subaccounts
from services.messaging.accounts.support import setup_lease
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.providers.twilio_http import OutcomeUnknown
from services.messaging.tests.tenant import Tenant


@pytest.fixture
async def leases(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> SetupLeases:
    """Return leases for which requests wait only briefly. The tenant has a row for its account."""
    monkeypatch.setattr(setup_lease, "_WAIT_SECONDS", 0.05)
    await tenant.execute(
        "INSERT INTO twilio_subaccounts (org_id, friendly_name) VALUES (:org_id, 'Acme')"
    )
    return SetupLeases(tenant.database)


async def test_while_one_request_has_the_lease_another_is_refused(
    tenant: Tenant, leases: SetupLeases
) -> None:
    async with leases.acquire(tenant.org_id):
        with pytest.raises(Unavailable) as refusal:
            async with leases.acquire(tenant.org_id):
                pytest.fail("two hold it")
    assert refusal.value.code == "provider_unavailable"
    async with leases.acquire(tenant.org_id) as lease:
        assert not lease.interrupted


async def test_a_refusal_by_twilio_releases_the_lease(tenant: Tenant, leases: SetupLeases) -> None:
    with pytest.raises(Conflict):
        async with leases.acquire(tenant.org_id):
            raise Conflict("No.")
    async with leases.acquire(tenant.org_id) as lease:
        assert not lease.interrupted


@pytest.mark.parametrize("failure", [OutcomeUnknown(), RuntimeError("killed")])
async def test_if_the_outcome_of_a_request_is_unknown_the_lease_is_kept_until_it_expires(
    tenant: Tenant, leases: SetupLeases, failure: Exception
) -> None:
    with pytest.raises(type(failure)):
        async with leases.acquire(tenant.org_id):
            raise failure
    with pytest.raises(Unavailable):
        async with leases.acquire(tenant.org_id):
            pytest.fail("it was given back")
    await tenant.expire_lease()
    async with leases.acquire(tenant.org_id) as lease:
        assert lease.interrupted


async def test_the_release_of_an_expired_lease_does_not_release_the_next_lease(
    tenant: Tenant, leases: SetupLeases
) -> None:
    slow = leases.acquire(tenant.org_id)
    await slow.__aenter__()
    await tenant.expire_lease()
    async with leases.acquire(tenant.org_id):
        await slow.__aexit__(None, None, None)
        with pytest.raises(Unavailable):
            async with leases.acquire(tenant.org_id):
                pytest.fail("two hold it")


async def test_no_request_to_twilio_starts_shortly_before_the_lease_expires(
    tenant: Tenant, leases: SetupLeases, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with leases.acquire(tenant.org_id):
        assert a_request_may_begin()
    monkeypatch.setattr(setup_lease, "_LAST_REQUEST_SECONDS", subaccounts.LEASE_SECONDS + 1.0)
    async with leases.acquire(tenant.org_id):
        assert not a_request_may_begin()
    assert a_request_may_begin()
