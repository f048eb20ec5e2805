"""Organisations manage their webhook endpoints."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from servicekit.bus.outbox import outbox
from servicekit.db.database import Database
from servicekit.errors import (
    Conflict,
    CrossOrgAccess,
    Forbidden,
    InvalidInput,
    NotFound,
    PreconditionFailed,
)
from servicekit.ids import new_id
from services.webhooks.delivery.storage.tables import webhook_endpoints
from services.webhooks.tests.delivery.conftest import Customer
from smsblaster.audit.v1.events_pb2 import AuditRecorded
from smsblaster.webhooks.v1 import endpoints_pb2 as pb
from smsblaster.webhooks.v1.customer_events_pb2 import WebhookSubscription
from tests.fixtures.running import Person


async def announced(database: Database, customer: Customer) -> WebhookSubscription:
    """Return the last published bus event about the event types of the organisation's endpoints."""
    query = select(outbox.c.payload).where(outbox.c.subject == "event.webhooks.subscribed")
    async with database.system() as connection:
        rows = (await connection.execute(query.order_by(outbox.c.id.desc()))).scalars().all()
    told = [WebhookSubscription.FromString(row) for row in rows]
    return next(event for event in told if event.org_id == str(customer.person.org_id))


async def audited(database: Database, customer: Customer) -> list[str]:
    query = select(outbox.c.payload).where(outbox.c.subject == "event.webhooks.audit")
    async with database.system() as connection:
        rows = (await connection.execute(query.order_by(outbox.c.id))).scalars().all()
    acts = [AuditRecorded.FromString(row) for row in rows]
    return [act.action for act in acts if act.org_id == str(customer.person.org_id)]


async def test_a_new_endpoint_is_enabled_and_its_secret_is_shown_once(acme: Customer) -> None:
    made = await acme.create("https://example.com/a", "message.sent", description=" CRM ")
    assert made.secret.startswith("whsec_")
    endpoint = await acme.read(made.endpoint.id)
    assert (endpoint.url, endpoint.description) == ("https://example.com/a", "CRM")
    assert (list(endpoint.event_types), endpoint.enabled) == (["message.sent"], True)
    assert not endpoint.HasField("max_per_second")
    assert made.secret not in str(endpoint)


async def test_a_secret_is_stored_encrypted(acme: Customer, database: Database) -> None:
    made = await acme.create()
    async with database.system() as connection:
        query = select(webhook_endpoints.c.secret)
        row = query.where(webhook_endpoints.c.id == UUID(made.endpoint.id))
        stored = (await connection.execute(row)).scalar_one()
    assert stored.startswith("v1.tests.")
    assert made.secret.removeprefix("whsec_") not in stored


async def test_the_error_about_an_invalid_url_or_event_type_names_its_field(acme: Customer) -> None:
    for url, types in (("https://10.0.0.1/", ()), ("https://a.example/", ("message.lost",))):
        with pytest.raises(InvalidInput) as refused:
            await acme.create(url, *types)
        assert refused.value.fields[0].field.startswith("eventTypes" if types else "url")


async def test_an_organisation_has_at_most_twenty_endpoints(acme: Customer) -> None:
    for _ in range(20):
        await acme.create()
    with pytest.raises(Conflict) as refused:
        await acme.create()
    assert refused.value.code == "too_many_webhook_endpoints"


async def test_endpoints_are_listed_newest_first_page_by_page(
    acme: Customer, other: Customer
) -> None:
    made = [(await acme.create()).endpoint.id for _ in range(3)]
    await other.create()
    request = pb.ListWebhookEndpointsRequest(limit=2)
    first = await acme.call(acme.endpoints.ListWebhookEndpoints, request)
    request.cursor = first.next_cursor
    second = await acme.call(acme.endpoints.ListWebhookEndpoints, request)
    assert [e.id for e in (*first.items, *second.items)] == made[::-1]
    assert not second.HasField("next_cursor")


async def test_each_setting_of_an_endpoint_can_be_changed_alone(acme: Customer) -> None:
    made = await acme.create("https://a.example/", "message.sent", max_per_second=5)
    request = pb.UpdateWebhookEndpointRequest(id=made.endpoint.id, url="https://b.example/")
    changed = await acme.call(acme.endpoints.UpdateWebhookEndpoint, request)
    assert (changed.url, list(changed.event_types)) == ("https://b.example/", ["message.sent"])
    assert changed.max_per_second == 5
    types = pb.WebhookEventTypes(values=["import.finished", "export.finished"])
    request = pb.UpdateWebhookEndpointRequest(
        id=made.endpoint.id, event_types=types, cleared=["maxPerSecond"]
    )
    changed = await acme.call(acme.endpoints.UpdateWebhookEndpoint, request)
    assert list(changed.event_types) == ["export.finished", "import.finished"]
    assert not changed.HasField("max_per_second")


