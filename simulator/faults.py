"""Faults that tests set: slow, missing or wrong responses, and repeated or lost callbacks."""

import random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ProviderName = Literal["twilio", "stripe", "postmark"]


class CallbackFault(BaseModel):
    """A fault of webhooks.

    Attributes:
        duplicate: How many extra times each webhook is sent.
        shuffle: The webhooks of one message or payment are collected and sent in random order.
        lose: Probability that a webhook is never sent.
        delay_ms: Time that each webhook waits before it is sent.
        early: The first webhook of a message is sent before the request that created it is
            answered. Has no effect together with `shuffle`.
    """

    model_config = ConfigDict(extra="forbid")

    duplicate: int = Field(0, ge=0, le=100)
    shuffle: bool = False
    lose: float = Field(0.0, ge=0.0, le=1.0)
    delay_ms: int = Field(0, ge=0)
    early: bool = False


class Fault(BaseModel):
    """One fault: which requests it affects, and how.

    Attributes:
        provider: Only requests and callbacks of this provider. None is all providers.
        method: HTTP method; None is any.
        path_prefix: Start of the path, host included (`/api.twilio.com/2010-04-01/`).
        path_suffix: End of the path (`/Messages.json`).
        nth: Only the nth matching request since the fault was set, counted from 1.
        probability: Probability that the fault changes a matching request.
        count: How many requests the fault changes before it ends. None is no limit.
        latency_ms: The answer is delayed by this time, or by a random time within a range. The
            request is carried out before the delay.
        status: Answer with this error status and do not carry out the request.
        drop_before: Close the connection and do not carry out the request.
        accept_then_drop: Carry out the request, then close the connection without an answer.
        accept_then_500: Carry out the request, then answer 500.
        hang_s: Carry out the request, send nothing for this time, then close the connection.
        truncate: Carry out the request, then close the connection in the middle of the answer.
        close_after: Carry out the request, answer, then close the connection, so that the next
            request needs a new connection.
        callbacks: A fault of webhooks. Of the fields above, only `provider` decides which webhooks
            it affects.
    """

    model_config = ConfigDict(extra="forbid")

    provider: ProviderName | None = None
    method: str | None = None
    path_prefix: str = ""
    path_suffix: str = ""
    nth: int | None = Field(None, ge=1)
    probability: float = Field(1.0, ge=0.0, le=1.0)
    count: int | None = Field(None, ge=1)
    latency_ms: int | tuple[int, int] = 0
    status: int | None = Field(None, ge=400, le=599)
    drop_before: bool = False
    accept_then_drop: bool = False
    accept_then_500: bool = False
    hang_s: float = Field(0.0, ge=0.0)
    truncate: bool = False
    close_after: bool = False
    callbacks: CallbackFault | None = None

    def concerns(self, provider: str, method: str, path: str) -> bool:
        """Tell whether this fault affects requests of this provider, method and path."""
        return (
            self.callbacks is None
            and self.provider in (None, provider)
            and self.method in (None, method)
            and path.startswith(self.path_prefix)
            and path.endswith(self.path_suffix)
        )


class FaultPlan(BaseModel):
    """A set of faults and the seed of their random choices."""

    model_config = ConfigDict(extra="forbid")

    faults: list[Fault] = []
    seed: int | None = None


class ActiveFault:
    """A fault that was set, with its counters.

    Args:
        fault: The fault as it was requested.
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = 0
        self.hits = 0

    def strikes(self, draw: float) -> bool:
        """Count one request that the fault matches, and return whether the fault changes it.

        Args:
            draw: A random number in [0, 1).
        """
        self.seen += 1
        if self.fault.nth is not None and self.seen != self.fault.nth:
            return False
        if self.fault.count is not None and self.hits >= self.fault.count:
            return False
        if draw >= self.fault.probability:
            return False
        self.hits += 1
        return True


NO_CALLBACK_FAULT = CallbackFault()


class Faults:
    """The faults that are currently set."""

    def __init__(self) -> None:
        self.random = random.Random(0)
        self.active: list[ActiveFault] = []

    def set(self, plan: FaultPlan) -> None:
        """Replace all faults, counters included."""
        if plan.seed is not None:
            self.random.seed(plan.seed)
        self.active = [ActiveFault(fault) for fault in plan.faults]

    def clear(self) -> None:
        """Clear all faults."""
        self.active = []

    def match(self, provider: str, method: str, path: str) -> Fault | None:
        """Return the first fault that changes this request, or None. Counts the request."""
        for active in self.active:
            if active.fault.concerns(provider, method, path) and active.strikes(
                self.random.random()
            ):
                return active.fault
        return None

    def callbacks(self, provider: str) -> CallbackFault:
        """Return the fault that currently affects this provider's webhooks, or None."""
        for active in self.active:
            fault = active.fault
            if fault.callbacks is not None and fault.provider in (None, provider):
                return fault.callbacks
        return NO_CALLBACK_FAULT

    def latency_s(self, fault: Fault) -> float:
        """Return how many seconds the fault delays this response."""
        if isinstance(fault.latency_ms, int):
            return fault.latency_ms / 1000
        return self.random.uniform(*fault.latency_ms) / 1000
