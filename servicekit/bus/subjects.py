"""Every subject of the bus, and the type of the messages that are published on it.

In a subject, `*` stands for the service that publishes or for an organisation's id.
"""

from collections.abc import Mapping
from uuid import UUID

from google.protobuf.message import Message

from smsblaster.audit.v1.events_pb2 import AuditRecorded
from smsblaster.billing.v1.events_pb2 import LowBalance, Noticed
from smsblaster.campaigns.v1.events_pb2 import CampaignCreated
from smsblaster.contacts.v1.events_pb2 import ContactsMerged
from smsblaster.identity.v1.events_pb2 import MemberRemoved
from smsblaster.messaging.v1.events_pb2 import (
    CampaignMoved,
    QuietHoursChanged,
    SendJob,
    SubaccountCreated,
)
from smsblaster.stream.v1.hints_pb2 import Hints
from smsblaster.webhooks.v1.customer_events_pb2 import CustomerEvents, WebhookSubscription
from smsblaster.webhooks.v1.events_pb2 import (
    DeadLettered,
    WebhookReceived,
    WebhooksHandled,
    WebhooksReceived,
)

STRIPE_WEBHOOK = "webhook.stripe"
TWILIO_COMPLIANCE_WEBHOOK = "webhook.twilio.compliance"
TWILIO_INCOMING_WEBHOOK = "webhook.twilio.incoming"
TWILIO_STATUS_WEBHOOK = "webhook.twilio.status"
SPOOLED_WEBHOOK = "webhook.spooled"

LOW_BALANCE = "event.billing.low_balance"
CONTACTS_MERGED = "event.contacts.merged"
CAMPAIGN_CREATED = "event.campaigns.created"
MEMBER_REMOVED = "event.gateway.member_removed"
CAMPAIGN_MOVED = "event.messaging.campaign_moved"
QUIET_HOURS_CHANGED = "event.messaging.quiet_hours_changed"
SUBACCOUNT_CREATED = "event.messaging.subaccount_created"
WEBHOOK_SUBSCRIBED = "event.webhooks.subscribed"

ANY_AUDIT = "event.*.audit"
ANY_NOTICE = "event.*.notice"
ANY_CUSTOMER_EVENTS = "event.*.customer_events"
ANY_DEAD_LETTER = "event.*.dead_letter"
ANY_WEBHOOK_HANDLED = "event.*.webhook_handled"
ANY_SEND_JOB = "job.send.*"

ANY_HINTS = "hint.*"

PAYLOADS: Mapping[str, type[Message]] = {
    STRIPE_WEBHOOK: WebhookReceived,
    TWILIO_COMPLIANCE_WEBHOOK: WebhookReceived,
    TWILIO_INCOMING_WEBHOOK: WebhookReceived,
    TWILIO_STATUS_WEBHOOK: WebhooksReceived,
    SPOOLED_WEBHOOK: WebhookReceived,
    LOW_BALANCE: LowBalance,
    CONTACTS_MERGED: ContactsMerged,
    CAMPAIGN_CREATED: CampaignCreated,
    MEMBER_REMOVED: MemberRemoved,
    CAMPAIGN_MOVED: CampaignMoved,
    QUIET_HOURS_CHANGED: QuietHoursChanged,
    SUBACCOUNT_CREATED: SubaccountCreated,
    WEBHOOK_SUBSCRIBED: WebhookSubscription,
    ANY_AUDIT: AuditRecorded,
    ANY_NOTICE: Noticed,
    ANY_CUSTOMER_EVENTS: CustomerEvents,
    ANY_DEAD_LETTER: DeadLettered,
    ANY_WEBHOOK_HANDLED: WebhooksHandled,
    ANY_SEND_JOB: SendJob,
    ANY_HINTS: Hints,
}
"""The protobuf message type that is published on each subject."""


def audit(service: str) -> str:
    """Return the subject of the service's audit entries."""
    return ANY_AUDIT.replace("*", service)


def notice(service: str) -> str:
    """Return the subject of the service's notices to an organisation's members."""
    return ANY_NOTICE.replace("*", service)


def customer_events(service: str) -> str:
    """Return the subject of the service's events for customers' webhook endpoints."""
    return ANY_CUSTOMER_EVENTS.replace("*", service)


def dead_letter(service: str) -> str:
    """Return the subject for the service's dead letters."""
    return ANY_DEAD_LETTER.replace("*", service)


def webhook_handled(service: str) -> str:
    """Return the subject on which the service reports that it has handled a webhook."""
    return ANY_WEBHOOK_HANDLED.replace("*", service)


def send_job(org_id: UUID | str) -> str:
    """Return the subject that wakes a sender process for the organisation."""
    return ANY_SEND_JOB.replace("*", str(org_id))


def hints(org_id: UUID | str) -> str:
    """Return the subject of the hints to the organisation's browsers. No stream stores it."""
    return ANY_HINTS.replace("*", str(org_id))


def is_webhook(subject: str) -> bool:
    """Tell whether a provider's webhooks are published on `subject`."""
    return subject.startswith("webhook.")


def payload_type(subject: str) -> type[Message] | None:
    """Return the message type that is published on `subject`; None for an unknown subject."""
    words = subject.split(".")
    for pattern, payload in PAYLOADS.items():
        expected = pattern.split(".")
        if len(expected) == len(words) and all(
            word in (actual, "*") for word, actual in zip(expected, words, strict=True)
        ):
            return payload
    return None
