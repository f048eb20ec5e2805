"""Insert rows for tests, with defaults for unimportant columns."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from servicekit.bus import subjects
from servicekit.bus.outbox import outbox
from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.campaigns.storage.tables import sms_campaigns
from services.campaigns.templates.storage.tables import sms_templates
from services.campaigns.tests.organisation import Organisation
from smsblaster.audit.v1 import events_pb2
from tests.fixtures.running import Person


async def a_template(
    database: Database,
    person: Person,
    content: str = "Hi {{firstName}}",
    deleted: bool = False,
) -> UUID:
    """Insert a template of the organisation of `person`. Return its id."""
    template_id = new_id()
    async with database.org(person.org_id) as connection:
        await connection.execute(
            insert(sms_templates).values(
                id=template_id,
                org_id=person.org_id,
                name=f"Template {template_id}",
                content=content,
                created_by=person.user_id,
                deleted_at=func.now() if deleted else None,
            )
        )
    return template_id


async def a_campaign(
    database: Database, person: Person, status: Status = "draft", **columns: Any
) -> UUID:
    """Insert a campaign of `person`. Return its id. `columns` replace defaults."""
    row: dict[str, Any] = {
        "id": new_id(),
        "org_id": person.org_id,
        "created_by": person.user_id,
        "name": "Spring sale",
        "message": None if columns.get("template_id") else "Hi {{firstName}}",
        "list_id": new_id(),
        "status": status,
    }
    if status == "scheduled":
        row["schedule_at"] = datetime.now(UTC) + timedelta(days=1)
    if status in ("running", "paused", "done"):
        row |= {"body": "Hi {{firstName}}", "started_at": func.now(), "next_plan_at": func.now()}
    async with database.org(person.org_id) as connection:
        await connection.execute(insert(sms_campaigns).values(row | columns))
    campaign_id: UUID = (row | columns)["id"]
    return campaign_id


async def row_of(database: Database, campaign_id: UUID) -> Any:
    """Return the row of a campaign with all columns."""
    async with database.system() as connection:
        query = select(sms_campaigns).where(sms_campaigns.c.id == campaign_id)
        return (await connection.execute(query)).one()


async def audit_events(database: Database, campaign_id: object) -> list[events_pb2.AuditRecorded]:
    """Return the audit entries of a campaign, oldest first."""
    async with database.system() as connection:
        rows = await connection.execute(
            select(outbox.c.payload)
            .where(outbox.c.subject == subjects.audit("campaigns"))
            .order_by(outbox.c.id)
        )
        events = [events_pb2.AuditRecorded.FromString(payload) for payload in rows.scalars()]
    return [event for event in events if event.entity_id == str(campaign_id)]


async def at_rest(
    database: Database, organisation: Organisation, status: Status = "draft", **columns: Any
) -> UUID:
    """Insert a campaign that no planner works on. Return its id."""
    if status in ("running", "paused", "done"):
        columns["next_plan_at"] = func.now() + timedelta(hours=1)
    list_id = UUID(await organisation.a_list())
    return await a_campaign(database, organisation.person, status, list_id=list_id, **columns)


def fields_of(error: DomainError) -> list[str]:
    """Return the request fields in an error."""
    return [fault.field for fault in error.fields]
