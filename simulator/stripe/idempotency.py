"""Verify the API key, and recognise a repeated request by its `Idempotency-Key`."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable

from simulator.clock import new_sid
from simulator.edge import Call, Handler, Reply
from simulator.stripe.errors import StripeError
from simulator.stripe.state import API_VERSION, Stripe

StripeHandler = Callable[[Stripe, Call], Reply]
MAX_KEY = 255


def endpoint(stripe: Stripe, handler: StripeHandler) -> Handler:
    """Return a handler that verifies the API key, and runs `handler` once per `Idempotency-Key`."""

    def guarded(call: Call) -> Reply:
        _authenticate(stripe, call)
        call.account_sid = "stripe"
        key = call.headers.get("Idempotency-Key", "")
        if call.method == "POST" and key:
            reply = _once(stripe, handler, call, key)
        else:
            reply = handler(stripe, call)
        reply.headers["Request-Id"] = new_sid("req_")[:18]
        reply.headers["Stripe-Version"] = call.headers.get("Stripe-Version", API_VERSION)
        return reply

    return guarded


def _authenticate(stripe: Stripe, call: Call) -> None:
    scheme, _, credentials = call.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            credentials = base64.b64decode(credentials).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            credentials = ""
    expected = stripe.settings.stripe_secret_key
    if not hmac.compare_digest(credentials.encode(), expected.encode()):
        raise StripeError("Invalid API Key provided.", status=401)


def _once(stripe: Stripe, handler: StripeHandler, call: Call, key: str) -> Reply:
    """Run the handler, or return the earlier response to the same request.

    Raises:
        StripeError: 400 `idempotency_error` if another request used the same key; 409 while the
            first request is not answered.
    """
    if len(key) > MAX_KEY:
        raise StripeError("Idempotency keys have at most 255 characters.")
    if key in stripe.keys_in_use:
        raise StripeError(
            "There is another request in progress with this idempotency key.",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )
    fingerprint = hashlib.sha256(call.path.encode() + b"\n" + call.body).hexdigest()
    stored = stripe.replies.get(key)
    if stored is not None:
        return _replay(stored, fingerprint)
    stripe.keys_in_use.add(key)
    call.on_done.append(lambda: stripe.keys_in_use.discard(key))
    reply = handler(stripe, call)
    answer = {"fingerprint": fingerprint, "status": reply.status, "body": reply.body.decode()}
    stripe.replies.put(call.writes, key, answer)
    return reply


def _replay(stored: dict[str, str | int], fingerprint: str) -> Reply:
    if stored["fingerprint"] != fingerprint:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were "
            "first used with.",
            kind="idempotency_error",
        )
    headers = {"Idempotent-Replayed": "true"}
    return Reply(int(stored["status"]), str(stored["body"]).encode(), headers=headers)
