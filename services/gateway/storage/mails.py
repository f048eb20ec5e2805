"""Queries on mails that are to be sent, and on the tokens that go out in them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from servicekit.ids import new_id
from services.gateway.domain.mails import EMAIL_VERIFICATION, INVITATION, PASSWORD_RESET
from services.gateway.domain.opaque_tokens import RESET_LIFETIME, VERIFICATION_LIFETIME
from services.gateway.storage.tables import (
    email_verifications,
    invitations,
    mails,
    password_resets,
)

_TOKENS = {PASSWORD_RESET: password_resets, EMAIL_VERIFICATION: email_verifications}
_LIFETIMES = {PASSWORD_RESET: RESET_LIFETIME, EMAIL_VERIFICATION: VERIFICATION_LIFETIME}

_TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('mails to ' || :email, 0))")
# The same statements whether or not there is such an account: their time tells nothing.
_ASK_RESET = text("""
INSERT INTO mails (id, org_id, kind, user_id)
SELECT :id, users.org_id, 'password_reset', users.id FROM users
WHERE users.email = :email AND users.status = 'active' AND (
  SELECT count(*) FROM mails AS former
  WHERE former.user_id = users.id AND former.kind = 'password_reset'
    AND former.created_at > now() - interval '1 hour'
) < :most
""")

_TAKE_DUE = text("""
WITH due AS (
  SELECT id FROM mails
  WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at <= now()
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
), taken AS (
  UPDATE mails SET attempts = attempts + 1,
    due_at = now() + least(interval '30 minutes', interval '15 seconds' * 2 ^ least(attempts, 8))
  FROM due WHERE mails.id = due.id RETURNING mails.*
)
SELECT taken.id, taken.org_id, taken.kind, taken.user_id, taken.invitation_id, taken.attempts,
  orgs.name AS org_name, coalesce(users.email, invitations.email) AS email,
  member.email AS member,
  taken.created_at < now() - interval '1 day' AS is_late,
  CASE taken.kind
    WHEN 'password_reset' THEN users.status = 'active'
    WHEN 'email_verification' THEN users.email_verified_at IS NULL
    WHEN 'invitation' THEN invitations.accepted_at IS NULL AND invitations.revoked_at IS NULL
      AND invitations.expires_at > now()
    ELSE users.status = 'active'
  END AS is_wanted
FROM taken JOIN orgs ON orgs.id = taken.org_id
LEFT JOIN users ON users.id = taken.user_id
LEFT JOIN users AS member ON member.id = taken.about_user_id
LEFT JOIN invitations ON invitations.id = taken.invitation_id
""")

_WARN_OF_GUESSES = text("""
INSERT INTO mails (id, org_id, kind, user_id)
SELECT :id, users.org_id, 'sign_in_guesses', users.id FROM users
WHERE users.org_id = :org_id AND users.id = :user_id AND users.status = 'active' AND NOT EXISTS (
  SELECT FROM mails AS former
  WHERE former.user_id = users.id AND former.kind = 'sign_in_guesses'
    AND former.created_at > now() - interval '1 day'
)
""")

_ALERT_OWNERS = text("""
INSERT INTO mails (id, org_id, kind, user_id, about_user_id)
SELECT gen_random_uuid(), users.org_id, :kind, users.id, :about
FROM users JOIN user_profiles ON user_profiles.user_id = users.id
WHERE users.org_id = :org_id AND users.status = 'active' AND user_profiles.role = 'owner'
  AND users.id <> :about
