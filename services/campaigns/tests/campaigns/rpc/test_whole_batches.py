"""Batches that are repeated, interrupted, quoted, scheduled or large."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text, update

from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance
from servicekit.identity import acting_as
from servicekit.operation import operating
from services.campaigns.templates.storage.tables import sms_templates
from services.campaigns.tests.builders import a_template
from services.campaigns.tests.campaigns.rpc.test_batches import (
    ACCEPTED,
    DUPLICATE,
    REFUSED,
    SCHEDULED,
    codes,
    send_batch,
    stored,
)
from services.campaigns.tests.campaigns.rpc.test_quick_quote import quote
from services.campaigns.tests.organisation import (
    Neighbours,
    Organisation,
    an_organisation,
    phone,
)
from smsblaster.messaging.v1 import messages_pb2, scheduled_pb2, scheduled_pb2_grpc
from tests.fixtures.running import Running
from tests.fixtures.statements import Counting


async def test_a_repeated_batch_texts_nobody_twice_whatever_has_changed(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = await a_template(database, organisation.person, "Seat {{seat}}")
    people = [{"to": phone(n), "variables": {"seat": str(n)}} for n in range(3)]

    async def again(**fields: Any) -> messages_pb2.SendBatchResponse:
        with operating(operation):
            return await send_batch(
                campaigns, organisation.person, *people, template_id=str(template_id), **fields
            )

    operation = uuid4()
    first = await again()
    await _edit(database, organisation, template_id, "{{other}} " + "x" * 300)
    await organisation.opt_out(1)
    second = await again(price_version="outdated")
    assert [each.status for each in first.results] == [ACCEPTED] * 3
    assert second.results == first.results
    assert (await stored(organisation))[phone(2)][0] == "Seat 2"
    assert await organisation.balance() == 1000 - first.price_cents


async def _edit(
    database: Database, organisation: Organisation, template_id: UUID, content: str
) -> None:
    async with database.org(organisation.person.org_id) as connection:
        await connection.execute(
            update(sms_templates).where(sms_templates.c.id == template_id).values(content=content)
        )


async def test_a_batch_that_was_interrupted_before_its_charge_is_finished_by_its_repetition(
    campaigns: Running, organisation: Organisation
) -> None:
    people = [{"to": phone(n), "message": f"For {n}"} for n in range(3)]
    operation = uuid4()
    with operating(operation):
        first = await send_batch(campaigns, organisation.person, *people)
    # As if the process had died between storing and charging two of the messages.
    query = text(
        "UPDATE sms_messages SET charged = false, next_step_at = 'infinity'"
        " WHERE org_id = :org_id AND to_number = ANY(:numbers) RETURNING id"
    )
    async with organisation.neighbours.messaging_database.system() as connection:
        lost = {"org_id": organisation.person.org_id, "numbers": [phone(0), phone(2)]}
        assert len((await connection.execute(query, lost)).all()) == 2
    with operating(operation):
        second = await send_batch(campaigns, organisation.person, *people)
    assert second.results == first.results
    assert len(await stored(organisation)) == 3
    assert await organisation.balance() == 1000 - first.price_cents == 997


async def test_if_the_balance_covers_only_a_part_of_a_batch_each_recipient_has_a_result(
    campaigns: Running, neighbours: Neighbours
) -> None:
    poor = await an_organisation(neighbours, 2)
    people = [{"to": phone(n), "message": f"For {n}"} for n in range(4)]
    sent = await send_batch(campaigns, poor.person, *people)
    assert codes(sent) == [("", ""), ("", ""), *[("insufficient_balance", "")] * 2]
    assert await poor.balance() == 0
    with pytest.raises(InsufficientBalance):
        await send_batch(campaigns, poor.person, {"to": phone(9), "message": "Hi"})


async def test_the_quote_of_a_batch_equals_the_charge_and_names_refused_recipients(
    campaigns: Running, organisation: Organisation
) -> None:
    await organisation.opt_out(3)
    people: list[dict[str, Any]] = [
        {"to": phone(0), "variables": {"name": "A" * 200}},
        {"to": phone(1), "variables": {"name": "✓"}},
        {"to": phone(2)},
        {"to": phone(3), "variables": {"name": "B"}},
        {"to": phone(0), "message": "Again"},
        {"to": phone(4), "message": "Own"},
    ]
    quoted = await quote(campaigns, organisation.person, recipients=people, message="Hi {{name}}")
    assert [(r.code, r.field) for r in quoted.refusals] == [
        ("missing_variables", "recipients[2].variables.name"),
        ("duplicate", "recipients[4].to"),
        ("opted_out", "recipients[3].to"),
    ]
    assert (quoted.recipients, quoted.segments, quoted.total_cents) == (3, 2, 4)
    assert [(t.recipient, t.message, t.segments, t.price_cents) for t in quoted.texts] == [
        (0, "Hi " + "A" * 200, 2, 2),
        (1, "Hi ✓", 1, 1),
        (5, "Own", 1, 1),
    ]
    assert not await stored(organisation)
    sent = await send_batch(
        campaigns,
        organisation.person,
        *people,
        message="Hi {{name}}",
        price_version=quoted.price_version,
    )
    assert (sent.price_cents, sent.sent) == (quoted.total_cents, quoted.recipients)
    received = await stored(organisation)
    assert [received[phone(n)][0] for n in (0, 1, 4)] == [t.message for t in quoted.texts]
    assert await organisation.balance() == 1000 - quoted.total_cents


async def test_a_scheduled_batch_keeps_the_texts_of_its_recipients(
    campaigns: Running, organisation: Organisation
) -> None:
    at = Timestamp()
    at.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    people: list[dict[str, Any]] = [
        {"to": phone(0), "variables": {"name": "Ann"}, "reference": "a"},
        {"to": phone(1)},
        {"to": phone(0), "message": "Again"},
        {"to": phone(2), "message": "Own", "metadata": {"k": "v"}},
    ]
    operation = uuid4()

    async def schedule(**fields: Any) -> messages_pb2.SendBatchResponse:
        with operating(operation):
            return await send_batch(campaigns, organisation.person, *people, send_at=at, **fields)

    sent = await schedule(message="Hi {{name}}", reference="all")
    assert [each.status for each in sent.results] == [SCHEDULED, REFUSED, DUPLICATE, SCHEDULED]
    assert (sent.scheduled, sent.failed, sent.duplicates, sent.price_cents) == (2, 1, 1, 2)
    assert await schedule(message="Hi {{name}}", reference="all") == sent
    assert not await stored(organisation)
    detail = await _scheduled(organisation, sent.scheduled_id)
    assert (detail.scheduled.message, detail.scheduled.recipient_count) == ("Hi {{name}}", 3)
    assert [error.code for error in detail.errors] == ["missing_variables"]


async def _scheduled(
    organisation: Organisation, scheduled_id: str
) -> scheduled_pb2.ScheduledSendDetail:
    messaging = organisation.neighbours.messaging
    stub = scheduled_pb2_grpc.ScheduledSendServiceStub(messaging.channel)
    request = scheduled_pb2.GetScheduledSendRequest(id=scheduled_id)
    with acting_as(organisation.person.identity()):
        return await messaging.caller().call(stub.GetScheduledSend, request)


@pytest.mark.parametrize("later", [False, True])
async def test_a_large_batch_needs_as_many_statements_as_a_small_one(
    campaigns: Running, organisation: Organisation, statements_of: Counting, later: bool
) -> None:
    at = Timestamp()
    at.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    when: dict[str, Any] = {"send_at": at} if later else {}
    await organisation.a_contact(0, first_name="Ann")

    async def of(size: int) -> None:
        people: list[dict[str, Any]] = [
            {"to": phone(n), "reference": f"r{n}", "variables": {"seat": str(n)}}
            for n in range(size)
        ]
        sent = await send_batch(
            campaigns, organisation.person, *people, message="{{firstName}} {{seat}} {{phone}}",
            variables={"firstName": "you"}, **when,
        )  # fmt: skip
        assert sent.sent + sent.scheduled == size

    async def fewest(size: int) -> Mapping[str, int]:
        """Return the counts of the best of three calls: one may read again what was cached."""
        counts = [await statements_of(lambda: of(size)) for _ in range(3)]
        return min(counts, key=lambda count: sum(count.values()))

    await of(200)  # who is texted for the first time becomes a contact
    assert await fewest(200) == await fewest(3)
