"""Endpoints of customers, and what is delivered to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from servicekit.db.versions import Versions


class DisabledReason(StrEnum):
    """Why a webhook endpoint is disabled."""

    BY_USER = "by_user"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """What a customer chooses for a webhook endpoint.

    An endpoint without event types gets events of all types.
    """

    url: str
    description: str
    event_types: Sequence[str]
    max_per_second: int | None


@dataclass(frozen=True, slots=True)
class EndpointChanges:
    """Changes of an endpoint. A setting that is None stays as it is.

    `unlimited` removes the limit of calls per second.
    """

    url: str | None = None
    description: str | None = None
    event_types: Sequence[str] | None = None
    max_per_second: int | None = None
    unlimited: bool = False

    def at(self, url: str) -> Self:
        """Return the same changes with the URL `url`."""
        return replace(self, url=url)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A customer's webhook endpoint.

    Its fields have the names of the contract's `WebhookEndpoint`.
    """

    id: UUID
    org_id: UUID
    url: str
    description: str
    event_types: Sequence[str]
    max_per_second: int | None
    disabled_reason: DisabledReason | None
    disabled_at: datetime | None
    failing_since: datetime | None
    old_secret_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    column_versions: Mapping[str, int]

    @property
    def versions(self) -> Versions:
        """The endpoint's version, and the version in which each column last changed."""
        return Versions(self.version, self.column_versions)

    @property
    def enabled(self) -> bool:
        """Whether the platform calls this endpoint."""
        return self.disabled_at is None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery of a customer event to an endpoint. `payload` is None in lists."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_type: str
    status: str
    attempts: int
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    duration_ms: int | None
    response_code: int | None
    response_body: str | None
    error: str | None
    occurred_at: datetime
    created_at: datetime
    payload: str | None = None
