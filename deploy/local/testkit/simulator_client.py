"""A client of the simulator: acts as people with phones and cards, and reads what was recorded.

It uses the simulator's control API.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from deploy.local.mailed import token_to

_TIMEOUT = 30.0
_MESSAGE_ID = re.compile(r"/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[\w-]+(?:#|$)")
_CARD = "4242 4242 4242 4242"
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class ProviderText:
    """A text of ours that the provider accepted.

    `message_id` is the platform's own id, taken from the callback URL. `sender` is the number that
    the provider chose, or None if it has not chosen yet. `at` is in milliseconds since the epoch.
    """

    id: int
    sid: str
    message_id: UUID | None
    sender: str | None
    to: str
    body: str
    status: str
    error_code: int | None
    segments: int
    at: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request to send a text, accepted or not. `at` is in milliseconds since the epoch."""

    to: str
    at: int
    status: int


class SimulatorClient:
    """Acts as people, and reads what the simulator has recorded for the providers."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=_TIMEOUT)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def pay_at(self, session_url: str) -> None:
        """Open a checkout page and press its Pay button, as a person would.

        Raises httpx.HTTPStatusError if there is no such page or it refuses the card.
        """
        self._http.get(session_url).raise_for_status()
        paid = self._http.post(session_url, data={"card": _CARD, "action": "pay"})
        if not paid.is_redirect:
            raise httpx.HTTPStatusError("the card was refused", request=paid.request, response=paid)

    def text(self, sender: str, to: str, body: str, seconds_ago: int = 0) -> None:
        """Let a person text one of our phone numbers.

        The provider received the text `seconds_ago`.
        """
        asked = {"from": sender, "to": to, "body": body, "secondsAgo": seconds_ago}
        self._post("/sim/inbound", asked)

    def mailed_token(self, address: str) -> str | None:
        """Return the token of the latest link that was mailed to an email address, or None."""
        return token_to(address, self._get("/sim/outbox", recipient=address))

    def misbehave(self, *faults: Mapping[str, Any], seed: int = 7) -> None:
        """Replace the simulator's faults. Without any, the providers work normally again."""
        self._post("/sim/faults", {"faults": list(faults), "seed": seed})

    def set_clock(self, ahead_seconds: float) -> None:
        """Set the providers' clock ahead of the machine's clock (behind it if negative)."""
        self._post("/sim/behaviour", {"clock_ahead_ms": round(ahead_seconds * 1000)})

    def is_quiet(self) -> bool:
        """Tell whether all messages have a final status and no callback is waiting to be sent."""
        health = self._get("/sim/health")
        return not (health["callbacks_pending"] or health["messages_in_flight"])

    def texts(self, account_sid: str, since_id: int = 0) -> Sequence[ProviderText]:
        """Return the texts that the provider accepted from an account, oldest first."""
        rows = self._messages(account_sid, since_id)
        return [_text(row) for row in rows if row["direction"] == "outbound-api"]

    def attempts(self, account_sid: str) -> Sequence[Attempt]:
        """Return all requests of an account to send a text."""
        path = f"/2010-04-01/Accounts/{account_sid}/Messages.json"
        rows = self._get("/sim/record/requests", path_prefix=path, limit=_MANY)["requests"]
        return [
            Attempt(row["params"]["To"], row["at"], row["status"])
            for row in rows
            if row["method"] == "POST"
        ]

    def payments(self, session_id: str) -> Sequence[Mapping[str, Any]]:
        """Return the amounts paid, refunded and disputed for a checkout session."""
        rows: list[Mapping[str, Any]] = self._get("/sim/record/payments")["payments"]
        return [row for row in rows if row["checkout_session"] == session_id]

    def resend_payments(self) -> None:
        """Send again every event about a payment, as a person can do in Stripe's dashboard."""
        events = {row["sid"] for row in self.callbacks() if row["provider"] == "stripe"}
        for event_id in sorted(events):
            self._post(f"/sim/stripe/resend/{event_id}", {})

    def callbacks(self) -> Sequence[Mapping[str, Any]]:
        """Return every attempt to deliver a webhook."""
        rows: list[Mapping[str, Any]] = self._get("/sim/record/callbacks", limit=_MANY)["callbacks"]
        return rows

    def _messages(self, account_sid: str, since_id: int) -> list[dict[str, Any]]:
        query = {"account_sid": account_sid, "since_id": str(since_id), "format": "ndjson"}
        answer = self._http.get("/sim/record/messages", params=query)
        answer.raise_for_status()
        return [json.loads(line) for line in answer.text.splitlines()]

    def _get(self, path: str, **query: str | int) -> dict[str, Any]:
        answer = self._http.get(path, params=query)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        self._http.post(path, json=body).raise_for_status()


def _text(row: Mapping[str, Any]) -> ProviderText:
    found = _MESSAGE_ID.search(row["status_callback"] or "")
    return ProviderText(
        id=row["id"],
        sid=row["sid"],
        message_id=UUID(found[1]) if found else None,
        sender=row["from"],
        to=row["to"],
        body=row["body"],
        status=row["status"],
        error_code=row["error_code"],
        segments=row["num_segments"],
        at=row["requested_at"],
    )
