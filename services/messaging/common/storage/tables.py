"""Tables that several packages of messaging use. The migrations define them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from servicekit.contact_merges import table as contact_merges_table

metadata = MetaData()

twilio_subaccounts = Table(
    "twilio_subaccounts",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("sub_account_sid", Text),
    Column("friendly_name", Text, nullable=False),
    Column("auth_token_encrypted", Text),
    Column("secondary_token_encrypted", Text),
    Column("setup_lease_until", DateTime(timezone=True), nullable=False),
    Column("inbound_seen_at", DateTime(timezone=True), nullable=False),
    Column("suspended_at", DateTime(timezone=True)),
    Column("rotation_requested_at", DateTime(timezone=True)),
    Column("secondary_since", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

twilio_messaging_services = Table(
    "twilio_messaging_services",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("sid", Text, nullable=False),
    Column("friendly_name", Text, nullable=False),
    Column("status_callback_url", Text, nullable=False),
    Column("inbound_request_url", Text, nullable=False),
    Column("campaign_sid", Text),
    Column("sticky_sender", Boolean, nullable=False),
    Column("smart_encoding", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("column_versions", JSONB, nullable=False),
)

twilio_numbers = Table(
    "twilio_numbers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("phone_number", Text, nullable=False),
    Column("sid", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("capabilities", JSONB, nullable=False),
    Column("messaging_service_sid", Text),
    Column("purchased_at", DateTime(timezone=True), nullable=False),
    Column("released_at", DateTime(timezone=True)),
    Column("number_type", Text),
    Column("cents_per_month", BigInteger),
    Column("payer_user_id", Uuid),
    Column("payer_email", Text),
    Column("billed_from", DateTime(timezone=True)),
    Column("paid_until", DateTime(timezone=True)),
    Column("warned_until", DateTime(timezone=True)),
    Column("unpaid_since", DateTime(timezone=True)),
)

send_limits = Table(
    "send_limits",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("segments_per_second", Integer, nullable=False),
    Column("tokens", Double, nullable=False),
    Column("refilled_at", DateTime(timezone=True), nullable=False),
)

sms_messages = Table(
    "sms_messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("user_id", Uuid),
    Column("contact_id", Uuid),
    Column("campaign_id", Uuid),
    Column("operation_id", Uuid),
    Column("to_number", Text, nullable=False),
    Column("from_number", Text),
    Column("body", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("segments", Integer, nullable=False),
    Column("price_cents", BigInteger, nullable=False),
    Column("charged", Boolean, nullable=False),
    Column("refund_due", Boolean, nullable=False),
    Column("provider_sid", Text),
    Column("error_code", Integer),
    Column("attempts", Integer, nullable=False),
    Column("next_step_at", DateTime(timezone=True), nullable=False),
    Column("attempted_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("accepted_at", DateTime(timezone=True)),
    Column("sent_at", DateTime(timezone=True)),
    Column("delivered_at", DateTime(timezone=True)),
    Column("status_updated_at", DateTime(timezone=True), nullable=False),
    Column("read_at", DateTime(timezone=True)),
    Column("replied_at", DateTime(timezone=True)),
    Column("opted_out_at", DateTime(timezone=True)),
    Column("time_zone", Text),
    Column("account_sid", Text),
    Column("messaging_service_sid", Text),
    Column("raw_payload", JSONB),
    Column("raw_payload_at", DateTime(timezone=True)),
    Column("event_id", Uuid),
    Column("attendee_id", Uuid),
    Column("notification_type", Text),
    Column("retry_of", Uuid),
    Column("searched_since", DateTime(timezone=True)),
    Column("searched_attempt", Integer),
    Column("media_count", Integer, nullable=False),
    Column("media_types", ARRAY(Text), nullable=False),
    Column("media_urls", ARRAY(Text), nullable=False),
    Column("smart_encoded", Boolean),
    Column("error_message", Text),
    Column("reference", Text),
    Column("metadata", JSONB),
    Column("sender_chosen", Boolean),
    Column("valid_until", DateTime(timezone=True)),
    Column("traceparent", Text),
)

delivery_events = Table(
    "delivery_events",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("error_code", Integer),
    Column("payload", JSONB, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
)

message_threads = Table(
    "message_threads",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("phone", Text, nullable=False),
    Column("last_message", Text, nullable=False),
    Column("last_message_at", DateTime(timezone=True), nullable=False),
    Column("unread_count", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
    Column("opt_out_review_since", DateTime(timezone=True)),
    Column("opt_out_review_message_id", Uuid),
)

campaign_counts = Table(
    "campaign_counts",
    metadata,
    Column("campaign_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("running", Boolean, nullable=False),
    Column("hold_change", BigInteger, nullable=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in (
            "pending",
            "queued",
            "sent",
            "delivered",
            "undelivered",
            "failed",
            "unknown",
            "replied",
            "opted_out",
            "opt_outs",
            "cancelled",
            "spent_cents",
            "skipped_opted_out",
            "skipped_invalid",
        )
    ),
)

campaign_skips = Table(
    "campaign_skips",
    metadata,
    Column("campaign_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
)

message_search = Table(
    "message_search",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("incoming", Boolean, nullable=False),
    Column("words", TSVECTOR, nullable=False),
)

message_search_renewals = Table(
    "message_search_renewals",
    metadata,
    Column("words_version", Integer, primary_key=True),
    Column("after_org_id", Uuid, nullable=False),
    Column("after_message_id", Uuid, nullable=False),
    Column("finished_at", DateTime(timezone=True)),
)

contact_merges = contact_merges_table(metadata)
