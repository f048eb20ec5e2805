"""The media files of a message (MMS): the list of them, and their content.

Twilio keeps copies of the files and names them by addresses of its own.
"""

from base64 import b64decode

from simulator.clock import rfc2822
from simulator.edge import Call, Reply
from simulator.twilio import message_rows
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import Message, TwilioAccount
from simulator.twilio.paging import Page, PageRequest, reply_2010
from simulator.twilio.state import Twilio

PICTURE_TYPE = "image/jpeg"
PICTURE = b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////"
    "////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
"""The content of every file: one small picture."""


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


def content(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return a file of a message: always the same picture of one pixel.

    Raises:
        TwilioError: 20404 if there is no such file.
    """
    message = message_rows.find(twilio.store, account.sid, call.match["sid"])
    sids = [_sid(message, n) for n in range(len(message.media_urls))] if message else []
    if call.match["media"] not in sids:
        raise TwilioError(20404, call.path)
    return Reply(200, PICTURE, PICTURE_TYPE)


def path_of(message: Message, position: int) -> str:
    """Return the path of a file of a message."""
    folder = f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}/Media"
    return f"{folder}/{_sid(message, position)}"


def _sid(message: Message, position: int) -> str:
    return f"ME{message.sid[2:30]}{position:04x}"


def _view(message: Message, position: int) -> dict[str, object]:
    created = rfc2822(message.requested_at)
    return {
        "sid": _sid(message, position),
        "account_sid": message.account_sid,
        "parent_sid": message.sid,
        "content_type": PICTURE_TYPE,
        "date_created": created,
        "date_updated": created,
        "uri": f"{path_of(message, position)}.json",
    }