async def test_a_change_of_an_endpoint_that_somebody_changed_meanwhile_is_refused(
    acme: Customer,
) -> None:
    made = await acme.create("https://a.example/")
    request = pb.UpdateWebhookEndpointRequest(
        id=made.endpoint.id, url="https://b.example/", if_version=made.endpoint.version
    )
    changed = await acme.call(acme.endpoints.UpdateWebhookEndpoint, request)
    assert changed.version == made.endpoint.version + 1
    with pytest.raises(PreconditionFailed) as refused:
        await acme.call(acme.endpoints.UpdateWebhookEndpoint, request)
    assert refused.value.facts == {"version": changed.version, "changedFields": ["url"]}
    assert await acme.read(made.endpoint.id) == changed


async def test_other_services_get_the_event_types_that_endpoints_subscribe_to(
    acme: Customer, database: Database
) -> None:
    made = await acme.create("https://a.example/", "message.sent")
    first = await announced(database, acme)
    assert (list(first.types), first.all_types) == (["message.sent"], False)
    await acme.create("https://b.example/")
    second = await announced(database, acme)
    assert second.all_types
    assert second.version > first.version
    request = pb.DisableWebhookEndpointRequest(id=made.endpoint.id)
    disabled = await acme.call(acme.endpoints.DisableWebhookEndpoint, request)
    assert not disabled.enabled
    assert disabled.disabled_reason == pb.WEBHOOK_DISABLED_REASON_BY_USER
    assert list((await announced(database, acme)).types) == []
    enabling = pb.EnableWebhookEndpointRequest(id=made.endpoint.id)
    enabled = await acme.call(acme.endpoints.EnableWebhookEndpoint, enabling)
    assert (enabled.enabled, enabled.HasField("disabled_at")) == (True, False)
    assert list((await announced(database, acme)).types) == ["message.sent"]


async def test_after_a_rotation_calls_are_signed_with_the_old_secret_too_until_the_overlap_ends(
    acme: Customer,
) -> None:
    made = await acme.create()
    request = pb.RotateWebhookSecretRequest(id=made.endpoint.id)
    rotated = await acme.call(acme.endpoints.RotateWebhookSecret, request)
    assert rotated.secret not in ("", made.secret)
    expires = rotated.endpoint.old_secret_expires_at.ToDatetime(UTC)
    assert abs(expires - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=1)
    request.overlap_seconds = 0
    rotated = await acme.call(acme.endpoints.RotateWebhookSecret, request)
    assert not rotated.endpoint.HasField("old_secret_expires_at")


async def test_a_deleted_endpoint_is_not_found(acme: Customer) -> None:
    made = await acme.create()
    request = pb.DeleteWebhookEndpointRequest(id=made.endpoint.id)
    await acme.call(acme.endpoints.DeleteWebhookEndpoint, request)
    for again in (acme.read(made.endpoint.id), acme.test(made.endpoint.id)):
        with pytest.raises(NotFound) as refused:
            await again
        assert refused.value.code == "webhook_endpoint_not_found"


async def test_each_change_of_an_endpoint_is_audited(acme: Customer, database: Database) -> None:
    made = await acme.create()
    for method, request in (
        (acme.endpoints.UpdateWebhookEndpoint, pb.UpdateWebhookEndpointRequest),
        (acme.endpoints.RotateWebhookSecret, pb.RotateWebhookSecretRequest),
        (acme.endpoints.DisableWebhookEndpoint, pb.DisableWebhookEndpointRequest),
        (acme.endpoints.EnableWebhookEndpoint, pb.EnableWebhookEndpointRequest),
        (acme.endpoints.DeleteWebhookEndpoint, pb.DeleteWebhookEndpointRequest),
    ):
        await acme.call(method, request(id=made.endpoint.id))
    assert await audited(database, acme) == [
        "webhook_endpoint_created",
        "webhook_endpoint_changed",
        "webhook_secret_rotated",
        "webhook_endpoint_disabled",
        "webhook_endpoint_enabled",
        "webhook_endpoint_deleted",
    ]


async def test_another_organisations_endpoint_is_refused(acme: Customer, other: Customer) -> None:
    made = await acme.create()
    for method, request in (
        (other.endpoints.GetWebhookEndpoint, pb.GetWebhookEndpointRequest),
        (other.endpoints.UpdateWebhookEndpoint, pb.UpdateWebhookEndpointRequest),
        (other.endpoints.DeleteWebhookEndpoint, pb.DeleteWebhookEndpointRequest),
        (other.endpoints.TestWebhookEndpoint, pb.TestWebhookEndpointRequest),
        (other.endpoints.RotateWebhookSecret, pb.RotateWebhookSecretRequest),
        (other.endpoints.EnableWebhookEndpoint, pb.EnableWebhookEndpointRequest),
        (other.endpoints.DisableWebhookEndpoint, pb.DisableWebhookEndpointRequest),
    ):
        with pytest.raises(CrossOrgAccess):
            await other.call(method, request(id=made.endpoint.id))
    with pytest.raises(NotFound):
        await other.read(str(new_id()))


async def test_members_who_are_not_admins_cannot_manage_endpoints(acme: Customer) -> None:
    member = Customer(acme.running, Person(acme.person.org_id, roles=frozenset({"member"})))
    with pytest.raises(Forbidden):
        await member.create()
