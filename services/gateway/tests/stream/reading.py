"""Open live streams as a browser does, and read their events."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from services.gateway.tests.members import Client, Member


@dataclass(frozen=True)
class Event:
    """An event of a live stream."""

    name: str
    data: dict[str, Any]
    id: str


class EventStream:
    """The events of an open stream, as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self.headers = answer.headers
        self._lines = answer.iter_lines()

    def __iter__(self) -> Iterator[Event]:
        """Yield events until the stream ends."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line and "event" in fields:
                yield Event(fields["event"], json.loads(fields["data"]), fields.get("id", ""))
            if not line:
                fields = {}
            name, _, value = line.partition(": ")
            fields[name] = value

    def next(self) -> Event:
        """Return the next event of the stream."""
        return next(iter(self))

    def next_hint(self) -> dict[str, Any]:
        """Return the data of the next event, which must be a hint."""
        event = self.next()
        assert event.name == "hint", event
        return event.data


def ticket_of(client: Client, member: Member) -> dict[str, Any]:
    """Request a ticket for the member's session."""
    answer = client.post("/api/stream/tickets", json={}, headers=member.headers)
    assert answer.status_code == 201, answer.text
    ticket: dict[str, Any] = answer.json()
    return ticket


@contextmanager
def opened(url: str, ticket: str, last_event_id: str = "", **headers: str) -> Iterator[EventStream]:
    """Open a stream with a ticket."""
    query = {"ticket": ticket} | ({"lastEventId": last_event_id} if last_event_id else {})
    with httpx.stream("GET", url, params=query, headers=headers, timeout=100) as answer:
        assert answer.status_code == 200, answer.read()
        yield EventStream(answer)
