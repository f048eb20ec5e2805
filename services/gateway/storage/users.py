"""Queries on organisations, users and their profiles."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import NotFound
from services.gateway.domain.users import OWNER, User
from services.gateway.storage.tables import orgs, user_profiles, users

_USERS: Select[tuple[object, ...]] = (
    select(
        users.c.id,
        users.c.org_id,
        orgs.c.name.label("org_name"),
        users.c.email,
        users.c.name,
        users.c.phone,
        user_profiles.c.role,
        users.c.is_operator,
        (users.c.status == "active").label("is_active"),
        user_profiles.c.twilio_sub_account_sid,
        users.c.email_verified_at,
        users.c.created_at,
        users.c.version,
        users.c.column_versions,
    )
    .join(orgs, orgs.c.id == users.c.org_id)
    .join(user_profiles, user_profiles.c.user_id == users.c.id)
)


@dataclass(frozen=True, slots=True)
class NewOwner:
    """A new organisation and its owner, to insert."""

    org_id: UUID
    org_name: str
    time_zone: str
    user_id: UUID
    email: str
    name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is needed to check a password: the account's ids and the hash of its password."""

    user_id: UUID
    org_id: UUID
    password_hash: str


async def add_owner(connection: AsyncConnection, owner: NewOwner) -> None:
    """Insert an organisation, its owner and the owner's profile."""
    await connection.execute(
        insert(orgs).values(id=owner.org_id, name=owner.org_name, time_zone=owner.time_zone)
    )
    await connection.execute(
        insert(users).values(
            id=owner.user_id,
            org_id=owner.org_id,
            email=owner.email,
            name=owner.name,
            password_hash=owner.password_hash,
        )
    )
    await connection.execute(
        insert(user_profiles).values(user_id=owner.user_id, org_id=owner.org_id, role=OWNER)
    )


@dataclass(frozen=True, slots=True)
class NewMember:
    """A user to insert who joins an organisation by an invitation to `email`."""

    org_id: UUID
    user_id: UUID
    email: str
    name: str
    password_hash: str
    role: str


async def add_member(connection: AsyncConnection, member: NewMember) -> None:
    """Insert a user with a profile. The invitation has verified the email address.

    All users of an organisation share its Twilio subaccount.
    """
    await connection.execute(
        insert(users).values(
            id=member.user_id,
            org_id=member.org_id,
            email=member.email,
            name=member.name,
            password_hash=member.password_hash,
            email_verified_at=func.now(),
        )
    )
    shared = select(func.max(user_profiles.c.twilio_sub_account_sid)).where(
        user_profiles.c.org_id == member.org_id
    )
    await connection.execute(
        insert(user_profiles).values(
            user_id=member.user_id,
            org_id=member.org_id,
            role=member.role,
            twilio_sub_account_sid=shared.scalar_subquery(),
        )
    )


async def credentials_of(connection: AsyncConnection, email: str) -> Credentials | None:
    """Return the credentials of the account with this normalised email address, or None."""
    query = select(users.c.id, users.c.org_id, users.c.password_hash).where(users.c.email == email)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Credentials(row.id, row.org_id, row.password_hash)


@dataclass(frozen=True, slots=True)
class UnverifiedAccount:
    """An account that has not verified its email address."""

    user_id: UUID
    org_id: UUID


async def is_taken(connection: AsyncConnection, email: str, org_id: UUID) -> bool:
    """Return whether an account has this email address and keeps it.

    An unverified account can lose its address to a new member of `org_id`.
    """
    query = select(users.c.id).where(users.c.email == email, ~_is_replaceable(org_id))
    return await connection.scalar(query) is not None


async def lock_replaceable(
    connection: AsyncConnection, email: str, org_id: UUID
) -> UnverifiedAccount | None:
    """Lock and return the account that would lose `email` to a new member of `org_id`."""
    query = select(users.c.id, users.c.org_id).where(
        users.c.email == email, _is_replaceable(org_id)
    )
    row = (await connection.execute(query.with_for_update())).one_or_none()
    return None if row is None else UnverifiedAccount(row.id, row.org_id)


def _is_replaceable(org_id: UUID) -> ColumnElement[bool]:
    # Anybody can sign up with this address, but only its owner can verify it.
    return and_(users.c.email_verified_at.is_(None), ~users.c.is_operator, users.c.org_id != org_id)


