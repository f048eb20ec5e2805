"""An operator holds the sending of all organisations, and nothing is sent, charged or lost."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Forbidden, InvalidInput, Unavailable
from servicekit.identity import acting_as
from servicekit.outbound.deadlines import Deadline
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.outcomes import Verdict
from services.messaging.sending.domain.outgoing import Outgoing
from services.messaging.sending.jobs.measure import measure_overdue
from services.messaging.sending.storage import claims
from services.messaging.sending.support.clearance import BatchClearance
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.tenant import Tenant
from smsblaster.audit.v1 import events_pb2
from smsblaster.contacts.v1 import recipients_pb2_grpc
from smsblaster.messaging.v1 import admin_sending_pb2, admin_sending_pb2_grpc
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until

PACE = claims.Pace(100, 60, 100)


class Operator:
    """An operator of the platform."""

    def __init__(self, messaging: Running, role: str = "ADMIN") -> None:
        self.person = Person(roles=frozenset({role}))
        self._caller = messaging.caller()
        self._stub = admin_sending_pb2_grpc.AdminSendingServiceStub(messaging.channel)

    async def state(self) -> admin_sending_pb2.SendingState:
        request = admin_sending_pb2.GetSendingStateRequest()
        with acting_as(self.person.identity()):
            return await self._caller.call(self._stub.GetSendingState, request)

    async def hold(self, reason: str = "Wrong prices") -> admin_sending_pb2.SendingState:
        request = admin_sending_pb2.HoldSendingRequest(reason=reason)
        with acting_as(self.person.identity()):
            return await self._caller.call(self._stub.HoldSending, request)

    async def release(self, reason: str = "Prices are right") -> admin_sending_pb2.SendingState:
        request = admin_sending_pb2.ReleaseSendingRequest(reason=reason)
        with acting_as(self.person.identity()):
            return await self._caller.call(self._stub.ReleaseSending, request)


@pytest.fixture
async def operator(messaging: Running) -> AsyncIterator[Operator]:
    """Return an operator. After the test, nothing is held."""
    operator = Operator(messaging)
    yield operator
    await operator.release()


async def test_while_all_sending_is_held_nothing_is_accepted_or_charged(
    operator: Operator, organisation: Organisation
) -> None:
    before = await organisation.balance()
    await operator.hold()
    for attempt in (
        organisation.send(phone(1)),
        organisation.send_batch([phone(1), phone(2)]),
        organisation.submit(uuid4(), [phone(1), phone(2)]),
    ):
        with pytest.raises(Unavailable) as refusal:
            await attempt
        assert refusal.value.code == "sending_held"
    assert await organisation.balance() == before
    assert organisation.provider() == []
    await operator.release()
    await organisation.send(phone(1))
    assert [m["to"] for m in organisation.provider()] == [phone(1)]
    assert before - await organisation.balance() == 1


async def test_messages_accepted_before_the_hold_wait_and_are_sent_once_after_it(
    operator: Operator, organisation: Organisation
) -> None:
    campaign, people = uuid4(), [phone(n) for n in range(500, 520)]
    await organisation.hold(campaign, True)
    await organisation.submit(campaign, people)
    await operator.hold()
    await organisation.hold(campaign, False)
    async with organisation.database.org(organisation.org_id) as connection:
        batch = await claims.claim(connection, organisation.org_id, PACE)
        [message_id] = await connection.scalars(
            text("SELECT id FROM sms_messages WHERE org_id = :id LIMIT 1"),
            {"id": organisation.org_id},
        )
        alone = await claims.claim_one(connection, organisation.org_id, message_id, PACE)
    assert (batch.messages, batch.wait_seconds, alone) == ((), 0.0, None)
    assert organisation.provider() == []
    await operator.release()
    await wait_until(lambda: _sent(organisation, campaign, 20))
    assert sorted(m["to"] for m in organisation.provider()) == people
    assert await organisation.balance() == 1000 - 20


async def test_a_hold_stops_messages_that_are_claimed_and_not_sent_yet(
    operator: Operator, organisation: Organisation
) -> None:
    message = Outgoing(uuid4(), phone(1), "Hello", 1)
    recipients = Recipients(
        organisation.contacts.caller("messaging"),
        recipients_pb2_grpc.RecipientServiceStub(organisation.contacts.channel),
    )
    deadline = Deadline.after(60)
    await operator.hold()
    clearance = BatchClearance(
        organisation.database, recipients, organisation.org_id, [message], deadline
    )
    outcome = await clearance.outcome_of(message)
    assert outcome is not None
    assert outcome.verdict is Verdict.LATER
    assert not clearance.allows(message)


async def test_operators_see_since_when_and_why_all_sending_is_held(operator: Operator) -> None:
    assert not (await operator.state()).held
    first = await operator.hold("Wrong prices")
    again = await operator.hold("Wrong prices, until noon")
    state = await operator.state()
    assert (state.held, state.reason) == (True, "Wrong prices, until noon")
    assert state.held_since == again.held_since == first.held_since
    released = await operator.release()
    assert not released.held
    assert not released.HasField("held_since")
    assert not released.HasField("reason")


async def test_operators_see_how_many_messages_wait(
    operator: Operator, organisation: Organisation
) -> None:
    before = (await operator.state()).queue
    campaign = uuid4()
    await organisation.hold(campaign, True)
    await organisation.submit(campaign, [phone(n) for n in range(600, 603)])
    queue = (await operator.hold()).queue
    assert (queue.due, queue.paused) == (before.due, before.paused + 3)
    await organisation.hold(campaign, False)
    queue = (await operator.state()).queue
    assert (queue.due, queue.paused) == (before.due + 3, before.paused)


async def test_a_hold_and_its_release_are_audited_with_the_operator_and_the_reason(
    operator: Operator, messaging: Running, database: Database
) -> None:
    await operator.hold("Wrong prices")
    await operator.release("Prices are right")
    await operator.release("Released already")
    tenant = Tenant(messaging, database)
    said = await tenant.announced("event.messaging.audit")
    recorded = [events_pb2.AuditRecorded.FromString(payload) for payload in said]
    own = [r for r in recorded if r.org_id == str(operator.person.org_id)]
    assert [(r.action, r.actor_user_id, dict(r.meta)) for r in own] == [
        ("all_sending_held", str(operator.person.user_id), {"reason": "Wrong prices"}),
        ("all_sending_released", str(operator.person.user_id), {"reason": "Prices are right"}),
    ]


async def test_a_hold_is_measured_and_its_messages_are_not_late(
    operator: Operator, organisation: Organisation
) -> None:
    campaign = uuid4()
    await organisation.hold(campaign, True)
    await organisation.submit(campaign, [phone(1)])
    await operator.hold()
    await organisation.hold(campaign, False)
    late = text("UPDATE sms_messages SET next_step_at = now() - interval '1 hour' WHERE org_id=:id")
    async with organisation.database.system() as connection:
        await connection.execute(late, {"id": organisation.org_id})
        await measure_overdue(connection)
    assert value("sending_held") == 1
    assert value("messages_oldest_seconds", state="due") == 0
    await operator.release()
    async with organisation.database.system() as connection:
        await measure_overdue(connection)
    assert value("sending_held") == 0


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_only_operators_may_hold_all_sending(messaging: Running, role: str) -> None:
    somebody = Operator(messaging, role)
    for attempt in (somebody.state(), somebody.hold(), somebody.release()):
        with pytest.raises(Forbidden):
            await attempt


async def test_a_hold_and_its_release_need_a_reason(operator: Operator) -> None:
    for attempt in (operator.hold(" "), operator.release("")):
        with pytest.raises(InvalidInput) as refusal:
            await attempt
        assert {field.field for field in refusal.value.fields} == {"reason"}


async def _sent(organisation: Organisation, campaign: object, count: int) -> bool:
    counts = await organisation.counts(campaign)  # type: ignore[arg-type]
    return counts.pending == 0 and len(organisation.provider()) == count


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"smsblaster_{name}", labels)
