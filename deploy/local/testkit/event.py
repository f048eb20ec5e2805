"""An event of an organisation, and the API requests of its organizers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from deploy.local.testkit.api import Api, Json
from deploy.local.testkit.patience import API_EVERY, SETTLES_WITHIN
from deploy.local.waiting import wait_for

_BEGINS_IN = timedelta(days=14)
_ZONE = "America/Los_Angeles"
_UNDER_WAY = ("queued", "sent")


@dataclass(frozen=True, slots=True)
class Event:
    """An event, and the API client of one of its organizers."""

    api: Api
    id: str

    @classmethod
    def create(cls, api: Api, name: str) -> Self:
        """Create an event that begins in two weeks, at seven in the evening."""
        now = datetime.now(ZoneInfo(_ZONE))
        begins = now.replace(hour=19, minute=0, second=0, microsecond=0) + _BEGINS_IN
        event = {"name": name, "date": begins.isoformat(), "timeZone": _ZONE}
        return cls(api, str(api.post("/api/events", event)["id"]))

    @property
    def path(self) -> str:
        """The event's path in the API."""
        return f"/api/events/{self.id}"

    def seen_by(self, api: Api) -> Self:
        """Return the same event, used through the API client of another user."""
        return replace(self, api=api)

    def allow(self, colleague: Api, permission: str) -> None:
        """Make a member of the organisation a co-organizer with this permission."""
        user_id = colleague.get("/api/me")["id"]
        self.api.put(f"{self.path}/organizers/{user_id}", {"permission": permission})

    def add(self, first_name: str, phone: str | None, **more: str) -> str:
        """Add an attendee. Return the attendee's id."""
        attendee = {"firstName": first_name, "phone": phone, **more}
        return str(self.api.post(f"{self.path}/attendees", attendee)["id"])

    def add_from_list(self, list_id: str) -> Json:
        """Add all members of a contact list as attendees."""
        return self.api.post(f"{self.path}/attendees/from-list", {"listId": list_id})

    def add_from_file(self, file: bytes) -> Json:
        """Add all people in a CSV file as attendees."""
        return self.api.upload(f"{self.path}/attendees/import", file)

    def attendees(self) -> Sequence[Json]:
        """Return all attendees. The attendee who was added last is first."""
        return list(self.api.every(f"{self.path}/attendees"))

    def correct(self, attendee_id: str, phone: str) -> None:
        """Change an attendee's phone number."""
        self.api.patch(f"{self.path}/attendees/{attendee_id}", {"phone": phone})

    def remove(self, attendee_id: str) -> None:
        """Remove an attendee from the event."""
        self.api.delete(f"{self.path}/attendees/{attendee_id}")

    def notify(self, notification_type: str, **how: object) -> Json:
        """Text the attendees, and return the API's response."""
        wish: Mapping[str, Any] = {"notificationType": notification_type, **how}
        return self.api.post(f"{self.path}/notify", wish)

    def publish(self, title: str, questions: Sequence[str], **how: object) -> Json:
        """Publish questions and text the attendees. Return the API's response."""
        wish = {"title": title, "questions": questions}
        set_id = self.api.post(f"{self.path}/question-sets", wish)["id"]
        return self.api.post(f"{self.path}/question-sets/{set_id}/publish", how)

    def history(self, attendee_id: str) -> Json:
        """Return the history of the texts to an attendee."""
        return self.api.get(f"{self.path}/attendees/{attendee_id}/sms-history")

    def retry(self, attendee_id: str, **which: object) -> Json:
        """Retry failed texts to an attendee."""
        return self.api.post(f"{self.path}/attendees/{attendee_id}/sms-retry", which)

    def summary(self) -> Json:
        """Return the counts of the event's texts by status and type."""
        return self.api.get(f"{self.path}/sms-summary")

    def wait_until_settled(self, total: int) -> Json:
        """Return the summary once it counts `total` texts and all of them have a final status."""

        def settled() -> Json:
            summary = self.summary()
            is_open = any(summary["byStatus"][status] for status in _UNDER_WAY)
            return {} if is_open or summary["total"] < total else summary

        return wait_for("the outcome of every text", settled, SETTLES_WITHIN, API_EVERY)
