"""Read Twilio's requests: check the signature, then the fields that an event needs.

Twilio's signature does not separate names from values: it stays valid if somebody moves a character
from a name to its value. So the fields must also have their usual form.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson

from servicekit.callbacks import CallbackNames
from servicekit.errors import PayloadTooLarge
from servicekit.text import UnreadableJson, read_json
from services.webhooks.domain.forms import (
    MAX_FIELDS,
    Pairs,
    TooManyFields,
    UnreadableForm,
    first_values,
    read_form,
    storable_pairs,
)
from services.webhooks.domain.twilio_signature import (
    SignedRequest,
    base_addresses,
    body_matches,
    is_signed,
)
from services.webhooks.domain.webhook import Source, Webhook, digest_of
from services.webhooks.http.errors import BadSignature, MalformedWebhook
from services.webhooks.http.requests import FORM, Call
from services.webhooks.providers.signing_tokens import SigningTokens
from services.webhooks.providers.twilio_accounts import TwilioAccount

_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_MESSAGE_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_STATUS = re.compile(r"[A-Za-z_-]{1,32}")
_EVENT_ID = re.compile(r"[!-~]{1,255}")

# The fields that we need, and their form. Other fields may have any form or be missing.
_INCOMING_SHAPE = {"MessageSid": _MESSAGE_SID}
_STATUS_SHAPE = {"MessageSid": _MESSAGE_SID, "MessageStatus": _STATUS}

# Older names of the same fields, which Twilio also sends.
_ALSO = {"MessageSid": ("SmsMessageSid", "SmsSid"), "MessageStatus": ("SmsStatus",)}

# The order of fields is not signed, so these must not appear twice with different values.
_UNAMBIGUOUS = frozenset(
    {"AccountSid", "MessageSid", "MessageStatus", "ErrorCode", "From", "To", "Body", "OptOutType"}
)


class TwilioCalls:
    """Reads Twilio's requests.

    Every method raises `BadSignature`, `MalformedWebhook`, `PayloadTooLarge`, and `Unavailable` if
    the account's tokens are not available.
    """

    def __init__(self, tokens: SigningTokens, public_url: str, names: CallbackNames) -> None:
        self._tokens = tokens
        self._names = names
        self._bases = base_addresses(public_url)

    async def incoming(self, call: Call) -> Sequence[Webhook]:
        """Read an incoming message from a signed form."""
        account, pairs = await self._signed_form(call)
        form = _shaped(pairs, _INCOMING_SHAPE)
        webhook = _webhook(Source.TWILIO_INCOMING, form["MessageSid"], call, account)
        return [replace(webhook, form=form)]

    async def status(self, call: Call) -> Sequence[Webhook]:
        """Read the new status of a message that we sent, from a signed form."""
        account, pairs = await self._signed_form(call)
        form = _shaped(pairs, _STATUS_SHAPE)
        message_id = self._message_of(call, form)
        external_id = digest_of(
            str(message_id or ""),
            form["MessageSid"],
            form["MessageStatus"],
            form.get("ErrorCode", ""),
        )
        webhook = _webhook(Source.TWILIO_STATUS, external_id, call, account)
        return [replace(webhook, message_id=message_id, form=form)]

    def _message_of(self, call: Call, form: Mapping[str, str]) -> UUID | None:
        """Return the id of the message from the URL's path.

        Raises `BadSignature` if the message is another account's.
        """
        if call.callback_name is None:
            return None
        message_id = self._names.message_of(form["AccountSid"], call.callback_name)
        if message_id is None:
            raise BadSignature
        return message_id

    async def compliance(self, call: Call) -> Sequence[Webhook]:
        """Read updates of registrations: JSON events, or the form of an older kind of callback."""
        if call.content_type == FORM:
            account, pairs = await self._signed_form(call)
            external_id = digest_of(*(text for pair in sorted(set(pairs)) for text in pair))
            return [_webhook(Source.TWILIO_COMPLIANCE, external_id, call, account)]
        events = _events(call.body)
        matches = body_matches(call.target, call.body)
        account = await self._signer(call, _account_of(events), matches)
        return [_event_webhook(event, call, account) for event in events]

    async def _signed_form(self, call: Call) -> tuple[TwilioAccount, Pairs]:
        """Return the account that signed a form, and the form's fields as storable text."""
        try:
            pairs = read_form(call.body)
        except TooManyFields:
            raise PayloadTooLarge.of(
                "body", f"must not have more than {MAX_FIELDS} fields"
            ) from None
        except UnreadableForm as error:
            raise MalformedWebhook(f"This is not what Twilio sends: {error}.") from None
        sid = first_values(pairs).get("AccountSid", "")
        account = await self._signer(call, sid, matches=True, params=pairs)
        return account, storable_pairs(pairs)

    async def _signer(
        self, call: Call, account_sid: str, matches: bool, params: Pairs = ()
    ) -> TwilioAccount:
        """Return the account `account_sid` if one of its tokens signed the request.

        Raises `BadSignature` if none did.
        """
        if not call.signature or not matches or not _ACCOUNT_SID.fullmatch(account_sid):
            raise BadSignature
        signed = SignedRequest(call.signature, call.target, params)
        account = await self._tokens.get(account_sid)
        if account is not None and is_signed(signed, account.tokens, self._bases):
            return account
        # The tokens may have changed since they were cached.
        account = await self._tokens.refetch(account_sid)
        if account is not None and is_signed(signed, account.tokens, self._bases):
            return account
        raise BadSignature


