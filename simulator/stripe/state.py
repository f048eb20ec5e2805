"""The objects of the simulated Stripe."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from simulator.collection import Collection
from simulator.settings import Behaviour, Settings
from simulator.store import Store, Write
from simulator.stripe.errors import no_such
from simulator.stripe.forms import Json

API_VERSION = "2026-10-28.endive"
KINDS = {
    "cs": "checkout.session",
    "pi": "payment_intent",
    "ch": "charge",
    "re": "refund",
    "dp": "dispute",
    "cus": "customer",
    "pm": "payment_method",
    "evt": "event",
}


@dataclass(slots=True)
class Change:
    """The database writes of one action, and the events to send after the commit."""

    writes: list[Write] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)


class Stripe:
    """Stripe's objects as JSON, grouped by the prefix of their id, in order of creation.

    Args:
        settings: The keys, and the address to which events are sent.
        behaviour: Says when events are sent again. It may be replaced at run time.
        store: The database.
    """

    def __init__(self, settings: Settings, behaviour: Behaviour, store: Store) -> None:
        self.settings = settings
        self.behaviour = behaviour
        self.store = store
        self._objects: dict[str, Collection[Json]] = {
            prefix: Collection(store, f"stripe.{kind}", dict) for prefix, kind in KINDS.items()
        }
        self.replies: Collection[Json] = Collection(store, "stripe.reply", dict)
        self.private: Collection[Json] = Collection(store, "stripe.private", dict)
        self.keys_in_use: set[str] = set()

    def all(self, prefix: str) -> list[Json]:
        """Return all objects of a kind, oldest first."""
        return list(self._objects[prefix])

    def find(self, key: str) -> Json | None:
        """Return the object with this id, or None."""
        collection = self._objects.get(key.partition("_")[0])
        return collection.get(key) if collection is not None else None

    def get(self, prefix: str, key: str, param: str = "id") -> Json:
        """Return the object with this id.

        Raises:
            StripeError: 404 if there is no such object.
        """
        found = self._objects[prefix].get(key)
        if found is None:
            raise no_such(KINDS[prefix], key, param)
        return found

    def put(self, change: Change, item: Json) -> Json:
        """Store an object, new or changed."""
        self._objects[item["id"].partition("_")[0]].put(change.writes, item["id"], item)
        return item

    def clear(self) -> None:
        """Delete all objects and their private data."""
        for collection in self._objects.values():
            collection.clear()
        self.replies.clear()
        self.private.clear()

    def keep_private(self, change: Change, owner: Json, facts: Json) -> None:
        """Store data about an object that the API does not return."""
        self.private.put(change.writes, owner["id"], facts)

    def private_of(self, key: str) -> Json:
        """Return the stored data about an object that the API does not return. It may be empty."""
        return self.private.get(key) or {}

    def money_view(self) -> list[dict[str, Any]]:
        """Return the amounts paid, refunded and disputed for each payment, in cents."""
        return [self._money_of(intent) for intent in self.all("pi")]

    def _money_of(self, intent: Json) -> dict[str, Any]:
        charge = self.find(intent["latest_charge"] or "") or {}
        disputes = [d for d in self.all("dp") if d["payment_intent"] == intent["id"]]
        sessions = [s["id"] for s in self.all("cs") if s["payment_intent"] == intent["id"]]
        return {
            "payment_intent": intent["id"],
            "checkout_session": sessions[0] if sessions else None,
            "status": intent["status"],
            "currency": intent["currency"],
            "amount": intent["amount"],
            "amount_received": intent["amount_received"],
            "amount_refunded": charge.get("amount_refunded", 0),
            "disputes": [
                {"id": d["id"], "amount": d["amount"], "status": d["status"]} for d in disputes
            ],
            "metadata": intent["metadata"],
            "created": intent["created"],
        }


def new_id(prefix: str) -> str:
    """Return a new id in Stripe's format: a prefix, then random letters and digits."""
    middle = "_test_" if prefix == "cs" else "_"
    return f"{prefix}{middle}{secrets.token_hex(12)}"