async def find(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> User | None:
    """Return a user of the organisation, or None."""
    return await _one(connection, _USERS.where(users.c.org_id == org_id, users.c.id == user_id))


async def active_among(
    connection: AsyncConnection, org_id: UUID, user_ids: Collection[UUID]
) -> Collection[UUID]:
    """Return those of `user_ids` that belong to active users of the organisation."""
    found = await connection.scalars(
        select(users.c.id).where(
            users.c.org_id == org_id, users.c.id.in_(user_ids), users.c.status == "active"
        )
    )
    return set(found)


async def names(
    connection: AsyncConnection, org_id: UUID, user_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """Return the names of users of the organisation, also of deactivated ones, by id."""
    query = select(users.c.id, users.c.name).where(
        users.c.org_id == org_id, users.c.id.in_(user_ids)
    )
    return {row.id: row.name for row in await connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Person:
    """A user by name. ``active`` is False for a deactivated member."""

    id: UUID
    name: str
    active: bool


async def people(
    connection: AsyncConnection, org_id: UUID, user_ids: Collection[UUID]
) -> Sequence[Person]:
    """Return the names of those ``user_ids`` that belong to users of the organisation."""
    query = select(users.c.id, users.c.name, users.c.status == "active").where(
        users.c.org_id == org_id, users.c.id.in_(user_ids)
    )
    return [Person(*row) for row in await connection.execute(query)]


async def names_anywhere(
    connection: AsyncConnection, user_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """Return the names of users of all organisations by id, for operators."""
    query = select(users.c.id, users.c.name).where(users.c.id.in_(user_ids))
    return {row.id: row.name for row in await connection.execute(query)}


async def get(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> User:
    """Return a user of the organisation. Raises `NotFound`."""
    user = await find(connection, org_id, user_id)
    if user is None:
        raise NotFound("There is no such user.", code="user_not_found")
    return user


async def lock(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> User:
    """Lock a user of the organisation against other changes, until the commit."""
    query = select(users.c.id).where(users.c.org_id == org_id, users.c.id == user_id)
    await connection.execute(query.with_for_update(key_share=True))
    return await get(connection, org_id, user_id)


async def not_found(database: Database, user_id: UUID) -> Exception:
    """Return the error for a user that the organisation does not have."""
    return await database.not_found(users, users.c.id == user_id, "user")


async def find_anywhere(connection: AsyncConnection, user_id: UUID) -> User | None:
    """Return a user of any organisation, or None."""
    return await _one(connection, _USERS.where(users.c.id == user_id))


async def find_by_email(connection: AsyncConnection, email: str) -> User | None:
    """Return the user of any organisation with this normalised email address, or None."""
    return await _one(connection, _USERS.where(users.c.email == email))


async def change(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, values: dict[str, str | None]
) -> None:
    """Set the columns in `values`: name, phone, password_hash, status and email."""
    await connection.execute(
        update(users).where(users.c.org_id == org_id, users.c.id == user_id).values(values)
    )


async def set_email(connection: AsyncConnection, org_id: UUID, user_id: UUID, email: str) -> None:
    """Set a user's new email address, and mark it as verified."""
    await connection.execute(
        update(users)
        .where(users.c.org_id == org_id, users.c.id == user_id)
        .values(email=email, email_verified_at=func.now())
    )


async def verify_email(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Mark a user's email address as verified."""
    await connection.execute(
        update(users)
        .where(users.c.org_id == org_id, users.c.id == user_id)
        .values(email_verified_at=func.coalesce(users.c.email_verified_at, func.now()))
    )


async def record_sign_in(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Record that a user has signed in."""
    await connection.execute(
        update(users)
        .where(users.c.org_id == org_id, users.c.id == user_id)
        .values(last_sign_in_at=func.now())
    )


async def make_operator(connection: AsyncConnection, user_id: UUID) -> None:
    """Make a user an operator of the platform."""
    await connection.execute(update(users).where(users.c.id == user_id).values(is_operator=True))


async def set_sub_account(connection: AsyncConnection, org_id: UUID, sub_account_sid: str) -> None:
    """Store the organisation's Twilio subaccount on the profile of each of its users."""
    await connection.execute(
        update(user_profiles)
        .where(user_profiles.c.org_id == org_id)
        .values(twilio_sub_account_sid=sub_account_sid)
    )


async def _one(connection: AsyncConnection, query: Select[tuple[object, ...]]) -> User | None:
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else User(**row)
