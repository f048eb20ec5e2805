"""The tables of the messaging service, in the order in which a closed organisation is deleted."""

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
