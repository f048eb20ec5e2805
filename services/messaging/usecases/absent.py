"""Why an organisation does not have what it named by Twilio's id."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.storage.tables import twilio_messaging_services as services
from services.messaging.storage.tables import twilio_numbers as numbers


async def number_absent(database: Database, org_id: UUID, sid: str) -> Exception:
    """The error to raise for a number; one of its own that it released counts as gone."""
    elsewhere = (numbers.c.sid == sid) & (numbers.c.org_id != org_id)
    return await database.why_absent(numbers, elsewhere, "number")


async def service_absent(database: Database, org_id: UUID, sid: str) -> Exception:
    """The error to raise for a messaging service."""
    elsewhere = (services.c.sid == sid) & (services.c.org_id != org_id)
    return await database.why_absent(services, elsewhere, "messaging service")
