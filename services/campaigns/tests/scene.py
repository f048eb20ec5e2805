"""Test helper: an event with an attendee whose messages have chosen results."""

from uuid import UUID

from sqlalchemy import text

from services.campaigns.tests.organisation import Neighbours, phone
from services.campaigns.tests.organizer import Organizer
from services.campaigns.tests.outcomes import fate
from smsblaster.events.v1 import sms_pb2


class Scene:
    """An event with one attendee."""

    def __init__(
        self, organizer: Organizer, neighbours: Neighbours, event: str, attendee: str
    ) -> None:
        self.organizer = organizer
        self.neighbours = neighbours
        self.event = event
        self.attendee = attendee

    async def failed(self, code: int | None, status: str = "undelivered", body: str = "x") -> str:
        """Send a message and set its final status to `status`. Return its id."""
        sent = await self.organizer.notified(self.event, attendee_ids=[self.attendee], message=body)
        await fate(self.neighbours, sent.id, phone(1), status, code)
        history = await self.organizer.history(self.event, self.attendee)
        return history.messages[0].id

    async def retry(self, **fields: object) -> sms_pb2.RetrySmsResponse:
        return await self.organizer.retry(self.event, self.attendee, **fields)

    async def history(self) -> sms_pb2.SmsHistory:
        return await self.organizer.history(self.event, self.attendee)

    async def correct(self, phone: str) -> None:
        """Change the attendee's phone number. An empty `phone` removes it."""
        await self.organizer.ask(
            "UpdateAttendee", event_id=self.event, attendee_id=self.attendee, phone=phone
        )

    async def is_being_retried(self) -> bool:
        """Return whether a retry is stored that is not charged yet."""
        query = text(
            "SELECT FROM sms_messages"
            " WHERE attendee_id = :attendee AND retry_of IS NOT NULL AND NOT charged"
        )
        async with self.neighbours.messaging_database.system() as connection:
            return bool((await connection.execute(query, {"attendee": UUID(self.attendee)})).all())

    async def settle(self, message_id: str, status: str) -> None:
        """Set the status of a message."""
        query = text("UPDATE sms_messages SET status = :status WHERE id = :id")
        async with self.neighbours.messaging_database.system() as connection:
            await connection.execute(query, {"id": UUID(message_id), "status": status})
