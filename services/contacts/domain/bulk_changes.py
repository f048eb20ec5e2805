"""Changes of all contacts that match a filter."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from servicekit.errors import InvalidInput
from services.contacts.domain.contacts import ContactFilter, tidy_tags

Action = Literal["add_tags", "remove_tags", "add_to_list", "remove_from_list", "opt_out", "delete"]

BATCH = 1000
"""Maximum contacts that are changed in one transaction."""

_WITH_TAGS: frozenset[Action] = frozenset({"add_tags", "remove_tags"})
_WITH_LIST: frozenset[Action] = frozenset({"add_to_list", "remove_from_list"})
_TOLERATED_PERCENT = 1


@dataclass(frozen=True, slots=True)
class NewBulkChange:
    """A bulk change to make.

    ``expected_count`` is how many contacts the caller expects to match.
    """

    action: Action
    filter: ContactFilter
    expected_count: int
    tags: tuple[str, ...] = ()
    list_id: UUID | None = None


def checked(change: NewBulkChange) -> NewBulkChange:
    """Return a bulk change with tidied tags.

    Raises ``InvalidInput`` if the tags or the list that the action needs are missing, or if some
    are given that the action doesn't use.
    """
    tags = tidy_tags(change.tags)
    _require("tags", bool(tags), change.action in _WITH_TAGS, change.action)
    _require("listId", change.list_id is not None, change.action in _WITH_LIST, change.action)
    return NewBulkChange(change.action, change.filter, change.expected_count, tags, change.list_id)


def differs_too_much(expected: int, matched: int) -> bool:
    """Return whether the expected count of contacts is too far from the count of those that match.

    A difference of one in a hundred is accepted, because other people add and delete contacts
    meanwhile. With fewer than a hundred contacts, the count must be exact.
    """
    return abs(matched - expected) > expected * _TOLERATED_PERCENT // 100


def refusal_of(expected: int, matched: int) -> str:
    """Return why a bulk change was refused, and what to do next, in words for the user."""
    return (
        f"You expected {expected:,} contacts, but {matched:,} match now. No contact was changed."
        " Check the filter and its count, and try again."
    )


def _require(field: str, given: bool, wanted: bool, action: Action) -> None:
    if wanted and not given:
        raise InvalidInput.of(field, f"is required for {action}")
    if given and not wanted:
        raise InvalidInput.of(field, f"is not used by {action}")
