"""The events of live streams, as Server-Sent Events, and the latest events of an organisation."""

import random
import re
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

HEARTBEAT = b"event: heartbeat\ndata: {}\n\n"
"""The event that is sent while nothing happens.

It is an event and no comment, because scripts can't see the comments of a stream.
"""
MOST_EVENTS = 1000
MOST_SECONDS = 600.0
_EVENT_ID = re.compile(r"(?P<name>[0-9a-f]{8})-(?P<number>[0-9]{1,15})")
_JITTER = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    event: bytes


class RecentEvents:
    """Gives each event of an organisation a sequence number, and keeps the latest events.

    At most 1,000 events of the last ten minutes are kept. An event's id also contains an id of this
    object: another process, or this one after a restart, numbers its events differently.
    """

    def __init__(self) -> None:
        self._name = secrets.token_hex(4)
        self._last = 0
        self._kept: deque[_Kept] = deque(maxlen=MOST_EVENTS)

    @property
    def last_id(self) -> str:
        """The id of the newest event."""
        return f"{self._name}-{self._last}"

    def add_hint(self, now: float, topic: str, id_: UUID | None, version: int | None) -> bytes:
        """Make an event of a hint, with the next sequence number. Keep the event and return it."""
        content = {"topic": topic, "id": id_, "version": version}
        self._last += 1
        event = _event("hint", content, self.last_id)
        self._kept.append(_Kept(now, event))
        return event

    def add_resync(self, now: float, reason: str) -> bytes:
        """Return a new `resync` event, which replaces all earlier events."""
        self._kept.clear()
        self._last += 1
        event = self.resync(reason)
        self._kept.append(_Kept(now, event))
        return event

    def resync(self, reason: str) -> bytes:
        """Return an event that tells one client to fetch everything again that it shows."""
        return _event("resync", {"reason": reason}, self.last_id)

    def since(self, now: float, event_id: str) -> Sequence[bytes] | None:
        """Return the events after `event_id`, or None if some of them are no longer kept."""
        found = _EVENT_ID.fullmatch(event_id)
        if found is None or found["name"] != self._name:
            return None
        missed = self._last - int(found["number"])
        if not 0 <= missed <= len(self._kept):
            return None
        events = list(self._kept)[len(self._kept) - missed :]
        if events and events[0].at < now - MOST_SECONDS:
            return None
        return [kept.event for kept in events]


def opening() -> bytes:
    """Return the first bytes of a stream: how long a browser waits before it reconnects."""
    return b"retry: %d\n\n" % _JITTER.randint(1000, 5000)


def reconnect(reason: str, most_milliseconds: int) -> bytes:
    """Return the last event of a stream that the client should open again.

    Each client is asked to wait for a random time, so that they don't all reconnect at once.
    """
    wait = _JITTER.randint(200, most_milliseconds)
    return _event("reconnect", {"reason": reason, "afterMilliseconds": wait})


def end(reason: str) -> bytes:
    """Return the last event of a stream that must not be opened again with this session."""
    return _event("end", {"reason": reason})


def _event(name: str, content: Mapping[str, object], id_: str = "") -> bytes:
    head = f"id: {id_}\n" if id_ else ""
    return f"{head}event: {name}\ndata: ".encode() + orjson.dumps(content) + b"\n\n"
