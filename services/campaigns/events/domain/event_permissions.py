"""The permissions that users can have for an event."""

from typing import Literal

from servicekit.errors import Forbidden

Permission = Literal["view", "curate", "owner"]
"""A permission for an event. Each of them includes those before it."""

_VERBS = {"view": "view", "curate": "curate", "owner": "own"}
_RANK = {"view": 1, "curate": 2, "owner": 3}

ORG_OWNER = "owner"
"""The role of the organisation's owner, who has the owner permission for every event."""


def require_permission(held: str | None, needed: Permission) -> None:
    """Raise ``Forbidden`` event_access_denied unless `held` includes `needed`."""
    if held is None or _RANK[held] < _RANK[needed]:
        raise Forbidden(
            f"You need permission to {_VERBS[needed]} this event. Ask the event's owner for it.",
            "event_access_denied",
        )
