"""The tables of the campaigns service, in the order in which a closed organisation is deleted."""

from servicekit.db.org_export import Exported
from servicekit.db.org_rows import OrgRows

# Retries refer to earlier campaigns. Most tables of events have no index on the organisation, and
# are small.
TABLES = (
    OrgRows("campaign_waiting"),
    OrgRows("event_sms_retries"),
    OrgRows("event_matches"),
    OrgRows("event_texts"),
    OrgRows("event_organizers"),
    OrgRows("question_sets"),
    OrgRows("event_attendees"),
    OrgRows("sms_campaigns", newest_first=True),
    OrgRows("events"),
    OrgRows("sms_templates"),
    OrgRows("contact_merges"),
    OrgRows("webhook_subscribers"),
    OrgRows("failing_items"),
)

_PLATFORM = "only the platform needs it"
_VERSIONS = ("column_versions",)

EXPORTED = Exported(
    tables=(
        "sms_templates",
        "sms_campaigns",
        "campaign_waiting",
        "events",
        "event_organizers",
        "event_attendees",
        "event_matches",
        "event_texts",
        "question_sets",
        "event_sms_retries",
    ),
    left_out={
        "sms_templates": _VERSIONS,
        "sms_campaigns": (*_VERSIONS, "lease_token", "lease_until", "traceparent"),
        "events": _VERSIONS,
        "event_attendees": _VERSIONS,
        "event_texts": _VERSIONS,
        "question_sets": _VERSIONS,
    },
    not_copied={
        "contact_merges": _PLATFORM,
        "webhook_subscribers": _PLATFORM,
        "failing_items": _PLATFORM,
    },
)
"""What an organisation gets a copy of."""