def _webhook(source: Source, external_id: str, call: Call, account: TwilioAccount) -> Webhook:
    return Webhook(source, external_id, call.body, call.signature, account.org_id)


def _event_webhook(event: Mapping[str, Any], call: Call, account: TwilioAccount) -> Webhook:
    external_id = event.get("id")
    if not isinstance(external_id, str) or not _EVENT_ID.fullmatch(external_id):
        raise MalformedWebhook("An event has no id.")
    if not isinstance(event.get("type"), str):
        raise MalformedWebhook("An event has no type.")
    return Webhook(
        Source.TWILIO_COMPLIANCE, external_id, orjson.dumps(event), call.signature, account.org_id
    )


def _shaped(pairs: Pairs, shape: Mapping[str, re.Pattern[str]]) -> Mapping[str, str]:
    """Return the form's fields.

    Raises `MalformedWebhook` if a field does not fit `shape` or has several values.
    """
    form = first_values(pairs)
    if any(name in _UNAMBIGUOUS and form[name] != value for name, value in pairs):
        raise MalformedWebhook("A field that can have only one value has two.")
    for name, pattern in shape.items():
        given = (form.get(known) for known in (name, *_ALSO[name]))
        form[name] = next((value for value in given if value), "")
        if not pattern.fullmatch(form[name]):
            raise MalformedWebhook(f"{name} is missing or does not look like Twilio's.")
    return form


def _events(body: bytes) -> Sequence[Mapping[str, Any]]:
    """Return the events of a JSON body, which is one event or a list."""
    try:
        content = read_json(body)
    except UnreadableJson:
        raise MalformedWebhook("The body is not JSON.") from None
    events = content if isinstance(content, list) else [content]
    if not events or not all(isinstance(event, dict) for event in events):
        raise MalformedWebhook("The body is not an event or a list of events.")
    return events


def _account_of(events: Sequence[Mapping[str, Any]]) -> str:
    """Return the account SID of all events. Empty if they differ or have none."""
    named = {_account_sid(event) for event in events}
    return named.pop() if len(named) == 1 else ""


def _account_sid(event: Mapping[str, Any]) -> str:
    data = event.get("data")
    sid = data.get("accountsid") if isinstance(data, dict) else None
    return sid if isinstance(sid, str) else ""
