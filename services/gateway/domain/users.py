"""A user, as sign-in and the profile know one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.emails import InvalidEmail, normalise_email
from servicekit.errors import InvalidInput

OWNER = "owner"
ADMIN = "admin"
MEMBER = "member"
OPERATOR = "ADMIN"


@dataclass(frozen=True, slots=True)
class User:
    """A member of an organisation with what the profile shows.

    ``role`` is owner, admin or member; ``is_operator`` marks operators of the platform.
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

    @property
    def roles(self) -> list[str]:
        """The roles that tokens and answers name."""
        return roles_of(self.role, is_operator=self.is_operator)


def roles_of(org_role: str, *, is_operator: bool) -> list[str]:
    """The roles of a user with ``org_role``, who may be an operator of the platform besides."""
    return [org_role, OPERATOR] if is_operator else [org_role]


def normal_email(email: str) -> str:
    """Return an address as accounts keep and compare it: in lower case, without space around it.

    What is no address comes back so, too; no account has it.
    """
    try:
        return normalise_email(email.strip()).lower()
    except InvalidEmail:
        return email.strip().lower()


def new_email(email: str) -> str:
    """Return the address of a new account as it is kept. Raises ``InvalidInput`` for no address."""
    try:
        return normalise_email(email.strip()).lower()
    except InvalidEmail as fault:
        raise InvalidInput.of("email", fault.message) from None
