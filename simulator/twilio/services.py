"""Messaging services and their pools of phone numbers."""

from typing import Any

from simulator.clock import iso8601, new_sid, now_ms
from simulator.edge import Call, Reply, json_reply
from simulator.forms import Form
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import Number, Service, TwilioAccount
from simulator.twilio.numbers import is_web_url, leave_pool
from simulator.twilio.paging import Page, reply_v1
from simulator.twilio.phones import country
from simulator.twilio.state import Twilio

POOL_LIMIT = 400
URLS = {
    "InboundRequestUrl": "inbound_request_url",
    "FallbackUrl": "fallback_url",
    "StatusCallback": "status_callback",
}
TEXTS = {
    "InboundMethod": "inbound_method",
    "FallbackMethod": "fallback_method",
    "ScanMessageContent": "scan_message_content",
    "Usecase": "usecase",
}
SWITCHES = {
    "StickySender": "sticky_sender",
    "MmsConverter": "mms_converter",
    "SmartEncoding": "smart_encoding",
    "AreaCodeGeomatch": "area_code_geomatch",
    "FallbackToLongCode": "fallback_to_long_code",
    "SynchronousValidation": "synchronous_validation",
    "UseInboundWebhookOnNumber": "use_inbound_webhook_on_number",
}
LINKS = {
    "phone_numbers": "PhoneNumbers",
    "short_codes": "ShortCodes",
    "alpha_senders": "AlphaSenders",
    "us_app_to_person": "Compliance/Usa2p",
    "us_app_to_person_usecases": "Compliance/Usa2p/Usecases",
}


def view(twilio: Twilio, service: Service, base: str) -> dict[str, Any]:
    """Return a service as the API shows it. `base` is the host's base URL, used in links."""
    campaign = twilio.a2p.campaign_of(service.sid)
    url = f"{base}/v1/Services/{service.sid}"
    shown = [*URLS.values(), *TEXTS.values(), *SWITCHES.values(), "validity_period"]
    return {
        "sid": service.sid,
        "account_sid": service.account_sid,
        "friendly_name": service.friendly_name,
        **{name: getattr(service, name) for name in shown},
        "us_app_to_person_registered": campaign is not None and campaign.status == "VERIFIED",
        "date_created": iso8601(service.created_ms),
        "date_updated": iso8601(service.updated_ms),
        "url": url,
        "links": {key: f"{url}/{path}" for key, path in LINKS.items()},
    }


