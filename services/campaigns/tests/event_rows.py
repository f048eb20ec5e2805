"""Insert rows of events for tests, with defaults for unimportant columns."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.events.storage.tables import (
    event_attendees,
    event_matches,
    event_organizers,
    event_sms_retries,
    event_texts,
    events,
    question_sets,
)
from services.campaigns.tests.builders import a_campaign
from tests.fixtures.running import Person


async def an_event(database: Database, person: Person, **columns: Any) -> UUID:
    """Insert an event of `person`. Return its id. `columns` replace defaults."""
    return await _row(
        database,
        events,
        {
            "org_id": person.org_id,
            "name": "No Edges",
            "date": datetime(2027, 5, 1, 12, tzinfo=UTC),
            "time_zone": "UTC",
            "status": "published",
            "created_by": person.user_id,
            **columns,
        },
    )


async def an_attendee(database: Database, person: Person, event_id: object, **columns: Any) -> UUID:
    """Insert an attendee without a phone number. Return the attendee's id."""
    row = {"org_id": person.org_id, "event_id": event_id, "first_name": "Ada", **columns}
    return await _row(database, event_attendees, row)


async def a_question_set(
    database: Database, person: Person, event_id: object, **columns: Any
) -> UUID:
    """Insert a draft of a question set. Return its id."""
    row = {"org_id": person.org_id, "event_id": event_id, "title": "Tastes", "questions": ["Tea?"]}
    return await _row(database, question_sets, row | columns)


async def an_event_message(
    database: Database, person: Person, event_id: object, **columns: Any
) -> UUID:
    """Insert an event message that is being sent. Return its id."""
    return await a_campaign(
        database,
        person,
        **{
            "status": "running",
            "list_id": None,
            "event_id": event_id,
            "notification_type": "invitation",
            "attendee_audience": "all",
            "variables": {},
            "recipient_count": 1,
            "without_phone_count": 0,
            **columns,
        },
    )


async def an_event_with_everything(database: Database, person: Person) -> UUID:
    """Insert an event with a row in each table of events. Return its id."""
    event_id = await an_event(database, person)
    one, other = sorted([await an_attendee(database, person, event_id) for _ in range(2)])
    await a_question_set(database, person, event_id)
    owned = {"org_id": person.org_id, "event_id": event_id}
    pair = {"attendee_id": one, "matched_attendee_id": other}
    await _row(database, event_matches, owned | pair)
    async with database.org(person.org_id) as connection:
        organizer = {"user_id": new_id(), "permission": "view"}
        await connection.execute(insert(event_organizers).values(owned | organizer))
        text = {"notification_type": "invitation", "message": "Come!"}
        await connection.execute(insert(event_texts).values(owned | text))
        retry = {"attendee_ids": [], "force": False, "total": 1, "until_message_id": new_id()}
        by = {"id": new_id(), "created_by": person.user_id}
        await connection.execute(insert(event_sms_retries).values(owned | retry | by))
    return event_id


async def rows_of(database: Database, table: Table, **values: Any) -> list[Any]:
    """Return the rows of a table that have these values, in the order of their ids."""
    query = select(table).filter_by(**values).order_by(table.c.id)
    async with database.system() as connection:
        return list(await connection.execute(query))


async def _row(database: Database, table: Table, row: dict[str, Any]) -> UUID:
    row = {"id": new_id(), **row}
    async with database.org(row["org_id"]) as connection:
        await connection.execute(insert(table).values(row))
    row_id: UUID = row["id"]
    return row_id
