"""Create, fetch, list, redact, cancel and delete messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.clock import now_ms, rfc2822
from simulator.edge import Call, Reply, json_reply
from simulator.faults import Faults
from simulator.twilio import message_rows
from simulator.twilio.errors import ERROR_MESSAGES, TwilioError
from simulator.twilio.lifecycle import Lifecycle
from simulator.twilio.message_rows import Search, new_message_sid
from simulator.twilio.models import Message, TwilioAccount
from simulator.twilio.paging import Page, PageRequest, reply_2010
from simulator.twilio.segments import count_segments
from simulator.twilio.send_request import SendRequest
from simulator.twilio.state import Twilio

FINAL = ("delivered", "undelivered", "failed", "canceled", "received", "sent")
SENDER_OPEN = ("accepted", "scheduled")
DAY = "YYYY-MM-DD"


def view(message: Message) -> dict[str, Any]:
    """Return a message as the API shows it."""
    uri = f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}"
    undecided = message.status in SENDER_OPEN
    code = message.error_code
    return {
        "sid": message.sid,
        "account_sid": message.account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "direction": message.direction,
        "from": message.from_number,
        "to": message.to_number,
        "messaging_service_sid": message.messaging_service_sid,
        "num_segments": "0" if undecided else str(message.num_segments),
        "num_media": str(len(message.media_urls)),
        "status": message.status,
        "error_code": code,
        "error_message": None if code is None else ERROR_MESSAGES.get(code, "Unknown error"),
        "price": message.price,
        "price_unit": "USD",
        "date_created": rfc2822(message.requested_at),
        "date_updated": rfc2822(message.updated_at),
        "date_sent": rfc2822(message.sent_at),
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
    }


class Messages:
    """The endpoints of messages.

    Args:
        lifecycle: Moves accepted messages through their statuses.
        faults: Faults that are set; callbacks may be sent before the answer.
    """

    def __init__(self, lifecycle: Lifecycle, faults: Faults) -> None:
        self._lifecycle = lifecycle
        self._faults = faults

    def create(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
        """Accept a message. Its status is `queued`, or with a service `accepted` or `scheduled`.

        Raises:
            TwilioError: The errors of `SendRequest.of`.
        """
        asked = SendRequest.of(twilio, account, call.form)
        number, at = twilio.store.next_id("messages"), now_ms()
        message = Message(
            id=number,
            sid=new_message_sid(number, "MM" if asked.media_urls else "SM"),
            account_sid=account.sid,
            direction="outbound-api",
            from_number=asked.sender,
            to_number=asked.to_number,
            body=asked.body,
            messaging_service_sid=asked.service_sid,
            status_callback=asked.status_callback,
            status=asked.initial_status,
            num_segments=count_segments(asked.body),
            requested_at=at,
            updated_at=at,
            media_urls=asked.media_urls,
            send_at=asked.send_at,
            request_id=call.id,
        )
        call.writes.append(message_rows.insertion(message))
        self._start(call, message)
        return json_reply(view(message), 201)

    def fetch(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
        """Return the account's message that the path names."""
        return json_reply(view(self._message(twilio, account, call)))

    def listing(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
        """List messages of an account, newest first. Filters are `To`, `From` and `DateSent`.

        A date is a day in GMT. `DateSent<` finds the messages that were sent on that day or before.
        """
        request = PageRequest.of(call)
        position = request.token.removeprefix("PA")
        search = _search(account, call, int(position) if position.isdigit() else None)
        offset = 0 if search.before_id is not None else request.number * request.size
        found = search.run(twilio.store, request.size + 1, offset)
        shown = [self._lifecycle.live.get(m.id, m) for m in found[: request.size]]
        token = f"PA{shown[-1].id}" if len(found) > request.size else None
        return reply_2010(call, "messages", Page(request, shown, token), view)

    def update(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
        """Cancel a scheduled message (`Status=canceled`) or redact its body (`Body=`).

        Raises:
            TwilioError: 30409 if a message to cancel is no longer scheduled, 20009 if the status of
                a message to redact is not final, 20001 for any other body or status.
        """
        message = self._message(twilio, account, call)
        status, body = call.form.optional("Status"), call.form.optional("Body")
        if status not in (None, "canceled") or body not in (None, ""):
            raise TwilioError(20001)
        if status is not None:
            self._cancel(call, message)
        if body is not None:
            self._redact(call, message)
        return json_reply(view(message))

    def delete(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
        """Delete a message whose status is final.

        Raises:
            TwilioError: 20009 if its status is not final.
        """
        message = self._message(twilio, account, call)
        if message.status not in FINAL:
            raise TwilioError(20009)
        call.writes.append(message_rows.deletion(message))
        return Reply(204)

    def _start(self, call: Call, message: Message) -> None:
        fault = self._faults.callbacks("twilio")
        is_early = fault.early and not fault.shuffle and message.status_callback is not None
        if is_early and message.status != "scheduled":
            call.before_answer.append(lambda: self._lifecycle.begin_early(message))
        else:
            call.after_commit.append(lambda: self._lifecycle.begin(message))

    def _cancel(self, call: Call, message: Message) -> None:
        if message.status != "scheduled":
            raise TwilioError(30409)
        self._lifecycle.cancel(call.writes, message)

    def _redact(self, call: Call, message: Message) -> None:
        if message.status not in FINAL:
            raise TwilioError(20009)
        message.body = ""
        call.writes.append(message_rows.change(message))

    def _message(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Message:
        stored = message_rows.find(twilio.store, account.sid, call.match["sid"])
        if stored is None:
            raise TwilioError(20404, call.path)
        return self._lifecycle.live.get(stored.id, stored)


def _search(account: TwilioAccount, call: Call, before_id: int | None) -> Search:
    query = call.query
    day = query.get("DateSent")[: len(DAY)]
    return Search(
        account_sid=account.sid,
        to_number=query.optional("To"),
        from_number=query.optional("From"),
        sent_from=_earliest_ms(query.get("DateSent>") or day),
        sent_until=_latest_ms(query.get("DateSent<") or day),
        before_id=before_id,
    )


def _earliest_ms(text: str) -> int | None:
    """Return the first millisecond that a date or time in a filter means."""
    return int(_moment(text).timestamp() * 1000) if text else None


def _latest_ms(text: str) -> int | None:
    """Return the last millisecond that a date or time in a filter means."""
    if len(text) != len(DAY):
        return _earliest_ms(text)
    return int((_moment(text) + timedelta(days=1)).timestamp() * 1000) - 1


def _moment(text: str) -> datetime:
    """Parse a date or a time in ISO 8601. Without a time zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioError(20001) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
