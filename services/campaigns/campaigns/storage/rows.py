"""The campaign as queries return it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, func, select

from services.campaigns.campaigns.domain.drafts import TextSource
from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.domain.recipients import Attendees, Audience, Retry
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.campaigns.storage.tables import campaign_waiting as deferred
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign. An event message is stored as a campaign too.

    `body` is the text that was confirmed, `message` a text as it was written. `waiting_until` is
    the time at which the next sending window of its deferred recipients opens.
    """

    id: UUID
    org_id: UUID
    name: str
    message: str | None
    body: str | None
    template_id: UUID | None
    list_id: UUID | None
    status: Status
    status_reason: str | None
    schedule_at: datetime | None
    created_by: UUID
    payer_id: UUID | None
    created_at: datetime
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
    waiting_until: datetime | None

    @property
    def written_text(self) -> TextSource:
        """The text as it was written, or the template that provides it."""
        return self.message or cast(UUID, self.template_id)

    @property
    def paid_by(self) -> UUID | None:
        """Who pays for it: a user, or the organisation's id for its own balance.

        None for a draft and for what a removed member left, because the user who starts or resumes
        it decides that.
        """
        if self.status == "draft" or self.status_reason == MEMBER_REMOVED:
            return None
        return self.payer_id or self.created_by

    @property
    def audience(self) -> Audience:
        """The audience of the campaign."""
        return audience_of(self)


_WAITING_UNTIL = case(
    (
        campaigns.c.status.in_(("running", "paused")),
        select(func.min(deferred.c.opens_at))
        .where(deferred.c.org_id == campaigns.c.org_id, deferred.c.campaign_id == campaigns.c.id)
        .correlate(campaigns)
        .scalar_subquery(),
    )
).label("waiting_until")

COLUMNS: Sequence[ColumnElement[Any]] = [
    _WAITING_UNTIL if field.name == "waiting_until" else campaigns.c[field.name]
    for field in fields(Campaign)
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
