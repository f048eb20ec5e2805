"""Twilio accounts: their subaccounts, balance and usage."""

import secrets
from datetime import UTC, datetime
from typing import Any

import orjson

from simulator.clock import iso8601, new_sid, now_ms, rfc2822
from simulator.edge import Call, Reply, json_reply
from simulator.store import Write
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import TwilioAccount
from simulator.twilio.paging import Page, reply_2010
from simulator.twilio.state import Twilio

STATUSES = ("active", "suspended", "closed")
SUBRESOURCES = {
    "available_phone_numbers": "AvailablePhoneNumbers",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "messages": "Messages",
    "keys": "Keys",
    "signing_keys": "SigningKeys",
    "balance": "Balance",
    "usage": "Usage",
}
USAGE = (
    "SELECT count(*) AS texts, coalesce(sum(-CAST(price AS REAL)), 0) AS price FROM messages "
    "WHERE account_sid IN (SELECT value FROM json_each(?)) AND direction <> 'inbound'"
)
MASTER_BALANCE = "1000.00"


def view(account: TwilioAccount) -> dict[str, Any]:
    """Return an account as the API shows it, auth token included."""
    uri = f"/2010-04-01/Accounts/{account.sid}"
    return {
        "sid": account.sid,
        "auth_token": account.auth_token,
        "friendly_name": account.friendly_name,
        "status": account.status,
        "type": "Full",
        "owner_account_sid": account.owner_sid,
        "date_created": rfc2822(account.created_ms),
        "date_updated": rfc2822(account.updated_ms),
        "uri": f"{uri}.json",
        "subresource_uris": {key: f"{uri}/{name}.json" for key, name in SUBRESOURCES.items()},
    }


def create(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Open a subaccount of the calling account, with an auth token of its own.

    Raises:
        TwilioError: 20002 for a name over 64 characters, 20403 if the caller is a subaccount.
    """
    if not account.is_master:
        raise TwilioError(20403)
    at = now_ms()
    created = datetime.fromtimestamp(at / 1000, UTC)
    name = call.form.get("FriendlyName") or f"SubAccount Created at {created:%Y-%m-%d %I:%M %p}"
    _check_name(name)
    opened = TwilioAccount(new_sid("AC"), account.sid, secrets.token_hex(16), name, at, at)
    twilio.accounts.put(call.writes, opened.sid, opened)
    return json_reply(view(opened), 201)


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the calling account and its subaccounts. The request can filter by name and status."""
    name, status = call.query.optional("FriendlyName"), call.query.optional("Status")
    found = [
        each
        for each in twilio.accounts
        if account.sid in (each.sid, each.owner_sid)
        and name in (None, each.friendly_name)
        and status in (None, each.status)
    ]
    return reply_2010(call, "accounts", Page.cut(call, found), view)


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the account that the path names."""
    return json_reply(view(account))


def update(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Rename an account; suspend, reactivate or close a subaccount.

    Raises:
        TwilioError: 20002 for a name over 64 characters, 21475 for an unknown status, 21477 for the
            master account, 21479 for an account that is closed.
    """
    name, status = call.form.optional("FriendlyName"), call.form.optional("Status")
    if name is not None:
        _check_name(name)
    if status is not None:
        _set_status(twilio, account, status, call.writes)
    account.friendly_name = account.friendly_name if name is None else name
    account.updated_ms = now_ms()
    twilio.accounts.put(call.writes, account.sid, account)
    return json_reply(view(account))


def balance(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the balance of the master account. Subaccounts have no balance of their own."""
    amount = MASTER_BALANCE if account.is_master else "0.00"
    return json_reply({"account_sid": account.sid, "balance": amount, "currency": "USD"})


def usage(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the count and the price of all outbound texts, as one usage record.

    The usage of a parent includes its subaccounts' texts, unless `IncludeSubaccounts` is false.
    """
    counted = [account.sid]
    if call.query.get("IncludeSubaccounts", "true").lower() == "true":
        counted += [each.sid for each in twilio.accounts if each.owner_sid == account.sid]
    row = twilio.store.query(USAGE, (orjson.dumps(counted).decode(),))[0]
    now = iso8601(now_ms())
    record = {
        "account_sid": account.sid,
        "api_version": "2010-04-01",
        "category": call.query.get("Category", "sms-outbound"),
        "count": str(row["texts"]),
        "count_unit": "messages",
        "usage": str(row["texts"]),
        "usage_unit": "messages",
        "price": f"{row['price']:.5f}",
        "price_unit": "usd",
        "description": "Outbound SMS",
        "start_date": iso8601(account.created_ms)[:10],
        "end_date": now[:10],
        "as_of": now,
        "uri": call.path,
        "subresource_uris": {},
    }
    return reply_2010(call, "usage_records", Page.cut(call, [record]), lambda each: each)


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 64:
        raise TwilioError(20002)


def _set_status(twilio: Twilio, account: TwilioAccount, status: str, writes: list[Write]) -> None:
    if status not in STATUSES:
        raise TwilioError(21475, status)
    if account.is_master:
        raise TwilioError(21477)
    if account.status == "closed":
        raise TwilioError(21479)
    account.status = status
    if status == "closed":
        _release_numbers(twilio, account, writes)


def _release_numbers(twilio: Twilio, account: TwilioAccount, writes: list[Write]) -> None:
    for number in list(twilio.owned.values()):
        if number.account_sid == account.sid:
            number.released = True
            twilio.put_number(writes, number)
