"""Create an organisation on the benchmark's platform over the public API."""

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from deploy.local.mailed import token_to
from deploy.local.stack import Stack
from deploy.local.waiting import wait_for

_PASSWORD = "a-long-password-for-the-benchmark"  # noqa: S105 (of a platform that lives minutes)


_NUMBER_CENTS = 150


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation that can send, and how to call the API in its name."""

    api: httpx.Client
    simulator: str
    org_id: str
    user_id: str
    account_sid: str

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post a JSON body and return the response. Raises an error for a status of 4xx or 5xx."""
        return _json(self.api.post(path, json=body))

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Get a path and return the response. Raises an error for a status of 4xx or 5xx."""
        return _json(self.api.get(path, params=query))

    def balance(self) -> int:
        """Return the balance in cents."""
        return int(self.get("/api/billing/balance")["balanceCents"])

    def _has_more_than(self, cents: int) -> bool:
        return self.balance() > cents

    def verify(self, email: str) -> None:
        """Follow the mailed link that verifies the owner's email address."""

        def mailed() -> str | None:
            return token_to(email, _json(httpx.get(f"{self.simulator}/sim/outbox")))

        token = wait_for("the verification mail", mailed, 60)
        self.post("/api/auth/verify", {"token": token})

    def top_up(self, cents: int) -> None:
        """Pay at a checkout, and wait until the balance is credited."""
        wanted = self.balance() + cents
        while (missing := wanted - self.balance()) > 0:
            amount = max(100, min(missing, 1_000_000))
            session = self.post("/api/billing/stripe/checkout", {"amountCents": amount})
            before = self.balance()
            pay = f"{self.simulator}/sim/stripe/pay/{session['sessionId']}"
            httpx.post(pay, json={}).raise_for_status()
            wait_for("the credit", partial(self._has_more_than, before), 60)

    def import_csv(self, lines: bytes, list_id: str | None = None) -> dict[str, Any]:
        """Import a CSV file."""
        return _json(
            self.api.post(
                "/api/contacts/import",
                files={"file": ("contacts.csv", lines, "text/csv")},
                data={"listId": list_id} if list_id else {},
                timeout=600,
            )
        )


def make_tenant(stack: Stack) -> Tenant:
    """Create an organisation that can send.

    Signs up, verifies the email address, pays, and gets a Twilio subaccount, a messaging service
    and a phone number.
    """
    api = httpx.Client(base_url=stack.gateway_url, timeout=60)
    email = f"bench-{time.time_ns()}@example.com"
    session = _json(
        api.post(
            "/api/auth/register",
            json={
                "email": email,
                "password": _PASSWORD,
                "name": "Bench",
            },
        )
    )
    api.headers["Authorization"] = f"Bearer {session['accessToken']}"
    account = _json(api.post("/api/twilio/subaccount", json={}))
    _json(api.post("/api/twilio/messaging-services", json={}))
    user = session["user"]
    tenant = Tenant(
        api, str(stack.simulator_url), user["orgId"], user["id"], account["subAccountSid"]
    )
    tenant.verify(email)
    tenant.top_up(_NUMBER_CENTS)
    tenant.post("/api/twilio/numbers/provision", {"quantity": 1})
    return tenant


def _json(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise RuntimeError(f"{answer.request.url.path}: {answer.status_code} {answer.text}")
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found
