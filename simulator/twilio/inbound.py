"""Receive people's texts: store them, apply STOP, and post them to the customer's webhook."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from simulator.clock import now_ms
from simulator.forms import encode_form
from simulator.outbound import Delivery, Outbound, Outcome
from simulator.store import Write
from simulator.twilio import media, message_rows, phones, senders
from simulator.twilio.callbacks import should_retry, signed_headers
from simulator.twilio.inventory import AREA_CODES
from simulator.twilio.keywords import recognise
from simulator.twilio.lifecycle import Lifecycle
from simulator.twilio.message_rows import new_message_sid
from simulator.twilio.models import Message, Number
from simulator.twilio.segments import count_segments
from simulator.twilio.signature import sign, without_fragment
from simulator.twilio.state import Twilio

FREE = "0.00000"
"""Price of the opt-out engine's own replies, which Twilio does not bill."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """The webhook for inbound texts: URL, method, and a fallback to call if the URL fails."""

    url: str
    method: str
    fallback_url: str
    fallback_method: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a person sends.

    Attributes:
        opt_out_type: Value for `OptOutType` of the webhook. None means that the body decides.
        at_ms: Time at which Twilio received the text, milliseconds since the epoch. None is now.
    """

    from_number: str
    to_number: str
    body: str
    media_urls: tuple[str, ...] = ()
    opt_out_type: str | None = None
    at_ms: int | None = None


class Inbound:
    """Receives texts from people.

    Args:
        twilio: Contains the numbers, services and opt-outs.
        lifecycle: Sends the replies.
        outbound: Posts to webhooks.
    """

    def __init__(self, twilio: Twilio, lifecycle: Lifecycle, outbound: Outbound) -> None:
        self._twilio = twilio
        self._lifecycle = lifecycle
        self._outbound = outbound

    async def receive(self, text: Text) -> Message:
        """Store a text, queue its webhook, and return when the text is committed.

        Raises:
            KeyError: No account has the phone number that the text is sent to.
        """
        number = self._twilio.owned[text.to_number]
        message = _message(self._twilio, number, text)
        writes = [message_rows.insertion(message)]
        replies, opt_out_type = self._apply_keyword(writes, number, message)
        await self._twilio.store.commit(writes)
        for reply in replies:
            self._lifecycle.begin(reply)
        if self._twilio.behaviour.advanced_opt_out or text.opt_out_type:
            opt_out_type = text.opt_out_type or opt_out_type
        else:
            opt_out_type = None
        webhook = _webhook(self._twilio, number)
        if webhook is not None:
            self._post(message, inbound_params(message, opt_out_type), webhook)
        return message

    def _apply_keyword(
        self, writes: list[Write], number: Number, message: Message
    ) -> tuple[list[Message], str | None]:
        """Apply STOP, START or HELP. Return the replies, and the keyword's kind or None."""
        toll_free = phones.is_toll_free(number.phone_number)
        keyword = recognise(message.body, toll_free=toll_free)
        if keyword is None:
            return [], None
        recipient = message.from_number or ""
        scope = senders.scope_of(number)
        blocked = senders.is_opted_out(self._twilio, number.account_sid, scope, recipient)
        if keyword.kind == "HELP" and blocked:
            return [], keyword.kind
        if keyword.kind == "STOP":
            senders.opt_out(self._twilio, writes, number, recipient)
        if keyword.kind == "START":
            senders.opt_in(self._twilio, writes, number, recipient)
        reply = _reply(self._twilio, message, keyword.reply)
        reply.price = FREE
        writes.append(message_rows.insertion(reply))
        return [reply], keyword.kind

    def _post(self, message: Message, params: dict[str, str], webhook: Webhook) -> None:
        def done(delivery: Delivery, outcome: Outcome) -> None:
            if should_retry(delivery, outcome, webhook.url):
                self._outbound.retry(delivery)
            elif outcome.ok:
                self._send_replies(message, outcome)
            elif outcome.error != "lost" and webhook.fallback_url:
                fallback = Webhook(webhook.fallback_url, webhook.fallback_method, "", "")
                self._post(message, {**params, "ErrorCode": "11200"}, fallback)

        token = self._twilio.account(message.account_sid).auth_token
        url, _ = without_fragment(webhook.url)
        form = encode_form(params)
        is_get = webhook.method.upper() == "GET"
        if is_get:
            url += ("&" if "?" in url else "?") + form
        signature = sign(token, url, () if is_get else params.items())
        self._outbound.submit(
            Delivery(
                provider="twilio",
                sid=message.sid,
                url=url,
                body=None if is_get else form.encode(),
                headers=signed_headers(signature),
                done=done,
            )
        )

    def _send_replies(self, message: Message, outcome: Outcome) -> None:
        """Send the replies that the TwiML in the webhook's response contains."""
        replies = [_reply(self._twilio, message, body) for body in twiml_replies(outcome.body)]
        if not replies:
            return
        self._twilio.store.enqueue([message_rows.insertion(reply) for reply in replies])
        for reply in replies:
            asyncio.get_running_loop().call_soon(self._lifecycle.begin, reply)


