"""The tables of the contacts service, in the order in which a closed organisation is deleted."""

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
