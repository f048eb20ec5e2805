"""Stripe's events: stored with the change that they report, and sent until they are accepted."""

import asyncio
import copy
from typing import Any

import orjson

from simulator.clock import now_s
from simulator.faults import Faults
from simulator.outbound import Delivery, Outbound, Outcome
from simulator.stripe.forms import Json
from simulator.stripe.signature import signature_header
from simulator.stripe.state import API_VERSION, Change, Stripe, new_id

MAX_ATTEMPTS = 10


class Events:
    """Makes and delivers events.

    Args:
        stripe: Stores the events.
        outbound: Sends the events.
        faults: Faults that are set; they may shuffle the events of one change.
    """

    def __init__(self, stripe: Stripe, outbound: Outbound, faults: Faults) -> None:
        self._stripe = stripe
        self._outbound = outbound
        self._faults = faults

    def add(
        self, change: Change, kind: str, item: Json, previous: dict[str, Any] | None = None
    ) -> None:
        """Add an event to a change. The event has a copy of the object as it is now.

        Args:
            change: The change that the event belongs to.
            kind: Type of the event.
            item: The object.
            previous: Former values of the fields that have changed.
        """
        data: Json = {"object": copy.deepcopy(item)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = {
            "id": new_id("evt"),
            "object": "event",
            "type": kind,
            "created": now_s(),
            "livemode": False,
            "api_version": API_VERSION,
            "pending_webhooks": 1 if self._stripe.settings.stripe_webhook_url else 0,
            "request": {"id": None, "idempotency_key": None},
            "data": data,
        }
        change.events.append(self._stripe.put(change, event))

    async def commit(self, change: Change) -> None:
        """Commit a change to the database, then deliver its events."""
        await self._stripe.store.commit(change.writes)
        self.deliver(change.events)

    def deliver(self, events: list[Json]) -> None:
        """Send events whose change has been committed."""
        if not self._stripe.settings.stripe_webhook_url:
            return
        ordered = list(events)
        if self._faults.callbacks("stripe").shuffle:
            self._faults.random.shuffle(ordered)
        for event in ordered:
            self._outbound.submit(self._delivery(event, attempt=1))

    def resume(self) -> None:
        """Send again the events that nobody had accepted when the simulator stopped."""
        self.deliver([event for event in self._stripe.all("evt") if event["pending_webhooks"]])

    def resend(self, event_id: str) -> bool:
        """Send an event once more. Return False if there is no such event."""
        event = self._stripe.find(event_id)
        if event is None or event["object"] != "event":
            return False
        self.deliver([event])
        return True

    def _delivery(self, event: Json, attempt: int) -> Delivery:
        body = orjson.dumps(event)
        settings = self._stripe.settings
        signature = signature_header(settings.stripe_webhook_secret, now_s(), body)
        return Delivery(
            provider="stripe",
            sid=event["id"],
            url=settings.stripe_webhook_url,
            body=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": signature,
                "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            },
            done=lambda delivery, outcome: self._after(event, delivery, outcome),
            attempt=attempt,
        )

    def _after(self, event: Json, delivery: Delivery, outcome: Outcome) -> None:
        if outcome.ok:
            self._mark_taken(event)
        elif outcome.error != "lost" and delivery.attempt < MAX_ATTEMPTS:
            base_s = self._stripe.behaviour.stripe_retry_base_ms / 1000
            loop = asyncio.get_running_loop()
            loop.call_later(
                base_s * 2 ** (delivery.attempt - 1), self._retry, event, delivery.attempt + 1
            )

    def _retry(self, event: Json, attempt: int) -> None:
        """Send an event again with a new timestamp and signature, unless it was deleted."""
        if self._stripe.find(event["id"]) is None:
            return
        self._outbound.submit(self._delivery(event, attempt))

    def _mark_taken(self, event: Json) -> None:
        if event["pending_webhooks"] and self._stripe.find(event["id"]) is not None:
            event["pending_webhooks"] = 0
            change = Change()
            self._stripe.put(change, event)
            self._stripe.store.enqueue(change.writes)
