"""The onboarding steps of an organisation, computed from its data in the services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["done", "todo", "waiting", "blocked"]


@dataclass(frozen=True, slots=True)
class Review:
    """The review of a registration. ``status`` is a name of ``ReviewStatus``."""

    status: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The data of an organisation that decide which onboarding steps are done.

    ``review`` is the newest waiting or refused review, if any.
    """

    email_verified: bool
    has_account: bool
    has_money: bool
    has_number: bool
    is_registered: bool
    review: Review | None
    has_contacts: bool
    has_delivered: bool


@dataclass(frozen=True, slots=True)
class Step:
    """An onboarding step, its state, and since when it has been waiting for somebody else."""

    kind: str
    state: State
    since: datetime | None = None


def steps_of(facts: Facts) -> Sequence[Step]:
    """Return all onboarding steps with their states, in order."""
    return [
        _step("email", facts.email_verified),
        _step("account", facts.has_account),
        _step("balance", facts.has_money or facts.has_delivered),
        _step("number", facts.has_number),
        _registration(facts),
        _step("contacts", facts.has_contacts),
        _step("first_delivery", facts.has_delivered),
    ]


def _step(kind: str, done: bool) -> Step:
    return Step(kind, "done" if done else "todo")


def _registration(facts: Facts) -> Step:
    if facts.is_registered:
        return Step("registration", "done")
    review = facts.review
    if review is None:
        return Step("registration", "todo")
    if review.status in ("submitting", "pending"):
        return Step("registration", "waiting", review.since)
    if review.status in ("failed", "suspended"):
        return Step("registration", "blocked")
    return Step("registration", "todo")
