"""Who may do what with an event."""

from typing import Literal

from servicekit.errors import Forbidden

Permission = Literal["view", "curate", "owner"]
"""Each includes the ones before it."""

_WORDS = {"view": "view", "curate": "curate", "owner": "own"}
_RANK = {"view": 1, "curate": 2, "owner": 3}

ORG_OWNER = "owner"
"""The role of the organisation's owner, who may do all that an event's owner may."""


def require_permission(held: str | None, needed: Permission) -> None:
    """Raise ``Forbidden`` event_access_denied where ``held`` does not include ``needed``."""
    if held is None or _RANK[held] < _RANK[needed]:
        raise Forbidden(
            f"You need permission to {_WORDS[needed]} this event; its owner can give it.",
            "event_access_denied",
        )
