"""Listeners: programs of customers that fetch events themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

KEPT_MINUTES = 60
"""Minutes after its last request after which a listener is deleted."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener. Its fields have the names of the contract's `WebhookListener`.

    No event types mean all types. `secret` is encrypted.
    """

    id: UUID
    org_id: UUID
    event_types: Sequence[str]
    secret: str
    created_at: datetime
    expires_at: datetime
    last_fetched_at: datetime


@dataclass(frozen=True, slots=True)
class FetchedEvent:
    """An event that a listener fetches, with the headers and the body that an endpoint gets."""

    id: UUID
    event_type: str
    timestamp: str
    signature: str
    payload: str


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event that a listener has not received yet. `payload` is the body of its call."""

    id: UUID
    type: str
    payload: str
