"""The statuses of a campaign and the transitions between them."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["draft", "scheduled", "running", "paused", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a campaign's status, from any of `sources` to `target`."""

    sources: frozenset[Status]
    target: Status


EDITABLE: frozenset[Status] = frozenset({"draft", "scheduled"})

# Starting or resuming such a campaign confirms its text and the current prices.
UNCONFIRMED: frozenset[Status] = frozenset({"draft", "paused"})

# A draft can be scheduled, and a scheduled campaign can become a draft again.
SCHEDULE = Transition(EDITABLE, "scheduled")
DRAFT = Transition(EDITABLE, "draft")
START = Transition(EDITABLE, "running")
PAUSE = Transition(frozenset({"running"}), "paused")
RESUME = Transition(frozenset({"paused"}), "running")
FINISH = Transition(frozenset({"running"}), "done")
FAIL = Transition(frozenset({"scheduled", "running"}), "failed")
CANCEL = Transition(frozenset({"scheduled", "running", "paused"}), "cancelled")

DELETABLE: frozenset[Status] = frozenset(
    {"draft", "scheduled", "paused", "done", "failed", "cancelled"}
)

# Such campaigns will send messages, now, later or when they are resumed.
ACTIVE: frozenset[Status] = frozenset({"scheduled", "running", "paused"})

# Such campaigns can be deleted, but may have held messages or may be about to start.
MAY_HAVE_MORE: frozenset[Status] = frozenset({"scheduled", "paused"})

# In these statuses nothing is being sent, and messages may have failed.
RETRYABLE: frozenset[Status] = frozenset({"paused", "done", "failed", "cancelled"})