""")


@dataclass(frozen=True, slots=True)
class DueMail:
    """A mail to send now. ``is_wanted`` is False once it says what is no longer so, ``is_late``
    is True after a day. ``attempts`` counts this one. ``member`` is the address of whom an alert
    is about."""

    id: UUID
    org_id: UUID
    kind: str
    user_id: UUID | None
    invitation_id: UUID | None
    attempts: int
    org_name: str
    email: str
    member: str | None
    is_late: bool
    is_wanted: bool


async def take_turn(connection: AsyncConnection, email: str) -> None:
    """Let whoever counts the mails to this normal address follow one another, until they commit."""
    await connection.execute(_TAKE_TURN, {"email": email})


async def ask_password_reset(connection: AsyncConnection, email: str, most: int) -> None:
    """Have a reset mailed to the account with this normal address, ``most`` an hour."""
    await take_turn(connection, email)
    await connection.execute(_ASK_RESET, {"id": new_id(), "email": email, "most": most})


async def ask_verification(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Have a verification mailed to a user."""
    values = {"id": new_id(), "org_id": org_id, "kind": EMAIL_VERIFICATION, "user_id": user_id}
    await connection.execute(insert(mails).values(values))


async def ask_invitation(connection: AsyncConnection, org_id: UUID, invitation_id: UUID) -> None:
    """Have an invitation mailed."""
    await connection.execute(
        insert(mails).values(
            id=new_id(), org_id=org_id, kind=INVITATION, invitation_id=invitation_id
        )
    )


async def warn_of_guesses(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Tell a user by mail that their password is being guessed, once a day.

    The caller has locked what is counted for the account, so that no two ask at once.
    """
    asked = {"id": new_id(), "org_id": org_id, "user_id": user_id}
    await connection.execute(_WARN_OF_GUESSES, asked)


async def alert_owners(connection: AsyncConnection, kind: str, org_id: UUID, about: UUID) -> None:
    """Tell the owners by mail what became of a member: ``member_removed``, ``member_demoted``."""
    await connection.execute(_ALERT_OWNERS, {"kind": kind, "org_id": org_id, "about": about})


async def verifications_within_hour(connection: AsyncConnection, org_id: UUID, user: UUID) -> int:
    """How many verifications were asked for by a user within the last hour."""
    return await _within_hour(connection, org_id, EMAIL_VERIFICATION, mails.c.user_id == user)


async def invitations_within_hour(connection: AsyncConnection, org_id: UUID) -> int:
    """How many invitations an organisation had mailed within the last hour."""
    return await _within_hour(connection, org_id, INVITATION)


async def _within_hour(
    connection: AsyncConnection, org_id: UUID, kind: str, *conditions: ColumnElement[bool]
) -> int:
    query = (
        select(func.count())
        .select_from(mails)
        .where(
            mails.c.org_id == org_id,
            mails.c.kind == kind,
            mails.c.created_at > func.now() - text("interval '1 hour'"),
            *conditions,
        )
    )
    return int(await connection.scalar(query) or 0)


async def take_due(connection: AsyncConnection) -> DueMail | None:
    """Take a mail to send now, if one is due; it is due again later unless noted as sent."""
    row = (await connection.execute(_TAKE_DUE)).mappings().one_or_none()
    return None if row is None else DueMail(**row)


async def keep_token(connection: AsyncConnection, mail: DueMail, token_hash: bytes) -> None:
    """Make the token that ``mail`` will carry good; an invitation's former one ends."""
    if mail.kind == INVITATION:
        await connection.execute(
            update(invitations)
            .where(invitations.c.org_id == mail.org_id, invitations.c.id == mail.invitation_id)
            .values(token_hash=token_hash)
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


async def note_sent(connection: AsyncConnection, mail: DueMail) -> None:
    """The mail is out."""
    await connection.execute(
        update(mails)
        .where(mails.c.org_id == mail.org_id, mails.c.id == mail.id)
        .values(sent_at=func.now())
    )


async def give_up(connection: AsyncConnection, mail: DueMail) -> None:
    """The mail will not be sent."""
    await connection.execute(
        update(mails)
        .where(mails.c.org_id == mail.org_id, mails.c.id == mail.id)
        .values(given_up_at=func.now())
    )


async def give_up_all(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """No mail that waits goes to this user."""
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
)
"""Mails of more than thirty days, and the tokens that they carried."""
