"""The objects of a registration. Times are milliseconds since the epoch."""

from dataclasses import dataclass, field
from typing import Any

PRIMARY_POLICY = "RN6433641899984f951173ef1738c3bdd0"
SECONDARY_POLICY = "RNdfbf3fae0e1107f8aded0e7cead80bf5"
A2P_POLICY = "RNb0d4771c2c98518d916a3d4cd70a8f8b"
POLICIES = (PRIMARY_POLICY, SECONDARY_POLICY, A2P_POLICY)


@dataclass(slots=True)
class Bundle:
    """A customer profile or a trust product.

    Attributes:
        collection: `CustomerProfiles` or `TrustProducts`.
        assignments: `sid`, `object_sid` and `created_ms` of each assigned object.
        evaluations: The answers to requests for an evaluation, newest last.
    """

    sid: str
    account_sid: str
    collection: str
    friendly_name: str
    email: str
    policy_sid: str
    created_ms: int
    updated_ms: int
    status: str = "draft"
    status_callback: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    assignments: list[dict[str, Any]] = field(default_factory=list)
    evaluations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Entity:
    """An end user or a supporting document. Its `type` says which `attributes` it has."""

    sid: str
    account_sid: str
    collection: str
    type: str
    friendly_name: str
    attributes: dict[str, Any]
    created_ms: int
    updated_ms: int


@dataclass(slots=True)
class Address:
    """A postal address. The keys of `fields` are the API's parameters."""

    sid: str
    account_sid: str
    fields: dict[str, str]
    created_ms: int
    updated_ms: int


@dataclass(slots=True)
class Brand:
    """The registration of a brand (a company) with the carriers."""

    sid: str
    account_sid: str
    profile_sid: str
    trust_product_sid: str
    brand_type: str
    created_ms: int
    updated_ms: int
    mock: bool = False
    skip_vetting: bool = False
    status: str = "PENDING"
    tcr_id: str | None = None
    identity_status: str = "SELF_DECLARED"
    brand_score: int | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    updates: int = 0


@dataclass(slots=True)
class Campaign:
    """A use case registered for a messaging service.

    Attributes:
        event_sid: Id of the campaign in events (CM...).
        fields: The submitted values. The keys are the API's parameters.
    """

    sid: str
    event_sid: str
    account_sid: str
    service_sid: str
    brand_sid: str
    fields: dict[str, Any]
    created_ms: int
    updated_ms: int
    status: str = "PENDING"
    campaign_id: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Sink:
    """A destination (a URL) to which events are posted."""

    sid: str
    account_sid: str
    description: str
    sink_type: str
    configuration: dict[str, Any]
    created_ms: int
    updated_ms: int
    status: str = "active"


@dataclass(slots=True)
class Subscription:
    """The events that are sent to a sink. `types` maps each event type to its schema version."""

    sid: str
    account_sid: str
    description: str
    sink_sid: str
    types: dict[str, int]
    created_ms: int
    updated_ms: int