def create(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Make a messaging service.

    Raises:
        TwilioError: 20001 if the name is missing, 20002 if it is too long, 21402 for a bad URL,
            21624 if the validity period is out of range.
    """
    if not call.form.get("FriendlyName"):
        raise TwilioError(20001)
    at = now_ms()
    service = Service(new_sid("MG"), account.sid, "", at, at)
    _change(service, call.form)
    twilio.services.put(call.writes, service.sid, service)
    return json_reply(view(twilio, service, _base(call)), 201)


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return an account's messaging services."""
    found = [service for service in twilio.services if service.account_sid == account.sid]
    page = Page.cut(call, found)
    return reply_v1(call, "services", page, lambda service: view(twilio, service, _base(call)))


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the account's messaging service that the path names."""
    return json_reply(view(twilio, _service(twilio, account, call), _base(call)))


def update(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Change a messaging service.

    Raises the errors of `create`, and 20404 if there is no such service.
    """
    service = _service(twilio, account, call)
    _change(service, call.form)
    service.updated_ms = now_ms()
    twilio.services.put(call.writes, service.sid, service)
    return json_reply(view(twilio, service, _base(call)))


def delete(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Delete a messaging service. The account keeps its numbers."""
    service = _service(twilio, account, call)
    for number in _pool(twilio, service):
        leave_pool(twilio, call.writes, number)
    campaign = twilio.a2p.campaign_of(service.sid)
    if campaign is not None:
        twilio.a2p.campaigns.remove(call.writes, campaign.sid)
    twilio.services.remove(call.writes, service.sid)
    return Reply(204)


def add_number(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Put a number into the service's pool.

    Raises:
        TwilioError: 20404 if there is no such service, 30436 if there is no such number, 21710 if
            it is already in the pool, 21712 if it is in another pool, 21714 if the pool is full.
    """
    service = _service(twilio, account, call)
    number = twilio.numbers.get(call.form.get("PhoneNumberSid"))
    if number is None or number.released or number.account_sid != account.sid:
        raise TwilioError(30436)
    if number.service_sid is not None:
        raise TwilioError(21710 if number.service_sid == service.sid else 21712)
    if len(service.pool) >= POOL_LIMIT:
        raise TwilioError(21714)
    service.pool.append(number.sid)
    number.service_sid, number.pooled_ms = service.sid, now_ms()
    twilio.services.put(call.writes, service.sid, service)
    twilio.put_number(call.writes, number)
    return json_reply(_pooled_view(number, call), 201)


def list_numbers(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the numbers in the service's pool."""
    page = Page.cut(call, _pool(twilio, _service(twilio, account, call)))
    return reply_v1(call, "phone_numbers", page, lambda number: _pooled_view(number, call))


def fetch_number(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return one number of the service's pool, which the path names."""
    return json_reply(_pooled_view(_pooled(twilio, account, call), call))


def remove_number(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Take a number out of the service's pool. The account keeps the number."""
    leave_pool(twilio, call.writes, _pooled(twilio, account, call))
    return Reply(204)


def _change(service: Service, form: Form) -> None:
    """Set the fields of the service that are in the form, if all of them are valid."""
    changes = {**_url_changes(form), **_value_changes(form)}
    for name, value in changes.items():
        setattr(service, name, value)


def _url_changes(form: Form) -> dict[str, str | None]:
    changes: dict[str, str | None] = {}
    for parameter, name in URLS.items():
        url = form.optional(parameter)
        if url and not is_web_url(url):
            raise TwilioError(21402, url)
        if url is not None:
            changes[name] = url or None
    return changes


def _value_changes(form: Form) -> dict[str, str | bool | int]:
    changes: dict[str, str | bool | int] = {}
    for parameter, name in TEXTS.items():
        if parameter in form:
            changes[name] = form.get(parameter)
    for parameter, name in SWITCHES.items():
        if parameter in form:
            changes[name] = form.get(parameter).lower() == "true"
    if "FriendlyName" in form:
        changes["friendly_name"] = _name(form.get("FriendlyName"))
    if "ValidityPeriod" in form:
        changes["validity_period"] = _validity(form.get("ValidityPeriod"))
    return changes


def _name(name: str) -> str:
    if not 1 <= len(name) <= 64:
        raise TwilioError(20002)
    return name


def _validity(seconds: str) -> int:
    if not seconds.isdigit() or not 1 <= int(seconds) <= 36000:
        raise TwilioError(21624)
    return int(seconds)


def _service(twilio: Twilio, account: TwilioAccount, call: Call) -> Service:
    service = twilio.services.get(call.match["service_sid"])
    if service is None or service.account_sid != account.sid:
        raise TwilioError(20404, call.path)
    return service


def _pool(twilio: Twilio, service: Service) -> list[Number]:
    numbers = [twilio.numbers.get(sid) for sid in service.pool]
    return [number for number in numbers if number is not None]


def _pooled(twilio: Twilio, account: TwilioAccount, call: Call) -> Number:
    service = _service(twilio, account, call)
    number = twilio.numbers.get(call.match["sid"])
    if number is None or number.service_sid != service.sid:
        raise TwilioError(20404, call.path)
    return number


def _pooled_view(number: Number, call: Call) -> dict[str, Any]:
    return {
        "sid": number.sid,
        "account_sid": number.account_sid,
        "service_sid": number.service_sid,
        "phone_number": number.phone_number,
        "country_code": country(number.phone_number),
        "capabilities": ["MMS", "SMS", "Voice"],
        "date_created": iso8601(number.pooled_ms),
        "date_updated": iso8601(number.pooled_ms),
        "url": f"{_base(call)}/v1/Services/{number.service_sid}/PhoneNumbers/{number.sid}",
    }


def _base(call: Call) -> str:
    return f"{call.base_url}/{call.host}"
