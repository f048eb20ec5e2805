"""Users, their roles and their email addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.db.versions import Versions
from servicekit.emails import InvalidEmail, normalise_email
from servicekit.errors import Conflict, Forbidden, InvalidInput
from servicekit.identity import Identity

OWNER = "owner"
ADMIN = "admin"
MEMBER = "member"
OPERATOR = "ADMIN"


@dataclass(frozen=True, slots=True)
class User:
    """A user of an organisation with their profile.

    `role` is owner, admin or member. `is_operator` marks operators of the platform.
    """

    id: UUID
    org_id: UUID
    org_name: str
    email: str
    name: str
    phone: str | None
    role: str
    is_operator: bool
    is_active: bool
    twilio_sub_account_sid: str | None
    email_verified_at: datetime | None
    created_at: datetime
    version: int
    column_versions: Mapping[str, int]

    @property
    def versions(self) -> Versions:
        """The profile's version, and the version in which each column last changed."""
        return Versions(self.version, self.column_versions)

    @property
    def known_words(self) -> tuple[str, ...]:
        """Words about the user that others know, and so may try as a password."""
        return self.email, self.name, self.org_name

    @property
    def roles(self) -> list[str]:
        """The organisation role of the user, then the operator role if the user is an operator."""
        return roles_of(self.role, is_operator=self.is_operator)


def roles_of(org_role: str, *, is_operator: bool) -> list[str]:
    """Return `org_role`, then the operator role if the user is an operator."""
    return [org_role, OPERATOR] if is_operator else [org_role]


def normal_email(email: str) -> str:
    """Return an email address as accounts store it: in lower case, without outer spaces.

    An invalid address is returned in this form too. That is harmless, since no account has it.
    """
    try:
        return normalise_email(email.strip()).lower()
    except InvalidEmail:
        return email.strip().lower()


def new_email(email: str, field: str = "email") -> str:
    """Return a new email address as it is stored. Raises `InvalidInput` about `field`."""
    try:
        return normalise_email(email.strip()).lower()
    except InvalidEmail as fault:
        raise InvalidInput.of(field, fault.message) from None


def require_owner(caller: Identity) -> None:
    """Raise `Forbidden` unless the caller is an owner or an operator."""
    if not caller.roles & {OWNER, OPERATOR}:
        raise Forbidden("Only an owner of the organisation may do this.")


def email_taken() -> Conflict:
    """Return the error for an email address that another account has."""
    return Conflict("An account with this email address already exists.", code="email_taken")


def own_account() -> Conflict:
    """Return the error for users who try to deactivate themselves."""
    return Conflict("You can't deactivate your own account.", code="own_account")
