"""An organisation's webhook endpoints get events about messages and their statuses."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from servicekit.db.database import Database
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.messaging.accounts.storage import numbers
from services.messaging.history.domain.message_filter import MessageFilter
from services.messaging.history.storage import exports
from services.messaging.history.usecases.write_exports import WriteExports
from services.messaging.registration.support.review_notices import announce_result
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.tenant import Tenant
from tests.fixtures.customer_events import subscribe, told
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.jobs


async def types_of(database: Database, org_id: UUID) -> list[str]:
    return [type_ for type_, _ in await told(database, org_id)]


async def test_webhook_endpoints_get_an_accepted_message_and_each_change_of_its_status(
    organisation: Organisation, database: Database
) -> None:
    await subscribe(database, organisation.org_id)
    message = await organisation.send(phone(1))
    for status in ("sent", "delivered", "delivered"):
        await organisation.callback(message.id, message.provider_sid, status)

    async def is_told() -> bool:
        return "message.delivered" in await types_of(database, organisation.org_id)

    await wait_until(is_told)
    events: list[tuple[str, Any]] = list(await told(database, organisation.org_id))
    assert [type_ for type_, _ in events] == [
        "message.accepted",
        "message.sent",
        "message.delivered",
    ]
    assert {data.id for _, data in events} == {message.id}
    delivered = events[-1][1]
    shown = (await organisation.detail(message.id)).message
    assert (delivered.status, delivered.delivered_at) == (shown.status, shown.delivered_at)


async def test_webhook_endpoints_get_a_failed_message_with_the_explanation_of_its_error(
    organisation: Organisation, database: Database
) -> None:
    await subscribe(database, organisation.org_id, "message.undelivered")
    message = await organisation.send(phone(1))
    await organisation.callback(message.id, message.provider_sid, "undelivered", code=30005)

    async def is_told() -> bool:
        return bool(await told(database, organisation.org_id))

    await wait_until(is_told)
    [(type_, data)] = await told(database, organisation.org_id)
    shown: Any = data
    assert (type_, shown.error_code) == ("message.undelivered", 30005)
    assert shown.error_title


async def test_webhook_endpoints_get_an_incoming_message(
    organisation: Organisation, database: Database
) -> None:
    await subscribe(database, organisation.org_id, "message.received")
    await organisation.text_in(phone(2), "Hello")

    async def is_told() -> bool:
        return bool(await told(database, organisation.org_id))

    await wait_until(is_told)
    [(type_, data)] = await told(database, organisation.org_id)
    message: Any = data
    assert (type_, message.body) == ("message.received", "Hello")
    assert message.from_number == phone(2)


async def test_nothing_is_published_for_an_organisation_without_endpoints(
    organisation: Organisation, other_organisation: Organisation, database: Database
) -> None:
    await subscribe(database, other_organisation.org_id)
    await organisation.send(phone(1))
    assert await told(database, organisation.org_id) == []
    assert await told(database, other_organisation.org_id) == []


async def test_webhook_endpoints_get_a_released_number_and_a_reviewed_registration(
    tenant: Tenant, database: Database
) -> None:
    await subscribe(database, tenant.org_id)
    await tenant.create_subaccount()
    await tenant.create_service()
    [number] = (await tenant.buy_numbers()).numbers
    async with database.org(tenant.org_id) as connection:
        await numbers.release(connection, tenant.org_id, UUID(number.id), unpaid=True)
    with acting_as(tenant.identity()):
        async with database.org(tenant.org_id) as connection:
            await announce_result(connection, tenant.org_id, "a2p_brand", str(uuid4()), "approved")
    events: list[tuple[str, Any]] = list(await told(database, tenant.org_id))
    assert [type_ for type_, _ in events] == ["number.released", "registration.changed"]
    released, changed = (data for _, data in events)
    assert released.phone_number == number.phone_number
    assert (changed.thing, changed.status) == ("a2p_brand", "approved")


async def test_webhook_endpoints_get_a_finished_export(database: Database, tmp_path: Path) -> None:
    org_id = new_id()
    await subscribe(database, org_id, "export.finished")
    async with database.org(org_id) as connection:
        export = await exports.add(connection, org_id, None, MessageFilter())
    await WriteExports(database, tmp_path, 24).write_all()
    [(type_, data)] = await told(database, org_id)
    finished: Any = data
    assert (type_, finished.id, finished.rows) == ("export.finished", str(export.id), 0)
