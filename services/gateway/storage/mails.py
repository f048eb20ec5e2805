"""Queries on queued mails, and on the tokens in them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from servicekit.ids import new_id
from services.gateway.domain.mails import (
    EMAIL_CHANGE_CURRENT,
    EMAIL_CHANGE_NEW,
    EMAIL_VERIFICATION,
    INVITATION,
    PASSWORD_RESET,
)
from services.gateway.domain.opaque_tokens import RESET_LIFETIME, VERIFICATION_LIFETIME
from services.gateway.storage.tables import (
    email_changes,
    email_verifications,
    invitations,
    mails,
    password_resets,
)

_TOKENS = {PASSWORD_RESET: password_resets, EMAIL_VERIFICATION: email_verifications}
_CHANGE_TOKENS = {
    EMAIL_CHANGE_CURRENT: "current_token_hash",
    EMAIL_CHANGE_NEW: "new_token_hash",
}
_LIFETIMES = {PASSWORD_RESET: RESET_LIFETIME, EMAIL_VERIFICATION: VERIFICATION_LIFETIME}

_LOCK_ADDRESS = text("SELECT pg_advisory_xact_lock(hashtextextended('mails to ' || :email, 0))")
# The same statements whether or not the account exists, so that the duration reveals nothing.
_QUEUE_RESET = text("""
INSERT INTO mails (id, org_id, kind, user_id)
SELECT :id, users.org_id, 'password_reset', users.id FROM users
WHERE users.email = :email AND users.status = 'active' AND (
  SELECT count(*) FROM mails AS former
  WHERE former.user_id = users.id AND former.kind = 'password_reset'
    AND former.created_at > now() - interval '1 hour'
) < :most
""")

HAS_DUE = text("""
EXISTS (SELECT FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at <= now())
""")

_CLAIM_DUE = text("""
WITH due AS (
  SELECT id FROM mails
  WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at <= now()
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE mails SET attempts = attempts + 1,
    due_at = now() + least(interval '30 minutes', interval '15 seconds' * 2 ^ least(attempts, 8))
  FROM due WHERE mails.id = due.id RETURNING mails.*
)
SELECT claimed.id, claimed.org_id, claimed.kind, claimed.user_id, claimed.invitation_id,
  claimed.attempts,
  claimed.email_change_id, orgs.name AS org_name,
  CASE claimed.kind WHEN 'email_change_new' THEN changes.new_email
    ELSE coalesce(users.email, invitations.email) END AS email,
  member.email AS member,
  claimed.created_at < now() - interval '1 day' AS is_late,
  CASE claimed.kind
    WHEN 'password_reset' THEN users.status = 'active'
    WHEN 'email_verification' THEN users.email_verified_at IS NULL
    WHEN 'invitation' THEN invitations.accepted_at IS NULL AND invitations.revoked_at IS NULL
      AND invitations.expires_at > now()
    WHEN 'email_change_current' THEN changes.ended_at IS NULL AND changes.expires_at > now()
      AND changes.current_confirmed_at IS NULL AND users.status = 'active'
    WHEN 'email_change_new' THEN changes.ended_at IS NULL AND changes.expires_at > now()
      AND changes.new_confirmed_at IS NULL AND users.status = 'active'
    ELSE users.status = 'active'
  END AS is_wanted
