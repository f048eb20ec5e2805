"""A campaign's states, and every way from one to another."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["draft", "scheduled", "running", "paused", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Transition:
    """A way into ``target`` that is open from ``sources``."""

    sources: frozenset[Status]
    target: Status


EDITABLE: frozenset[Status] = frozenset({"draft", "scheduled"})

# Starting or resuming it confirms text and prices as they are then.
UNCONFIRMED: frozenset[Status] = frozenset({"draft", "paused"})

# An edit leaves a campaign a draft or scheduled, whichever it was.
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

# Deletable, but with texts that are held back, or about to be started by the clock.
MAY_HAVE_MORE: frozenset[Status] = frozenset({"scheduled", "paused"})

# Nothing of it goes out, for now or for good, and something may have failed.
RETRYABLE: frozenset[Status] = frozenset({"paused", "done", "failed", "cancelled"})
