"""Build new objects of Stripe's API, with the fields that clients read."""

import time

from simulator.clock import now_s
from simulator.stripe.forms import Json
from simulator.stripe.state import new_id

RESPONSE_DUE_S = 7 * 24 * 3600
DISPUTE_FEE = 1500
"""Cents."""


def customer(email: str | None) -> Json:
    """Return a new customer, who can have saved cards."""
    return {
        "id": new_id("cus"),
        "object": "customer",
        "created": now_s(),
        "email": email,
        "livemode": False,
        "metadata": {},
    }


def payment_method(card_number: str) -> Json:
    """Return a card as a payment method, which no customer has saved."""
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "type": "card",
        "card": {
            "brand": "visa",
            "last4": card_number[-4:],
            "exp_month": 12,
            "exp_year": time.gmtime().tm_year + 3,
            "funding": "credit",
        },
        "created": now_s(),
        "customer": None,
        "livemode": False,
        "metadata": {},
    }


def payment_intent(amount: int, currency: str, customer_id: str | None, details: Json) -> Json:
    """Return a payment of `amount` cents that nobody has tried to pay yet.

    `details` are the further parameters of the request: metadata, description, receipt address.
    """
    return {
        "id": new_id("pi"),
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "capture_method": "automatic_async",
        "client_secret": None,
        "confirmation_method": "automatic",
        "created": now_s(),
        "currency": currency,
        "customer": customer_id,
        "description": details.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": details.get("metadata", {}),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "receipt_email": details.get("receipt_email"),
        "setup_future_usage": details.get("setup_future_usage"),
        "statement_descriptor_suffix": details.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }


def charge(intent: Json, method: Json, browser_url: str) -> Json:
    """Return a charge of a payment to a card (a payment method), not yet paid."""
    charge_id = new_id("ch")
    return {
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "captured": False,
        "created": now_s(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": "card", "card": method["card"]},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"{browser_url}/receipts/{charge_id}",
        "refunded": False,
        "status": "pending",
    }


def refund(charge: Json, amount: int, reason: str | None, metadata: Json) -> Json:
    """Return a new refund of a charge, completed at once."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now_s(),
        "currency": charge["currency"],
        "failure_balance_transaction": None,
        "failure_reason": None,
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "status": "succeeded",
    }


def dispute(charge: Json, amount: int, reason: str, status: str) -> Json:
    """Return a new dispute of a charge by its cardholder."""
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now_s(),
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": now_s() + RESPONSE_DUE_S,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": status.startswith("warning"),
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": status,
    }


def move_disputed_funds(dispute: Json, cents: int) -> None:
    """Store on a dispute that its funds were withdrawn (negative cents) or reinstated."""
    withdrawn = cents < 0
    fee = DISPUTE_FEE if withdrawn else 0
    dispute["balance_transactions"].append(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": cents,
            "created": now_s(),
            "currency": dispute["currency"],
            "description": f"Chargeback {'withdrawal' if withdrawn else 'reversal'}"
            f" for {dispute['charge']}",
            "exchange_rate": None,
            "fee": fee,
            "net": cents - fee,
            "reporting_category": "dispute" if withdrawn else "dispute_reversal",
            "source": dispute["id"],
            "status": "pending",
            "type": "adjustment",
        }
    )
