"""Delivery reports: what Twilio says about messages, in callbacks and when it is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.messaging.sending.domain.message_status import RANK, MessageStatus


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """Twilio's report about one message. A report without a `status` changes no message."""

    message_id: UUID
    status: MessageStatus | None
    error_code: int | None
    provider_sid: str | None
    from_number: str | None


def furthest(reports: Iterable[DeliveryReport]) -> dict[UUID, DeliveryReport]:
    """Return for each message the report that decides its status.

    It is the first report of the highest rank. Applying only this report has the same result as
    applying all reports one after the other.
    """
    decisive: dict[UUID, DeliveryReport] = {}
    for report in reports:
        known = decisive.get(report.message_id)
        if known is None or _rank_of(report) > _rank_of(known):
            decisive[report.message_id] = report
    return decisive


def _rank_of(report: DeliveryReport) -> int:
    return RANK[report.status] if report.status else -1
