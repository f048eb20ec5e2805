"""The tables of the gateway, in the order in which a closed organisation is deleted."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.org_export import Exported
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

_SIGN_IN = "it proves who signs in"

EXPORTED = Exported(
    tables=(
        "users",
        "user_profiles",
        "invitations",
        "api_keys",
        "audit_logs",
        "request_log",
        "erasures",
        "closings",
    ),
    left_out={
        "users": ("password_hash", "is_operator", "column_versions"),
        "invitations": ("token_hash",),
        "api_keys": ("key_hash",),
        "erasures": ("phone", "phones", "contact_ids", "step_cursor"),
        "closings": ("step_cursor",),
    },
    not_copied={
        "email_changes": _SIGN_IN,
        "email_verifications": _SIGN_IN,
        "password_resets": _SIGN_IN,
        "recovery_codes": _SIGN_IN,
        "refresh_tokens": _SIGN_IN,
        "second_factors": _SIGN_IN,
        "sessions": _SIGN_IN,
        "sign_in_challenges": _SIGN_IN,
        "sign_in_guesses": _SIGN_IN,
        "sign_in_places": _SIGN_IN,
        "idempotency_keys": "it repeats responses for a day",
        "mails": "it says only which mails wait to be sent",
        "failing_items": "only the platform needs it",
    },
)
"""What an organisation gets a copy of."""

_DELETE_ORG = text("DELETE FROM orgs WHERE id = :org_id")


async def delete_org(connection: AsyncConnection, org_id: UUID) -> None:
    """Delete the organisation itself, once its rows are deleted."""
    await connection.execute(_DELETE_ORG, {"org_id": org_id})
