"""Validate a client's request to create a message as Twilio does."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from simulator.clock import now_ms
from simulator.forms import Form
from simulator.twilio import phones, senders
from simulator.twilio.errors import TwilioError
from simulator.twilio.magic import ACCEPTED_FROM, REFUSED_FROM, REFUSED_TO
from simulator.twilio.models import Service, TwilioAccount
from simulator.twilio.numbers import is_web_url
from simulator.twilio.smart_encoding import smart_encode
from simulator.twilio.state import Twilio

MAX_BODY = 1600
MAX_MEDIA = 10
MAX_VALIDITY_S = 36_000
SCHEDULE_FROM_MS = 300 * 1000
SCHEDULE_UNTIL_MS = 35 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A valid request to create a message.

    Attributes:
        sender: E.164. None if the service picks the sender later.
        body: The body to send. With Smart Encoding, look-alikes of GSM-7 characters are replaced.
        status_callback: Callback URL in the request, else that of the service, else None.
        send_at: Milliseconds since the epoch. None is now.
    """

    to_number: str
    sender: str | None
    service_sid: str | None
    body: str
    media_urls: tuple[str, ...]
    status_callback: str | None
    send_at: int | None

    @property
    def initial_status(self) -> str:
        """The status of the message in the response to the create request."""
        if self.send_at is not None:
            return "scheduled"
        return "accepted" if self.service_sid else "queued"

    @classmethod
    def of(cls, twilio: Twilio, account: TwilioAccount, form: Form) -> Self:
        """Validate the form of a request to create a message.

        Raises:
            TwilioError: 216xx for content, sender or recipient, 217xx for the service, 351xx for
                the schedule; 21610 if the recipient has opted out.
        """
        media_urls = tuple(form.all("MediaUrl"))
        body = _body(form, media_urls)
        service = _service(twilio, account, form)
        sender = _sender(twilio, account, form, service)
        to_number = _recipient(form, sender)
        _check_options(form)
        _check_opt_out(twilio, account, to_number, sender, service)
        callback = form.get("StatusCallback") or (service.status_callback if service else None)
        return cls(
            to_number=to_number,
            sender=sender,
            service_sid=service.sid if service else None,
            body=smart_encode(body) if _is_smart(form, service) else body,
            media_urls=media_urls,
            status_callback=callback or None,
            send_at=_send_at(form, service),
        )


def _body(form: Form, media_urls: tuple[str, ...]) -> str:
    body = form.get("Body")
    if not body and not media_urls and not form.get("ContentSid"):
        raise TwilioError(21602)
    if len(body) > MAX_BODY:
        raise TwilioError(21617)
    if len(media_urls) > MAX_MEDIA:
        raise TwilioError(21623)
    if not all(is_web_url(url) for url in media_urls):
        raise TwilioError(21620)
    return body


def _is_smart(form: Form, service: Service | None) -> bool:
    """Tell whether look-alikes are replaced. The request's setting replaces that of the service."""
    if "SmartEncoded" in form:
        return form.get("SmartEncoded").lower() == "true"
    return service is not None and service.smart_encoding


def _recipient(form: Form, sender: str | None) -> str:
    asked = form.get("To")
    if not asked:
        raise TwilioError(21604)
    if asked in REFUSED_TO:
        raise TwilioError(REFUSED_TO[asked], asked)
    number = phones.normalize(asked)
    if number is None or number == sender:
        raise TwilioError(21211, asked)
    return number


def _service(twilio: Twilio, account: TwilioAccount, form: Form) -> Service | None:
    sid = form.get("MessagingServiceSid")
    if not sid:
        return None
    service = twilio.services.get(sid)
    if service is None or service.account_sid != account.sid:
        raise TwilioError(21705, sid)
    if not service.pool:
        raise TwilioError(21704)
    return service


def _sender(
    twilio: Twilio, account: TwilioAccount, form: Form, service: Service | None
) -> str | None:
    sender = form.get("From")
    if not sender:
        if service is None:
            raise TwilioError(21603)
        return None
    if sender in REFUSED_FROM:
        raise TwilioError(REFUSED_FROM[sender], sender)
    if sender == ACCEPTED_FROM:
        return sender
    if phones.normalize(sender) is None:
        raise TwilioError(21212, sender)
    if not senders.may_send_from(twilio, account, sender):
        raise TwilioError(21606, sender)
    if service is not None and twilio.owned[sender].sid not in service.pool:
        raise TwilioError(21703)
    return sender


def _check_options(form: Form) -> None:
    callback = form.get("StatusCallback")
    if callback and not is_web_url(callback):
        raise TwilioError(21609, callback)
    validity = form.get("ValidityPeriod", "1")
    if not validity.isdigit() or not 1 <= int(validity) <= MAX_VALIDITY_S:
        raise TwilioError(21624)


def _check_opt_out(
    twilio: Twilio,
    account: TwilioAccount,
    to_number: str,
    sender: str | None,
    service: Service | None,
) -> None:
    """Refuse a text to an opted-out person, unless the service accepts it and fails it later."""
    if service is not None:
        scope = service.sid
        at_once = twilio.behaviour.opt_out == "sync"
    else:
        number = twilio.owned.get(sender or "")
        scope = senders.scope_of(number) if number else ""
        at_once = True
    if at_once and senders.is_opted_out(twilio, account.sid, scope, to_number):
        raise TwilioError(21610)


def _send_at(form: Form, service: Service | None) -> int | None:
    """Return the time at which to send a scheduled message: 5 minutes to 35 days from now."""
    if form.get("ScheduleType") != "fixed":
        return None
    if service is None:
        raise TwilioError(35118)
    if not form.get("SendAt"):
        raise TwilioError(35111)
    try:
        moment = datetime.fromisoformat(form.get("SendAt"))
    except ValueError:
        raise TwilioError(35114) from None
    at = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    if not SCHEDULE_FROM_MS <= at - now_ms() + 1000 <= SCHEDULE_UNTIL_MS:
        raise TwilioError(35114)
    return at
