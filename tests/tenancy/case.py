"""A request for an object of another organisation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Belongings:
    """The ids of one organisation's objects."""

    org_id: str
    token: str
    ids: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.ids[name]


@dataclass(frozen=True)
class Case:
    """A request to a route with a foreign id: in the path, body, query or an uploaded form.

    Each part is a function of the caller's and the other organisation's objects.
    """

    path: Callable[[Belongings], Mapping[str, str]] = lambda _: {}
    body: Callable[[Belongings, Belongings], Mapping[str, Any] | None] = lambda _m, _t: None
    query: Callable[[Belongings], Mapping[str, str]] = lambda _: {}
    form: Callable[[Belongings], Mapping[str, str]] | None = None


def by_path(thing: str, variable: str = "id", /, **body: Any) -> Case:
    """Return a case with the foreign id in the path."""
    return Case(path=lambda theirs: {variable: theirs[thing]}, body=lambda _m, _t: body or None)


def pair(one: str, other: str) -> Mapping[str, str]:
    """Return the fields of a request to match two attendees."""
    return {"attendeeId": one, "matchedAttendeeId": other}


def in_event(thing: str, variable: str, /, **body: Any) -> tuple[Case, Case]:
    """Return two cases: an own object in a foreign event, and a foreign object in an own event."""

    def told(_mine: Belongings, _theirs: Belongings) -> Mapping[str, Any] | None:
        return body or None

    return (
        Case(path=lambda t: {"eventId": t["event"], variable: f"mine:{thing}"}, body=told),
        Case(path=lambda t: {"eventId": "mine:event", variable: t[thing]}, body=told),
    )


def told_of_event(name: str, thing: str, /, **body: Any) -> Case:
    """Return a case with the foreign id in the body of a request about the caller's own event."""
    return Case(
        path=lambda _: {"eventId": "mine:event", "setId": "mine:question_set"},
        body=lambda _, t: {**body, name: [t[thing]] if name.endswith("Ids") else t[thing]},
    )
