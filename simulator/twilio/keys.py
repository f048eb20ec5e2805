"""API keys of an account, and the rotation of its auth token."""

import secrets
from typing import Any

from simulator.clock import iso8601, new_sid, now_ms, rfc2822
from simulator.edge import Call, Reply, json_reply
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import ApiKey, TwilioAccount
from simulator.twilio.paging import Page, reply_2010
from simulator.twilio.state import Twilio


def view(key: ApiKey) -> dict[str, Any]:
    """Return a key as the API shows it, without its secret."""
    return {
        "sid": key.sid,
        "friendly_name": key.friendly_name,
        "date_created": rfc2822(key.created_ms),
        "date_updated": rfc2822(key.updated_ms),
    }


def create(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Create an API key. Only this response contains the secret.

    Raises:
        TwilioError: 20002 for a name over 64 characters.
    """
    name, at = _name(call.form.get("FriendlyName")), now_ms()
    key = ApiKey(new_sid("SK"), account.sid, secrets.token_urlsafe(24), name, at, at)
    twilio.keys.put(call.writes, key.sid, key)
    return json_reply({**view(key), "secret": key.secret}, 201)


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the keys of an account."""
    found = [key for key in twilio.keys if key.account_sid == account.sid]
    return reply_2010(call, "keys", Page.cut(call, found), view)


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the account's key that the path names."""
    return json_reply(view(_key(twilio, account, call)))


def update(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Rename a key.

    Raises:
        TwilioError: 20002 for a name over 64 characters.
    """
    key = _key(twilio, account, call)
    key.friendly_name = _name(call.form.get("FriendlyName", key.friendly_name))
    key.updated_ms = now_ms()
    twilio.keys.put(call.writes, key.sid, key)
    return json_reply(view(key))


def delete(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Revoke the key that the path names, at once."""
    twilio.keys.remove(call.writes, _key(twilio, account, call).sid)
    return Reply(204)


def create_secondary_token(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Create a second auth token. Until it is promoted, it and the primary token are both valid."""
    account.secondary_auth_token = secrets.token_hex(16)
    account.secondary_created_ms = now_ms()
    twilio.accounts.put(call.writes, account.sid, account)
    shown = {"secondary_auth_token": account.secondary_auth_token}
    return json_reply({**shown, **_token_view(account, call)}, 201)


def delete_secondary_token(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Revoke the second auth token."""
    _require_secondary(account, call)
    account.secondary_auth_token = ""
    twilio.accounts.put(call.writes, account.sid, account)
    return Reply(204)


def promote_token(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Make the second auth token the primary token, and revoke the old primary token."""
    _require_secondary(account, call)
    account.auth_token, account.secondary_auth_token = account.secondary_auth_token, ""
    account.updated_ms = now_ms()
    twilio.accounts.put(call.writes, account.sid, account)
    return json_reply({"auth_token": account.auth_token, **_token_view(account, call)})


def _name(name: str) -> str:
    if len(name) > 64:
        raise TwilioError(20002)
    return name


def _token_view(account: TwilioAccount, call: Call) -> dict[str, Any]:
    return {
        "account_sid": account.sid,
        "date_created": iso8601(account.secondary_created_ms),
        "date_updated": iso8601(account.secondary_created_ms),
        "url": f"{call.base_url}/{call.host}{call.path}",
    }


def _require_secondary(account: TwilioAccount, call: Call) -> None:
    if not account.secondary_auth_token:
        raise TwilioError(20404, call.path)


def _key(twilio: Twilio, account: TwilioAccount, call: Call) -> ApiKey:
    key = twilio.keys.get(call.match["sid"])
    if key is None or key.account_sid != account.sid:
        raise TwilioError(20404, call.path)
    return key
