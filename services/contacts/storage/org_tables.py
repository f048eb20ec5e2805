"""The tables of the contacts service, in the order in which a closed organisation is deleted."""

from servicekit.db.org_export import Exported
from servicekit.db.org_rows import OrgRows

_MINE = "(SELECT id FROM {table} WHERE org_id = :org_id)"
_OF_IMPORTS = "job_id IN " + _MINE.format(table="import_jobs")
_OF_CHANGES = "change_id IN " + _MINE.format(table="bulk_changes")
_OF_LISTS = "list_id IN " + _MINE.format(table="contact_lists")
_OF_TAGS = "tag_id IN " + _MINE.format(table="tags")
_OF_CONTACTS = "contact_id IN " + _MINE.format(table="contacts")

# The conditions let Postgres use the indexes of tables that have none on the organisation.
TABLES = (
    OrgRows("import_job_chunks", _OF_IMPORTS),
    OrgRows("import_job_errors", _OF_IMPORTS),
    OrgRows("import_jobs"),
    OrgRows("bulk_change_contacts", _OF_CHANGES),
    OrgRows("bulk_changes"),
    OrgRows("contact_list_members", _OF_LISTS),
    OrgRows("contact_lists"),
    OrgRows("contact_tags", _OF_TAGS),
    OrgRows("tags"),
    OrgRows("contact_opt_history"),
    OrgRows("contact_opt_status", _OF_CONTACTS),
    OrgRows("contact_search", _OF_CONTACTS),
    OrgRows("contact_search_parts"),
    OrgRows("contacts"),
    OrgRows("contact_counts"),
    OrgRows("webhook_subscribers"),
    OrgRows("failing_items"),
)

_PLATFORM = "only the platform needs it"

EXPORTED = Exported(
    tables=(
        "contacts",
        "contact_opt_status",
        "contact_opt_history",
        "contact_lists",
        "contact_list_members",
        "tags",
        "contact_tags",
        "import_jobs",
        "import_job_errors",
        "bulk_changes",
        "bulk_change_contacts",
    ),
    left_out={
        "contacts": ("column_versions",),
        "contact_lists": ("column_versions",),
        "import_jobs": ("leased_until",),
        "bulk_changes": ("leased_until",),
    },
    not_copied={
        "import_job_chunks": "it is a file that the organisation has",
        "contact_search": "it is made from the contacts",
        "contact_search_parts": "it is made from the contacts",
        "contact_counts": "it is made from the contacts",
        "webhook_subscribers": _PLATFORM,
        "failing_items": _PLATFORM,
    },
)
"""What an organisation gets a copy of."""
