"""Payments that Stripe has received, as an operator compares them with the ledger."""

import json
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """A payment that Stripe has received for a top-up. ``org_id`` is what we told Stripe."""

    payment_intent_id: str
    topup_id: str
    org_id: str | None
    amount_cents: int
    currency: str
    created_at: datetime

    @property
    def json(self) -> str:
        """The payment as a line of JSON for an operator, to whom nothing credits it."""
        return json.dumps(
            {
                "reason": "not_credited",
                "orgId": self.org_id,
                "paymentIntent": self.payment_intent_id,
                "cents": self.amount_cents,
                "currency": self.currency,
                "createdAt": self.created_at.isoformat(),
            }
        )
