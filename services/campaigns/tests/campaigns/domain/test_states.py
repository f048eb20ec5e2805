"""The allowed transitions between all statuses."""

from itertools import product
from typing import get_args

import pytest

from services.campaigns.campaigns.domain import states
from services.campaigns.campaigns.domain.states import DELETABLE, Status, Transition

ALLOWED = {
    ("draft", "draft"),
    ("draft", "scheduled"),
    ("draft", "running"),
    ("scheduled", "draft"),
    ("scheduled", "scheduled"),
    ("scheduled", "running"),
    ("scheduled", "failed"),
    ("running", "paused"),
    ("running", "done"),
    ("running", "failed"),
    ("paused", "running"),
    ("scheduled", "cancelled"),
    ("running", "cancelled"),
    ("paused", "cancelled"),
}
STATUSES = get_args(Status)
TRANSITIONS = [value for value in vars(states).values() if isinstance(value, Transition)]


@pytest.mark.parametrize("pair", list(product(STATUSES, STATUSES)), ids="->".join)
def test_a_campaign_has_exactly_the_allowed_transitions_between_statuses(
    pair: tuple[Status, Status],
) -> None:
    source, target = pair
    ways = [t for t in TRANSITIONS if source in t.sources and t.target == target]
    assert bool(ways) == (pair in ALLOWED)


def test_a_campaign_can_be_deleted_in_every_status_except_running() -> None:
    assert set(STATUSES) - DELETABLE == {"running"}
