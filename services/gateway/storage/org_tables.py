"""The tables of the gateway, in the order in which a closed organisation is deleted."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.org_rows import OrgRows

TABLES = (
    OrgRows("audit_logs"),
    OrgRows("request_log"),
    OrgRows("idempotency_keys"),
    OrgRows("erasures"),
    OrgRows("mails"),
    OrgRows("email_changes"),
    OrgRows("email_verifications"),
    OrgRows("password_resets"),
    OrgRows("invitations"),
    OrgRows("refresh_tokens"),
    OrgRows("sessions"),
    OrgRows("sign_in_challenges"),
    OrgRows("sign_in_guesses"),
    OrgRows("sign_in_places"),
    OrgRows("recovery_codes"),
    OrgRows("second_factors"),
    OrgRows("api_keys"),
    OrgRows("user_profiles"),
    OrgRows("users"),
    OrgRows("failing_items"),
)

RECEIPTS = ("closings",)
"""Tables that are kept."""

_DELETE_ORG = text("DELETE FROM orgs WHERE id = :org_id")


async def delete_org(connection: AsyncConnection, org_id: UUID) -> None:
    """Delete the organisation itself, once its rows are deleted."""
    await connection.execute(_DELETE_ORG, {"org_id": org_id})
