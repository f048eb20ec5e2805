"""The tables of the campaigns service, in the order in which a closed organisation is deleted."""

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
