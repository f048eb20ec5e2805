"""Postal addresses of Twilio accounts, which registrations refer to."""

from typing import Any

from simulator.clock import new_sid, now_ms, rfc2822
from simulator.edge import Call, Reply, json_reply
from simulator.twilio.a2p.models import Address
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import TwilioAccount
from simulator.twilio.paging import Page, reply_2010
from simulator.twilio.state import Twilio

REQUIRED = {
    "CustomerName": "customer_name",
    "Street": "street",
    "City": "city",
    "Region": "region",
    "PostalCode": "postal_code",
    "IsoCountry": "iso_country",
}
OPTIONAL = {"FriendlyName": "friendly_name", "StreetSecondary": "street_secondary"}


def view(address: Address) -> dict[str, Any]:
    """Return an address as the API shows it."""
    return {
        "sid": address.sid,
        "account_sid": address.account_sid,
        **{name: address.fields.get(name) for name in (REQUIRED | OPTIONAL).values()},
        "friendly_name": address.fields.get("friendly_name", ""),
        "emergency_enabled": False,
        "validated": False,
        "verified": False,
        "date_created": rfc2822(address.created_ms),
        "date_updated": rfc2822(address.updated_ms),
        "uri": f"/2010-04-01/Accounts/{address.account_sid}/Addresses/{address.sid}.json",
    }


def create(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Store an address.

    Raises:
        TwilioError: 20001 if a part is missing.
    """
    if not all(call.form.get(name) for name in REQUIRED):
        raise TwilioError(20001)
    at = now_ms()
    address = Address(new_sid("AD"), account.sid, _fields(call), at, at)
    twilio.a2p.addresses.put(call.writes, address.sid, address)
    return json_reply(view(address), 201)


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return an account's addresses. The request can filter by name."""
    name = call.query.optional("FriendlyName")
    found = [
        address
        for address in twilio.a2p.addresses
        if address.account_sid == account.sid
        and name in (None, address.fields.get("friendly_name"))
    ]
    return reply_2010(call, "addresses", Page.cut(call, found), view)


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the account's address that the path names."""
    return json_reply(view(_address(twilio, account, call)))


def update(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Change the address that the path names, except its country."""
    address = _address(twilio, account, call)
    address.fields |= {k: v for k, v in _fields(call).items() if k != "iso_country"}
    address.updated_ms = now_ms()
    twilio.a2p.addresses.put(call.writes, address.sid, address)
    return json_reply(view(address))


def _fields(call: Call) -> dict[str, str]:
    names = (REQUIRED | OPTIONAL).items()
    return {name: call.form.get(parameter) for parameter, name in names if parameter in call.form}


def _address(twilio: Twilio, account: TwilioAccount, call: Call) -> Address:
    address = twilio.a2p.addresses.get(call.match["sid"])
    if address is None or address.account_sid != account.sid:
        raise TwilioError(20404, call.path)
    return address