def inbound_params(message: Message, opt_out_type: str | None) -> dict[str, str]:
    """Return the parameters of an inbound webhook, as Twilio documents them."""
    params = {
        "ToCountry": phones.country(message.to_number),
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(message.media_urls)),
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "Body": message.body,
        "FromCountry": phones.country(message.from_number or ""),
        "To": message.to_number,
        "NumSegments": str(message.num_segments),
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.from_number or "",
        "ApiVersion": "2010-04-01",
        **_place("From", message.from_number or ""),
        **_place("To", message.to_number),
    }
    if message.messaging_service_sid:
        params["MessagingServiceSid"] = message.messaging_service_sid
    for position in range(len(message.media_urls)):
        params[f"MediaUrl{position}"] = f"https://api.twilio.com{media.path_of(message, position)}"
        params[f"MediaContentType{position}"] = media.PICTURE_TYPE
    if opt_out_type:
        params["OptOutType"] = opt_out_type
    return params


def twiml_replies(body: bytes) -> Sequence[str]:
    """Return the texts of the `<Message>` elements in a TwiML response. There may be none."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - from the customer of a simulator on loopback
    except ET.ParseError:
        return ()
    found = []
    for element in root.iter("Message"):
        inner = element.find("Body")
        text = (inner if inner is not None else element).text
        if text and text.strip():
            found.append(text.strip())
    return found


def _message(twilio: Twilio, number: Number, text: Text) -> Message:
    row = twilio.store.next_id("messages")
    at = now_ms() if text.at_ms is None else text.at_ms
    return Message(
        id=row,
        sid=new_message_sid(row, "MM" if text.media_urls else "SM"),
        account_sid=number.account_sid,
        direction="inbound",
        from_number=text.from_number,
        to_number=number.phone_number,
        body=text.body,
        messaging_service_sid=number.service_sid,
        status_callback=None,
        status="received",
        num_segments=count_segments(text.body),
        requested_at=at,
        updated_at=at,
        media_urls=text.media_urls,
        sent_at=at,
    )


def _reply(twilio: Twilio, inbound: Message, body: str) -> Message:
    row, at = twilio.store.next_id("messages"), now_ms()
    return Message(
        id=row,
        sid=new_message_sid(row, "SM"),
        account_sid=inbound.account_sid,
        direction="outbound-reply",
        from_number=inbound.to_number,
        to_number=inbound.from_number or "",
        body=body,
        messaging_service_sid=inbound.messaging_service_sid,
        status_callback=None,
        status="queued",
        num_segments=count_segments(body),
        requested_at=at,
        updated_at=at,
    )


def _webhook(twilio: Twilio, number: Number) -> Webhook | None:
    """Return the webhook of the phone number or of its service, or None if neither has a URL."""
    service = twilio.services.get(number.service_sid or "")
    if service is None or service.use_inbound_webhook_on_number:
        urls = number.urls
        webhook = Webhook(
            urls.get("sms_url", ""),
            urls.get("sms_method", "POST"),
            urls.get("sms_fallback_url", ""),
            urls.get("sms_fallback_method", "POST"),
        )
    else:
        webhook = Webhook(
            service.inbound_request_url or "",
            service.inbound_method,
            service.fallback_url or "",
            service.fallback_method,
        )
    return webhook if webhook.url else None


def _place(prefix: str, number: str) -> dict[str, str]:
    known = {**AREA_CODES["US"], **AREA_CODES["CA"]}
    city, state, postal_code = known.get(number[2:5], ("", "", ""))
    return {
        f"{prefix}City": city.upper(),
        f"{prefix}State": state,
        f"{prefix}Zip": postal_code,
    }
