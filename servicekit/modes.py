"""Test mode: beside each organisation, a test organisation that texts nobody and pays nothing.

A test organisation is recognised by its id alone: it is the id of the live organisation with
version 8 instead of 7 (RFC 9562). So every service, query and database constraint recognises a test
organisation without asking anybody, and no copy of this fact can be missing or outdated.

``is_live`` in ``servicekit/db/modes.py`` recognises live organisations in SQL.
"""

from uuid import UUID

from servicekit.errors import Forbidden

TEST_VERSION = 8
_LIVE_VERSION = 7
_VERSION_SHIFT = 76
_VERSION_BITS = 0xF << _VERSION_SHIFT


class NotInTestMode(Forbidden):
    """The call needs a live organisation."""

    default_code = "not_in_test_mode"

    def __init__(self) -> None:
        super().__init__(
            "This is not possible in test mode. Use a live API key, or switch test mode off."
        )


def is_test(org_id: UUID) -> bool:
    """Return whether this is the id of a test organisation."""
    return org_id.version == TEST_VERSION


def org_in_test_mode(org_id: UUID) -> UUID:
    """Return the id of an organisation's test organisation."""
    return _with_version(org_id, TEST_VERSION)


def live_org_of(org_id: UUID) -> UUID:
    """Return the live organisation of a test organisation. A live one is returned as it is."""
    return _with_version(org_id, _LIVE_VERSION) if is_test(org_id) else org_id


def both_of(org_id: UUID) -> tuple[UUID, UUID]:
    """Return the ids of an organisation and of its test organisation."""
    live = live_org_of(org_id)
    return live, org_in_test_mode(live)


def mode_name(*, is_test: bool) -> str:
    """Return the name of a mode in the API."""
    return "test" if is_test else "live"


def _with_version(id_: UUID, version: int) -> UUID:
    return UUID(int=id_.int & ~_VERSION_BITS | version << _VERSION_SHIFT)
