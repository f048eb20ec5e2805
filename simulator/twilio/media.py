"""The media of a message: a list of its files, which is a resource of its own."""

from simulator.clock import rfc2822
from simulator.edge import Call, Reply
from simulator.twilio import message_rows
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import Message, TwilioAccount
from simulator.twilio.paging import Page, PageRequest, reply_2010
from simulator.twilio.state import Twilio


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the files of a message.

    Raises:
        TwilioError: 20404 if there is no such message.
    """
    message = message_rows.find(twilio.store, account.sid, call.match["sid"])
    if message is None:
        raise TwilioError(20404, call.path)
    request = PageRequest.of(call)
    files = [_view(message, position) for position in range(len(message.media_urls))]
    return reply_2010(call, "media_list", Page(request, files, None), dict)


def _view(message: Message, position: int) -> dict[str, object]:
    sid = f"ME{message.sid[2:30]}{position:04x}"
    folder = f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}/Media"
    created = rfc2822(message.requested_at)
    return {
        "sid": sid,
        "account_sid": message.account_sid,
        "parent_sid": message.sid,
        "content_type": "image/jpeg",
        "date_created": created,
        "date_updated": created,
        "uri": f"{folder}/{sid}.json",
    }