FROM claimed JOIN orgs ON orgs.id = claimed.org_id
LEFT JOIN users ON users.id = claimed.user_id
LEFT JOIN users AS member ON member.id = claimed.about_user_id
LEFT JOIN invitations ON invitations.id = claimed.invitation_id
LEFT JOIN email_changes AS changes ON changes.id = claimed.email_change_id
""")

_QUEUE_GUESS_ALERT = text("""
INSERT INTO mails (id, org_id, kind, user_id)
SELECT :id, users.org_id, :kind, users.id FROM users
WHERE users.org_id = :org_id AND users.id = :user_id AND users.status = 'active' AND NOT EXISTS (
  SELECT FROM mails AS former
  WHERE former.user_id = users.id AND former.kind = :kind
    AND former.created_at > now() - interval '1 day'
)
""")

_QUEUE_OWNER_ALERTS = text("""
INSERT INTO mails (id, org_id, kind, user_id, about_user_id)
SELECT gen_random_uuid(), users.org_id, :kind, users.id, CAST(:about AS uuid)
FROM users JOIN user_profiles ON user_profiles.user_id = users.id
WHERE users.org_id = :org_id AND users.status = 'active' AND user_profiles.role = 'owner'
  AND users.id IS DISTINCT FROM CAST(:about AS uuid)
""")


@dataclass(frozen=True, slots=True)
class DueMail:
    """A mail to send now.

    `attempts` includes this attempt. `member` is the email address of the member whom an alert is
    about. `is_late` is True after a day, and `is_wanted` is False if the mail is no longer needed.
    """

    id: UUID
    org_id: UUID
    kind: str
    user_id: UUID | None
    invitation_id: UUID | None
    email_change_id: UUID | None
    attempts: int
    org_name: str
    email: str
    member: str | None
    is_late: bool
    is_wanted: bool


async def lock_address(connection: AsyncConnection, email: str) -> None:
    """Lock this normalised email address against other transactions that count its mails."""
    await connection.execute(_LOCK_ADDRESS, {"email": email})


async def queue_password_reset(connection: AsyncConnection, email: str, most: int) -> None:
    """Queue a reset mail for the account with this email address, at most `most` an hour."""
    await lock_address(connection, email)
    await connection.execute(_QUEUE_RESET, {"id": new_id(), "email": email, "most": most})


async def queue_verification(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Queue a verification mail for a user."""
    values = {"id": new_id(), "org_id": org_id, "kind": EMAIL_VERIFICATION, "user_id": user_id}
    await connection.execute(insert(mails).values(values))


async def queue_invitation(connection: AsyncConnection, org_id: UUID, invitation_id: UUID) -> None:
    """Queue the mail of an invitation."""
    await connection.execute(
        insert(mails).values(
            id=new_id(), org_id=org_id, kind=INVITATION, invitation_id=invitation_id
        )
    )


async def queue_alert(connection: AsyncConnection, kind: str, org_id: UUID, user_id: UUID) -> None:
    """Queue an alert of this kind to a user about their own account."""
    values = {"id": new_id(), "org_id": org_id, "kind": kind, "user_id": user_id}
    await connection.execute(insert(mails).values(values))


async def queue_email_change(
    connection: AsyncConnection, kind: str, org_id: UUID, user_id: UUID, change_id: UUID
) -> None:
    """Queue a mail that asks to confirm a new email address, to the old or the new address."""
    await connection.execute(
        insert(mails).values(
            id=new_id(), org_id=org_id, kind=kind, user_id=user_id, email_change_id=change_id
        )
    )


async def queue_guess_alert(
    connection: AsyncConnection, kind: str, org_id: UUID, user_id: UUID
) -> None:
    """Queue an alert to a user that somebody guesses passwords or codes, at most one a day.

    The caller has locked the account's count of guesses, so only one transaction does this.
    """
    asked = {"id": new_id(), "kind": kind, "org_id": org_id, "user_id": user_id}
    await connection.execute(_QUEUE_GUESS_ALERT, asked)


async def queue_owner_alerts(
    connection: AsyncConnection, kind: str, org_id: UUID, about: UUID | None = None
) -> None:
    """Queue an alert of a `kind` to each owner, but not to the member `about`, if it is given."""
    await connection.execute(_QUEUE_OWNER_ALERTS, {"kind": kind, "org_id": org_id, "about": about})


async def verifications_within_hour(connection: AsyncConnection, org_id: UUID, user: UUID) -> int:
    """Return how many verification mails a user has requested in the last hour."""
    return await _within_hour(connection, org_id, EMAIL_VERIFICATION, mails.c.user_id == user)


