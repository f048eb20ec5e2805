"""A user, as sign-in and the profile know one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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
    """How an address is kept and compared: without case, without space around it."""
    return email.strip().lower()
