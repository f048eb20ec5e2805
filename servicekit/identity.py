"""The identity of a caller within the platform. Internal tokens (``tokens``) carry it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from uuid import UUID

from servicekit.errors import Forbidden, Unauthenticated
from servicekit.modes import is_test, live_org_of, org_in_test_mode

GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, and for which organisation.

    ``service`` is the service that signed the token. If it is the gateway, a user made the call. If
    it is another service, the platform made the call, perhaps for a user. ``email`` is the user's
    email address, and ``email_verified`` tells whether they have proved that it is theirs.
    ``org_time_zone`` is the IANA name of the zone in which the organisation counts its days.
    ``may_send`` is False for an API key without the scope ``send``.
    """

    service: str
    org_id: UUID | None = None
    user_id: UUID | None = None
    org_name: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    email_verified: bool = False
    org_time_zone: str = "UTC"
    may_send: bool = True
    email: str = ""

    @property
    def is_user(self) -> bool:
        """Whether a user called through the gateway; False if a service called by itself."""
        return self.service == GATEWAY and self.user_id is not None

    def require_org(self) -> UUID:
        """Return the organisation's id. Raises ``Unauthenticated`` if the caller has none."""
        if self.org_id is None:
            raise Unauthenticated("Only members of an organisation can do this.")
        return self.org_id

    @property
    def is_test(self) -> bool:
        """Whether the caller is in test mode."""
        return self.org_id is not None and is_test(self.org_id)

    def in_live_mode(self) -> "Identity":
        """Return this caller in the live organisation, which has the members of both modes."""
        return replace(self, org_id=live_org_of(self.require_org())) if self.is_test else self

    def in_test_mode(self) -> "Identity":
        """Return this caller in the test organisation."""
        return replace(self, org_id=org_in_test_mode(live_org_of(self.require_org())))

    def require_user(self) -> UUID:
        """Return the user's id. Raises ``Unauthenticated`` if the caller is not a user."""
        if self.user_id is None:
            raise Unauthenticated("Only a signed-in user can do this.")
        return self.user_id


_current: ContextVar[Identity | None] = ContextVar("identity", default=None)


def current() -> Identity:
    """Return the identity of the call being served; raise ``Unauthenticated`` outside of one."""
    identity = _current.get()
    if identity is None:
        raise Unauthenticated("There is no caller.")
    return identity


def require_verified_email(required: bool) -> None:
    """Raise ``Forbidden`` email_not_verified if verification is ``required`` and is missing.

    Every method that sends texts for a user calls this function. ``required`` is the setting
    REQUIRE_VERIFIED_EMAIL.
    """
    if required and not current().email_verified:
        raise Forbidden(
            "Verify your email address before you send texts. Use the link that we mailed you.",
            "email_not_verified",
        )


def require_send_scope() -> None:
    """Raise ``Forbidden`` api_key_scope if the caller is an API key that may not send.

    For routes that do not need the scope ``send`` themselves but cause texts to be sent later.
    """
    if not current().may_send:
        raise Forbidden("This needs an API key with the scope `send`.", "api_key_scope")


def current_or_none() -> Identity | None:
    """Return the identity of the call being served, or None outside of one."""
    return _current.get()


@contextmanager
def acting_as(identity: Identity) -> Iterator[None]:
    """Make ``identity`` the caller within the ``with`` block.

    This is used to serve a call, and for work of the platform itself.
    """
    token = _current.set(identity)
    try:
        yield
    finally:
        _current.reset(token)
