"""Build requests as Twilio and Stripe send them, signed with the official libraries."""

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID, uuid4

import orjson
from twilio.request_validator import RequestValidator

from servicekit.callbacks import CallbackNames
from servicekit.ids import new_id
from tests.fixtures.running import INTERNAL_KEY_TEXT, STRIPE_WEBHOOK_SECRET

PUBLIC_URL = "https://hooks.example.test"
FORM_TYPE = "application/x-www-form-urlencoded"

STATUS = "/api/webhooks/twilio-status"
STATUS_403 = "/api/webhooks/twilio/status"
INCOMING = "/api/webhooks/twilio-incoming"
COMPLIANCE = "/api/webhooks/twilio-compliance"
STRIPE = "/api/webhooks/stripe"

Pairs = Sequence[tuple[str, str]]


def new_sid(prefix: str) -> str:
    """Return a new random SID that begins with `prefix`."""
    return prefix + uuid4().hex


@dataclass
class TwilioAccount:
    """An organisation's Twilio account.

    `tokens` are the auth tokens that messaging returns for it. The first one signs requests.
    """

    org_id: UUID = field(default_factory=new_id)
    sid: str = field(default_factory=lambda: new_sid("AC"))
    tokens: list[str] = field(default_factory=lambda: [uuid4().hex])

    def sign(self, target: str, pairs: Pairs = (), base: str = PUBLIC_URL) -> str:
        """Return the signature of a request to `target`."""
        form: dict[str, list[str]] = {}
        for name, value in pairs:
            form.setdefault(name, []).append(value)
        return str(RequestValidator(self.tokens[0]).compute_signature(base + target, _Multi(form)))


class _Multi(dict[str, list[str]]):
    """Form fields with repeated names, in the form that Twilio's library expects."""

    def getall(self, name: str) -> list[str]:
        return self[name]


@dataclass(frozen=True)
class Request:
    """A POST request, as a provider sends it."""

    target: str
    body: bytes
    headers: dict[str, str]


def form_call(account: TwilioAccount, target: str, pairs: Pairs) -> Request:
    """Return a signed request with a form."""
    headers = {"Content-Type": FORM_TYPE, "X-Twilio-Signature": account.sign(target, pairs)}
    return Request(target, urlencode(pairs).encode(), headers)


def message_target(account: TwilioAccount, message_id: UUID, path: str = STATUS) -> str:
    """Return the path of the callbacks about one message of `account`."""
    key = base64.b64decode(INTERNAL_KEY_TEXT)
    return f"{path}/{CallbackNames(key).name(account.sid, message_id)}"


def status_pairs(account: TwilioAccount, **changed: str) -> Pairs:
    """Return the form fields of a status callback."""
    sid = changed.pop("MessageSid", new_sid("SM"))
    fields = {
        "ApiVersion": "2010-04-01",
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "AccountSid": account.sid,
        "From": "+14155550100",
        "To": "+14155550123",
        **changed,
    }
    return list(fields.items())


def incoming_pairs(account: TwilioAccount, **changed: str) -> Pairs:
    """Return the form fields of an incoming message."""
    sid = changed.pop("MessageSid", new_sid("SM"))
    fields = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": account.sid,
        "From": "+14155550123",
        "To": "+14155550100",
        "Body": "STOP",
        "NumMedia": "0",
        "NumSegments": "1",
        **changed,
    }
    return list(fields.items())


def json_call(account: TwilioAccount, content: object, target: str = COMPLIANCE) -> Request:
    """Return a request with signed JSON, whose URL contains the body's hash."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    target = f"{target}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": account.sign(target)}
    return Request(target, body, headers)


def compliance_event(account: TwilioAccount, **changed: object) -> dict[str, object]:
    """Return a CloudEvent about a registration."""
    return {
        "specversion": "1.0",
        "type": "com.twilio.messaging.compliance.brand-registration.brand-registered",
        "id": str(uuid4()),
        "data": {"accountsid": account.sid, "brandsid": new_sid("BN")},
        **changed,
    }


def stripe_event(**changed: object) -> dict[str, object]:
    """Return a new Stripe event as a JSON object."""
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": "customer.created",
        "livemode": False,
        "data": {"object": {"id": "cus_1"}},
        **changed,
    }


def stripe_signature(body: bytes, at: float, secret: str = STRIPE_WEBHOOK_SECRET) -> str:
    """Return the ``v1`` signature of `body` at the time `at`, as in Stripe's header."""
    return hmac.new(secret.encode(), f"{int(at)}.".encode() + body, hashlib.sha256).hexdigest()


def stripe_call(content: object, header: str | None = None) -> Request:
    """Return a signed request with an event. `header` replaces the signature, if given."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    now = time.time()
    signature = header if header is not None else f"t={int(now)},v1={stripe_signature(body, now)}"
    return Request(
        STRIPE, body, {"Content-Type": "application/json", "Stripe-Signature": signature}
    )
