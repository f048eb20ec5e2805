"""Buy, list, configure and release the phone numbers of an account."""

import re
from typing import Any

from simulator.clock import new_sid, now_ms, rfc2822
from simulator.edge import Call, Reply, json_reply
from simulator.forms import Form
from simulator.store import Write
from simulator.twilio import phones
from simulator.twilio.errors import TwilioError
from simulator.twilio.inventory import first_free, is_free
from simulator.twilio.magic import REFUSED_PURCHASE
from simulator.twilio.models import Number, TwilioAccount
from simulator.twilio.paging import Page, reply_2010
from simulator.twilio.state import Twilio

URL_PARAMETERS = {
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "SmsApplicationSid": "sms_application_sid",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
}
UNSET: dict[str, str | None] = {
    **{name: "POST" if name.endswith("method") else "" for name in URL_PARAMETERS.values()},
    "voice_url": None,
    "voice_fallback_url": None,
}


def view(number: Number) -> dict[str, Any]:
    """Return a number as the API shows it."""
    return {
        "sid": number.sid,
        "account_sid": number.account_sid,
        "phone_number": number.phone_number,
        "friendly_name": number.friendly_name,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "address_requirements": "none",
        "address_sid": None,
        "identity_sid": None,
        "bundle_sid": None,
        "trunk_sid": None,
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "type": number.kind,
        **UNSET,
        **number.urls,
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_receive_mode": "voice",
        "emergency_status": "Inactive",
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "api_version": "2010-04-01",
        "date_created": rfc2822(number.created_ms),
        "date_updated": rfc2822(number.updated_ms),
        "uri": f"/2010-04-01/Accounts/{number.account_sid}/IncomingPhoneNumbers/{number.sid}.json",
    }


def buy(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Buy the number `PhoneNumber`, or the first free number of an `AreaCode`.

    Raises:
        TwilioError: 20001 if both are missing, 21421 for an invalid number, 21422 for a taken
            number, 21451 or 21452 for an area code that has no numbers, 21402 for a bad URL.
    """
    kind = "toll-free" if call.path.endswith("/TollFree.json") else "local"
    chosen = _chosen(twilio, call.form, kind)
    at = now_ms()
    number = Number(
        sid=new_sid("PN"),
        account_sid=account.sid,
        phone_number=chosen,
        friendly_name=call.form.get("FriendlyName") or phones.national(chosen),
        created_ms=at,
        updated_ms=at,
        kind="toll-free" if phones.is_toll_free(chosen) else "local",
        urls=_urls(call.form),
    )
    twilio.put_number(call.writes, number)
    return json_reply(view(number), 201)


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return an account's numbers. Filters: a part of the number (`*` is any digit), the name."""
    part, name = call.query.get("PhoneNumber"), call.query.optional("FriendlyName")
    wanted = re.compile(re.escape(part).replace(r"\*", r"\d"))
    found = [
        number
        for number in twilio.owned.values()
        if number.account_sid == account.sid
        and wanted.search(number.phone_number)
        and name in (None, number.friendly_name)
    ]
    return reply_2010(call, "incoming_phone_numbers", Page.cut(call, found), view)


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the account's number that the path names."""
    return json_reply(view(owned_number(twilio, account, call)))


def update(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Rename a number, set its webhooks, or hand it to another account of the same owner.

    A number that moves leaves its messaging service.

    Raises:
        TwilioError: 20404 if there is no such number, 21402 for a bad URL, 21470 if the other
            account has another owner.
    """
    number = owned_number(twilio, account, call)
    urls = {**number.urls, **_urls(call.form)}
    target = call.form.get("AccountSid") or account.sid
    receiver = twilio.accounts.get(target)
    if receiver is None or receiver.owner_sid != account.owner_sid:
        raise TwilioError(21470)
    if target != account.sid:
        leave_pool(twilio, call.writes, number)
    number.urls = urls
    number.account_sid = target
    number.friendly_name = call.form.get("FriendlyName") or number.friendly_name
    number.updated_ms = now_ms()
    twilio.put_number(call.writes, number)
    return json_reply(view(number))


def release(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Release a phone number. It leaves its pool and can't be bought again."""
    number = owned_number(twilio, account, call)
    leave_pool(twilio, call.writes, number)
    number.released = True
    twilio.put_number(call.writes, number)
    return Reply(204)


def owned_number(twilio: Twilio, account: TwilioAccount, call: Call) -> Number:
    """Return the account's phone number whose SID is in the path.

    Raises:
        TwilioError: 20404 if the account has no such number.
    """
    number = twilio.numbers.get(call.match["sid"])
    if number is None or number.released or number.account_sid != account.sid:
        raise TwilioError(20404, call.path)
    return number


def leave_pool(twilio: Twilio, writes: list[Write], number: Number) -> None:
    """Remove a phone number from its messaging service, if it is in one."""
    service = twilio.services.get(number.service_sid or "")
    number.service_sid = None
    twilio.put_number(writes, number)
    if service is not None and number.sid in service.pool:
        service.pool.remove(number.sid)
        twilio.services.put(writes, service.sid, service)


def _chosen(twilio: Twilio, form: Form, kind: str) -> str:
    asked, area_code = form.get("PhoneNumber"), form.get("AreaCode")
    if asked:
        return _purchasable(twilio, asked)
    if not area_code:
        raise TwilioError(20001)
    if not (area_code.isdigit() and len(area_code) == 3 and area_code[0] not in "01"):
        raise TwilioError(21451, area_code)
    number = first_free(twilio, area_code, kind)
    if number is None:
        raise TwilioError(21452, area_code)
    return number


def _purchasable(twilio: Twilio, asked: str) -> str:
    if asked in REFUSED_PURCHASE:
        raise TwilioError(REFUSED_PURCHASE[asked], asked)
    number = phones.normalize(asked)
    if number is None:
        raise TwilioError(21421, asked)
    if not is_free(twilio, number):
        raise TwilioError(21422, asked)
    return number


def _urls(form: Form) -> dict[str, str]:
    """Return the webhook settings in a form."""
    urls = {}
    for parameter, name in URL_PARAMETERS.items():
        value = form.optional(parameter)
        if value is None:
            continue
        if value and name.endswith(("url", "callback")) and not is_web_url(value):
            raise TwilioError(21402, value)
        urls[name] = value
    return urls


def is_web_url(url: str) -> bool:
    """Tell whether Twilio accepts a webhook URL: http or https, and no underscore in the host."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    return scheme in ("http", "https") and bool(host) and "_" not in host
