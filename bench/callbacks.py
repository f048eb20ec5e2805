"""Make signed status callbacks, like those of Twilio, before the measurement."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

import httpx
import psycopg

from bench import load
from bench.tenant import Tenant
from deploy.local.stack import Stack
from servicekit.callbacks import CallbackNames


def signed_callbacks(stack: Stack, tenant: Tenant, count: int) -> list[bytes]:
    """Return ``count`` callbacks, two for each dispatched message.

    The callbacks with the status "sent" come first, then those with the status "delivered".
    """
    secrets = stack.secrets
    account = httpx.get(
        f"{tenant.simulator}/api.twilio.com/2010-04-01/Accounts/{tenant.account_sid}.json",
        auth=(secrets.twilio_account_sid, secrets.twilio_auth_token),
    ).json()
    with psycopg.connect(stack.database_urls["messaging"]) as connection:
        connection.execute("SELECT set_config('app.scope', 'system', false)")
        rows = connection.execute(
            "SELECT id, provider_sid, to_number FROM sms_messages"
            " WHERE org_id = %s AND provider_sid IS NOT NULL ORDER BY id LIMIT %s",
            (tenant.org_id, count // 2),
        ).fetchall()
    sender = _Sender(
        stack.webhooks_url,
        tenant.account_sid,
        account["auth_token"].encode(),
        CallbackNames(base64.b64decode(secrets.internal_token_key)),
    )
    return [
        sender.callback(row, status, by_name=number % 2 == 0)
        for status in ("sent", "delivered")
        for number, row in enumerate(rows)
    ]


@dataclass(frozen=True, slots=True)
class _Sender:
    """Builds signed callbacks as Twilio does for one account."""

    base: str
    account_sid: str
    token: bytes
    names: CallbackNames

    def callback(self, message: tuple[UUID, str, str], status: str, by_name: bool) -> bytes:
        """Return a signed callback, ready to be sent.

        With ``by_name``, its URL contains the message's id. Otherwise its URL is the one in the
        specification of the SMS history, which has no id.
        """
        message_id, sid, to = message
        path = "/api/webhooks/twilio/status"
        if by_name:
            path = f"/api/webhooks/twilio-status/{self.names.name(self.account_sid, message_id)}"
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "From": "+14155550100",
            "MessageSid": sid,
            "MessageStatus": status,
            "SmsSid": sid,
            "SmsStatus": status,
            "To": to,
        }
        signed = self.base + path + "".join(f"{name}{form[name]}" for name in sorted(form))
        digest = hmac.new(self.token, signed.encode(), hashlib.sha1).digest()
        signature = base64.b64encode(digest).decode()
        return load.post(path, urlencode(form).encode(), {"X-Twilio-Signature": signature})
