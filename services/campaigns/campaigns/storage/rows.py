"""The campaign as queries return it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Row, case, func, select
from sqlalchemy import cast as cast_to

from servicekit.db.versions import Versions
from services.campaigns.campaigns.domain.drafts import Part, TextSource, missing_parts, text_source
from services.campaigns.campaigns.domain.paces import PaceSample
from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.domain.recipients import Attendees, Audience, Retry
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.campaigns.storage.tables import campaign_waiting as deferred
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign. An event message is stored as a campaign too.

    `message` is the text that the user wrote, or None if a template provides it. `body` is the text
    to send, fixed when the campaign was confirmed. `media_urls` are the URLs of its pictures.
    `waiting_until` is the time at which the next sending window of its deferred recipients opens.
    `planned_at` is when the whole audience was planned. `pace_sample_sent` messages had been sent
    `pace_sample_seconds` before the row was read (`read_at`).
    """

    id: UUID
    org_id: UUID
    name: str
    message: str | None
    media_urls: Sequence[str]
    body: str | None
    template_id: UUID | None
    list_id: UUID | None
    status: Status
    status_reason: str | None
    schedule_at: datetime | None
    created_by: UUID
    payer_id: UUID | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    opted_out_count: int
    invalid_count: int
    retry_of: UUID | None
    retry_root: UUID | None
    retryable_only: bool
    pause_at_failure_rate: float | None
    hold_change: int
    event_id: UUID | None
    notification_type: str | None
    attendee_ids: Sequence[UUID] | None
    attendee_audience: str | None
    variables: Mapping[str, str] | None
    reference: str | None
    metadata: Mapping[str, str] | None
    waiting_until: datetime | None
    planned_at: datetime | None
    version: int
    column_versions: Mapping[str, int]
    pace_sample_sent: int | None
    pace_sample_seconds: float | None
    read_at: datetime

    @property
    def versions(self) -> Versions:
        """The campaign's version, and the version in which each column last changed."""
        return Versions(self.version, self.column_versions)

    @property
    def written_text(self) -> TextSource | None:
        """The text that the user wrote, or the template that provides it. A draft may have none."""
        return text_source(self.message, self.template_id)

    @property
    def missing(self) -> Sequence[Part]:
        """The parts that a draft lacks before it can be sent."""
        return missing_parts(self.written_text, self.list_id) if self.status == "draft" else ()

    @property
    def pace_sample(self) -> PaceSample | None:
        """How many messages had been sent at an earlier moment.

        None unless the campaign is running.
        """
        sent, seconds = self.pace_sample_sent, self.pace_sample_seconds
        if self.status != "running" or sent is None or seconds is None:
            return None
        return PaceSample(sent, seconds, self.read_at)

    @property
    def paid_by(self) -> UUID | None:
        """Who pays for the campaign: a user, or the organisation's id for its own balance.

        None for drafts and for campaigns of removed members: the user who starts or resumes the
        campaign decides who pays.
        """
        if self.status == "draft" or self.status_reason == MEMBER_REMOVED:
            return None
        return self.payer_id or self.created_by

    @property
    def audience(self) -> Audience:
        """Who gets the campaign: the members of a list, unreached recipients, or attendees."""
        return audience_of(self)


_WAITING_UNTIL = case(
    (
        campaigns.c.status.in_(("running", "paused")),
        select(func.min(deferred.c.opens_at))
        .where(deferred.c.org_id == campaigns.c.org_id, deferred.c.campaign_id == campaigns.c.id)
        .correlate(campaigns)
        .scalar_subquery(),
    )
)

_SAMPLED_AT = func.coalesce(campaigns.c.sampled_before_at, campaigns.c.sampled_at)
_COMPUTED: Mapping[str, ColumnElement[Any]] = {
    "waiting_until": _WAITING_UNTIL,
    "pace_sample_sent": func.coalesce(campaigns.c.sampled_before_sent, campaigns.c.sampled_sent),
    "pace_sample_seconds": cast_to(func.extract("epoch", func.now() - _SAMPLED_AT), Double),
    "read_at": func.now(),
}

COLUMNS: Sequence[ColumnElement[Any]] = [
    _COMPUTED[name].label(name) if name in _COMPUTED else campaigns.c[name]
    for name in (field.name for field in fields(Campaign))
]
"""The columns of a `Campaign`, in the order of its fields."""


def campaign_of(row: Row[*tuple[Any, ...]]) -> Campaign:
    """Build the campaign of a row with `COLUMNS`."""
    return Campaign(*row)


def audience_of(row: Campaign | Row[*tuple[Any, ...]]) -> Audience:
    """Return the audience of the campaign in `row`."""
    if row.retry_of:
        retry = Retry(row.retry_of, row.retry_root or row.retry_of, row.retryable_only)
        return Audience(row.id, retry)
    if row.event_id is None:
        return Audience(row.id, cast(UUID, row.list_id))
    attendees = Attendees(
        event_id=row.event_id,
        notification_type=row.notification_type or "",
        chosen=row.attendee_ids,
        part=row.attendee_audience or "",
        variables=row.variables or {},
    )
    return Audience(row.id, attendees)
