"""The tables of the messaging service, in the order in which a closed organisation is deleted."""

from servicekit.db.org_export import Exported
from servicekit.db.org_rows import OrgRows

_OF_MESSAGES = "message_id IN (SELECT id FROM sms_messages WHERE org_id = :org_id)"

# The conditions let Postgres use the indexes of tables that have none on the organisation.
TABLES = (
    OrgRows("delivery_events", _OF_MESSAGES),
    OrgRows("message_media", _OF_MESSAGES),
    OrgRows("sms_messages"),
    OrgRows("message_search"),
    OrgRows("message_threads"),
    OrgRows("message_exports"),
    OrgRows("scheduled_recipients"),
    OrgRows("scheduled_sends"),
    OrgRows("campaign_skips"),
    OrgRows("campaign_counts"),
    OrgRows("contact_merges"),
    OrgRows("phone_lookups"),
    OrgRows("usage_quarters"),
    OrgRows("daily_spend"),
    OrgRows("sending_settings"),
    OrgRows("message_retention"),
    OrgRows("quiet_hours"),
    OrgRows("a2p_campaign"),
    OrgRows("a2p_brand"),
    OrgRows("a2p_drafts"),
    OrgRows("number_purchases"),
    OrgRows("number_limits"),
    OrgRows("twilio_numbers"),
    OrgRows("twilio_messaging_services"),
    OrgRows("twilio_api_keys"),
    OrgRows("twilio_account_balance"),
    OrgRows("send_limits"),
    OrgRows("twilio_subaccounts"),
    OrgRows("webhook_subscribers"),
    OrgRows("failing_items"),
)

_PLATFORM = "only the platform needs it"
_VERSIONS = ("column_versions",)

EXPORTED = Exported(
    tables=(
        "sms_messages",
        "delivery_events",
        "message_media",
        "message_threads",
        "scheduled_sends",
        "scheduled_recipients",
        "campaign_counts",
        "campaign_skips",
        "phone_lookups",
        "daily_spend",
        "sending_settings",
        "message_retention",
        "quiet_hours",
        "twilio_subaccounts",
        "twilio_messaging_services",
        "twilio_numbers",
        "number_purchases",
        "a2p_brand",
        "a2p_campaign",
        "a2p_drafts",
    ),
    left_out={
        "sms_messages": ("traceparent",),
        "scheduled_sends": ("lease_token",),
        "sending_settings": _VERSIONS,
        "message_retention": _VERSIONS,
        "quiet_hours": _VERSIONS,
        "twilio_subaccounts": ("auth_token_encrypted", "secondary_token_encrypted"),
        "twilio_messaging_services": _VERSIONS,
        "a2p_drafts": _VERSIONS,
    },
    not_copied={
        "twilio_api_keys": "they are secrets of the platform",
        "twilio_account_balance": _PLATFORM,
        "send_limits": _PLATFORM,
        "number_limits": _PLATFORM,
        "message_exports": "they are copies of messages",
        "message_search": "it is made from the messages",
        "usage_quarters": "they are the figures of the analytics",
        "contact_merges": _PLATFORM,
        "webhook_subscribers": _PLATFORM,
        "failing_items": _PLATFORM,
    },
)
"""What an organisation gets a copy of."""
