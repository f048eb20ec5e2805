"""An operator sets how fast an organisation may send."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Forbidden, InvalidInput, Unauthenticated
from servicekit.identity import acting_as
from services.messaging.sending.storage import claims
from services.messaging.tests.organisation import Organisation
from smsblaster.audit.v1 import events_pb2
from smsblaster.messaging.v1 import admin_sending_pb2, admin_sending_pb2_grpc
from tests.fixtures.running import Person, Running


@dataclass(frozen=True)
class Operator:
    """An operator of the platform."""

    messaging: Running
    person: Person

    async def set(self, org_id: UUID, rate: int, reason: str = "Short code") -> int:
        """Set an organisation's rate, and return it."""
        request = admin_sending_pb2.SetSendingRateRequest(
            org_id=str(org_id), segments_per_second=rate, reason=reason
        )
        answer: admin_sending_pb2.SendingRate = await self.call("SetSendingRate", request)
        return answer.segments_per_second

    async def rates(self, **wanted: Any) -> admin_sending_pb2.ListSendingRatesResponse:
        """Return a page of rates."""
        request = admin_sending_pb2.ListSendingRatesRequest(**wanted)
        page: admin_sending_pb2.ListSendingRatesResponse = await self.call(
            "ListSendingRates", request
        )
        return page

    async def call(self, name: str, request: Any) -> Any:
        """Call a method of the service."""
        stub = admin_sending_pb2_grpc.AdminSendingServiceStub(self.messaging.channel)
        with acting_as(self.person.identity()):
            return await self.messaging.caller().call(getattr(stub, name), request)


@pytest.fixture
def operator(messaging: Running) -> Operator:
    return Operator(messaging, Person(roles=frozenset({"ADMIN"})))


async def test_the_claims_keep_to_the_rate_that_an_operator_has_set(
    operator: Operator, organisation: Organisation
) -> None:
    org_id = organisation.org_id
    assert await operator.set(org_id, 3) == 3
    async with organisation.database.org(org_id) as connection:
        await claims.claim(connection, org_id, claims.Pace(100, 60, 100))
        bucket = await connection.execute(
            text("SELECT segments_per_second, tokens <= 3 FROM send_limits WHERE org_id = :id"),
            {"id": org_id},
        )
    assert tuple(bucket.one()) == (3, True)
    [rate] = (await operator.rates(org_id=str(org_id))).items
    assert (rate.org_id, rate.segments_per_second) == (str(org_id), 3)


async def test_a_change_is_audited_once_with_its_reason(
    operator: Operator, organisation: Organisation
) -> None:
    await operator.set(organisation.org_id, 7)
    await operator.set(organisation.org_id, 7)
    await operator.set(organisation.org_id, 5, "Back to normal")
    first, second = await _audited(organisation.database, operator)
    assert (first.action, first.org_id) == ("sending_rate_set", str(organisation.org_id))
    assert first.meta["reason"] == "Short code"
    assert second.meta["segmentsPerSecond"] == "5"
    assert (second.meta["before"], second.meta["reason"]) == ("7", "Back to normal")


async def test_all_rates_are_listed_page_by_page(operator: Operator) -> None:
    wanted = {str(uuid4()) for _ in range(3)}
    for org_id in wanted:
        await operator.set(UUID(org_id), 9)
    found: list[str] = []
    page = await operator.rates(limit=2)
    while True:
        found += [each.org_id for each in page.items]
        if not page.next_cursor:
            break
        page = await operator.rates(limit=2, cursor=page.next_cursor)
    assert wanted <= set(found)
    assert found == sorted(set(found))


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("orgId", {"org_id": "acme"}),
        ("segmentsPerSecond", {"segments_per_second": 0}),
        ("segmentsPerSecond", {"segments_per_second": 100_001}),
        ("reason", {"reason": " "}),
    ],
)
async def test_an_invalid_rate_is_refused(
    operator: Operator, organisation: Organisation, field: str, wrong: dict[str, Any]
) -> None:
    right = {"org_id": str(organisation.org_id), "segments_per_second": 5, "reason": "Spam"}
    request = admin_sending_pb2.SetSendingRateRequest(**{**right, **wrong})
    with pytest.raises(InvalidInput) as refusal:
        await operator.call("SetSendingRate", request)
    assert [each.field for each in refusal.value.fields] == [field]


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_only_operators_see_and_set_rates(
    operator: Operator, organisation: Organisation, role: str
) -> None:
    other = replace(operator, person=Person(organisation.org_id, roles=frozenset({role})))
    with pytest.raises(Forbidden):
        await other.set(organisation.org_id, 1_000)
    with pytest.raises(Forbidden):
        await other.rates()


async def test_rates_are_not_listed_without_a_token(messaging: Running) -> None:
    stub = admin_sending_pb2_grpc.AdminSendingServiceStub(messaging.channel)
    request = admin_sending_pb2.ListSendingRatesRequest()
    with pytest.raises(Unauthenticated):
        await messaging.caller().call(stub.ListSendingRates, request)


async def _audited(database: Database, operator: Operator) -> list[events_pb2.AuditRecorded]:
    query = text("SELECT payload FROM outbox WHERE subject = 'event.messaging.audit' ORDER BY id")
    async with database.system() as connection:
        payloads = (await connection.scalars(query)).all()
    found = [events_pb2.AuditRecorded.FromString(payload) for payload in payloads]
    return [each for each in found if each.actor_user_id == str(operator.person.user_id)]
