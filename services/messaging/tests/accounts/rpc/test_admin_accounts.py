"""Operators list all subaccounts, and suspend and reactivate them."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from servicekit.errors import Forbidden, InvalidInput, NotFound, Unavailable
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.messaging.settings import MessagingSettings
from services.messaging.tests.care import Care
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.audit.v1 import events_pb2
from smsblaster.messaging.v1 import admin_accounts_pb2, admin_accounts_pb2_grpc
from tests.fixtures.running import Person, Running, Simulator
from tests.fixtures.waiting import wait_until

ACTIVE = admin_accounts_pb2.SUBACCOUNT_STATUS_ACTIVE
SUSPENDED = admin_accounts_pb2.SUBACCOUNT_STATUS_SUSPENDED


class Operator:
    """An operator of the platform."""

    def __init__(self, messaging: Running, role: str = "ADMIN") -> None:
        self.person = Person(roles=frozenset({role}))
        self._messaging = messaging
        self._stub = admin_accounts_pb2_grpc.AdminSubaccountServiceStub(messaging.channel)

    async def page(
        self, cursor: str = "", limit: int = 100
    ) -> admin_accounts_pb2.ListSubaccountsResponse:
        request = admin_accounts_pb2.ListSubaccountsRequest(limit=limit, cursor=cursor)
        with acting_as(self.person.identity()):
            return await self._messaging.caller().call(self._stub.ListSubaccounts, request)

    async def suspend(
        self, org_id: UUID | str, reason: str | None = None
    ) -> admin_accounts_pb2.AdminSubaccount:
        request = admin_accounts_pb2.SuspendSubaccountRequest(org_id=str(org_id), reason=reason)
        with acting_as(self.person.identity()):
            return await self._messaging.caller().call(self._stub.SuspendSubaccount, request)

    async def reactivate(self, org_id: UUID | str) -> admin_accounts_pb2.AdminSubaccount:
        request = admin_accounts_pb2.ReactivateSubaccountRequest(org_id=str(org_id))
        with acting_as(self.person.identity()):
            return await self._messaging.caller().call(self._stub.ReactivateSubaccount, request)


@pytest.fixture
def operator(messaging: Running) -> Operator:
    return Operator(messaging)


@pytest.fixture
def care(organisation: Organisation, settings: MessagingSettings, simulator: Simulator) -> Care:
    tenant = Tenant(organisation.messaging, organisation.database, organisation.org_id)
    return Care(tenant, settings, simulator, organisation.account_sid)


async def test_every_account_is_listed_page_by_page(operator: Operator, tenant: Tenant) -> None:
    tenants = [tenant, *(Tenant(tenant.messaging, tenant.database) for _ in range(4))]
    created = {str(t.org_id): (await t.create_subaccount()).sub_account_sid for t in tenants}
    seen: list[admin_accounts_pb2.AdminSubaccount] = []
    cursor = ""
    while not seen or cursor:
        page = await operator.page(cursor, limit=2)
        seen += page.items
        cursor = page.next_cursor
    ids = [item.org_id for item in seen]
    assert ids == sorted(set(ids), reverse=True)
    assert {i.org_id: i.sub_account_sid for i in seen if i.org_id in created} == created
    [mine] = [item for item in seen if item.org_id == str(tenant.org_id)]
    assert (mine.friendly_name, mine.status) == (tenant.name, ACTIVE)
    assert mine.created_at.seconds > 0


async def test_a_cursor_of_another_caller_is_refused(operator: Operator, tenant: Tenant) -> None:
    for _ in range(2):
        await Tenant(tenant.messaging, tenant.database).create_subaccount()
    page = await operator.page(limit=1)
    with pytest.raises(InvalidInput) as refusal:
        await Operator(tenant.messaging).page(page.next_cursor)
    assert [fault.field for fault in refusal.value.fields] == ["cursor"]


async def test_a_suspended_organisation_sends_nothing_until_it_is_reactivated(
    operator: Operator, organisation: Organisation, care: Care
) -> None:
    assert (await operator.suspend(organisation.org_id)).status == SUSPENDED
    assert care.at_twilio()["status"] == "suspended"
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(1))
    assert refusal.value.code == "account_suspended"
    with pytest.raises(InvalidInput):
        await organisation.send_batch([phone(2)])
    assert (await operator.reactivate(organisation.org_id)).status == ACTIVE
    assert care.at_twilio()["status"] == "active"
    await organisation.send(phone(1))
    assert len(organisation.provider()) == 1


async def test_unsent_messages_of_a_suspended_organisation_fail_and_are_refunded(
    operator: Operator, organisation: Organisation, care: Care
) -> None:
    await care.tenant.execute(
        "INSERT INTO send_limits (org_id, segments_per_second, tokens) VALUES (:org_id, 1, -2)"
    )
    answer = await organisation.send_batch([phone(n) for n in range(3)])
    assert answer.sent == 3
    await operator.suspend(organisation.org_id)

    async def paid_back() -> bool:
        return await organisation.balance() == 1000

    await wait_until(paid_back)
    assert organisation.provider() == []


async def test_messages_are_refused_and_refunded_if_twilio_has_suspended_the_account(
    operator: Operator, organisation: Organisation, care: Care
) -> None:
    await organisation.send(phone(1))  # now every process has the account in its cache
    await operator.suspend(organisation.org_id)
    await care.tenant.execute(
        "UPDATE twilio_subaccounts SET suspended_at = NULL WHERE org_id = :org_id"
    )
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(2))
    assert refusal.value.code == "provider_refused"
    assert await organisation.balance() == 999
    await operator.reactivate(organisation.org_id)


async def test_suspension_and_reactivation_are_audited_with_the_operator(
    operator: Operator, tenant: Tenant
) -> None:
    await tenant.create_subaccount()
    await operator.suspend(tenant.org_id, "Complaints of spam")
    await operator.suspend(tenant.org_id)
    await operator.reactivate(tenant.org_id)
    recorded = await _recorded(tenant)
    assert {r.action for r in recorded} == {
        "twilio_subaccount_suspended",
        "twilio_subaccount_reactivated",
    }
    assert {r.actor_user_id for r in recorded} == {str(operator.person.user_id)}
    assert [dict(r.meta) for r in recorded if r.meta] == [{"reason": "Complaints of spam"}]


async def test_a_suspension_stops_sending_even_if_twilio_does_not_respond(
    operator: Operator, organisation: Organisation, twilio: TwilioSide, care: Care
) -> None:
    await twilio.misbehave("POST", f"/{care.account_sid}.json", status=503)
    with pytest.raises(Unavailable):
        await operator.suspend(organisation.org_id)
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(1))
    assert refusal.value.code == "account_suspended"
    with pytest.raises(Unavailable):
        await operator.reactivate(organisation.org_id)
    await twilio.behave()
    await operator.suspend(organisation.org_id)
    assert care.at_twilio()["status"] == "suspended"
    await operator.reactivate(organisation.org_id)
    await organisation.send(phone(1))


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_only_operators_may_manage_subaccounts(
    messaging: Running, tenant: Tenant, role: str
) -> None:
    await tenant.create_subaccount()
    somebody = Operator(messaging, role)
    for attempt in (
        somebody.page(),
        somebody.suspend(tenant.org_id),
        somebody.reactivate(tenant.org_id),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_an_organisation_without_an_account_cannot_be_suspended(operator: Operator) -> None:
    for attempt in (operator.suspend(new_id()), operator.reactivate(new_id())):
        with pytest.raises(NotFound) as refusal:
            await attempt
        assert refusal.value.code == "no_subaccount"


@pytest.mark.parametrize("org_id", ["", "1", "nobody"])
async def test_a_malformed_organisation_id_is_refused(operator: Operator, org_id: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await operator.suspend(org_id)
    assert [fault.field for fault in refusal.value.fields] == ["orgId"]


async def _recorded(tenant: Tenant) -> Sequence[events_pb2.AuditRecorded]:
    said = [
        events_pb2.AuditRecorded.FromString(payload)
        for payload in await tenant.announced("event.messaging.audit")
    ]
    actions = ("twilio_subaccount_suspended", "twilio_subaccount_reactivated")
    return [r for r in said if r.org_id == str(tenant.org_id) and r.action in actions]