async def email_changes_within_hour(connection: AsyncConnection, org_id: UUID, user: UUID) -> int:
    """Return how many changes of the email address a user requested in the last hour."""
    return await _within_hour(connection, org_id, EMAIL_CHANGE_NEW, mails.c.user_id == user)


async def invitations_within_hour(
    connection: AsyncConnection, org_id: UUID, email: str = ""
) -> int:
    """Count the invitation mails that an organisation queued in the last hour.

    With `email`, only the mails to this email address are counted.
    """
    to_address = select(invitations.c.id).where(
        invitations.c.org_id == org_id, invitations.c.email == email
    )
    only = [mails.c.invitation_id.in_(to_address)] if email else []
    return await _within_hour(connection, org_id, INVITATION, *only)


async def _within_hour(
    connection: AsyncConnection, org_id: UUID, kind: str, *conditions: ColumnElement[bool]
) -> int:
    recent = mails.c.created_at > func.now() - text("interval '1 hour'")
    query = select(func.count()).select_from(mails)
    query = query.where(mails.c.org_id == org_id, mails.c.kind == kind, recent, *conditions)
    return int(await connection.scalar(query) or 0)


async def claim_due(connection: AsyncConnection) -> DueMail | None:
    """Claim a mail that is due, or return None. Unless marked as sent, it is due again later."""
    row = (await connection.execute(_CLAIM_DUE)).mappings().one_or_none()
    return None if row is None else DueMail(**row)


async def store_token(connection: AsyncConnection, mail: DueMail, token_hash: bytes) -> None:
    """Store the token of a mail. It replaces an earlier token of the same invitation or change."""
    if mail.kind == INVITATION:
        await connection.execute(
            update(invitations)
            .where(invitations.c.org_id == mail.org_id, invitations.c.id == mail.invitation_id)
            .values(token_hash=token_hash)
        )
        return
    if mail.email_change_id is not None:
        await connection.execute(
            update(email_changes)
            .where(
                email_changes.c.org_id == mail.org_id, email_changes.c.id == mail.email_change_id
            )
            .values({_CHANGE_TOKENS[mail.kind]: token_hash})
        )
        return
    await connection.execute(
        insert(_TOKENS[mail.kind]).values(
            token_hash=token_hash,
            org_id=mail.org_id,
            user_id=mail.user_id,
            expires_at=func.now() + _LIFETIMES[mail.kind],
        )
    )


async def mark_sent(connection: AsyncConnection, mail: DueMail) -> None:
    """Mark a mail as sent."""
    await connection.execute(
        update(mails)
        .where(mails.c.org_id == mail.org_id, mails.c.id == mail.id)
        .values(sent_at=func.now())
    )


async def give_up(connection: AsyncConnection, mail: DueMail) -> None:
    """Give a mail up: it will not be sent."""
    await connection.execute(
        update(mails)
        .where(mails.c.org_id == mail.org_id, mails.c.id == mail.id)
        .values(given_up_at=func.now())
    )


async def give_up_all_of(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Give up all queued mails to a user."""
    await connection.execute(
        update(mails)
        .where(
            mails.c.org_id == org_id,
            mails.c.user_id == user_id,
            mails.c.sent_at.is_(None),
            mails.c.given_up_at.is_(None),
        )
        .values(given_up_at=func.now())
    )


_MONTH = "now() - interval '30 days'"

OLD = (
    *(
        OldRows(tokens.name, "encode(token_hash, 'hex')", f"expires_at < {_MONTH}")
        for tokens in _TOKENS.values()
    ),
    OldRows("mails", "id::text", f"created_at < {_MONTH}"),
    OldRows("email_changes", "id::text", f"expires_at < {_MONTH}"),
)
"""The rows to delete: mails older than thirty days, their tokens, and old email changes."""
