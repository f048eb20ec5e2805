"""Verify the caller's Basic auth credentials and access rights, as Twilio does."""

import base64
import binascii
import hmac
from collections.abc import Callable

from simulator.edge import Call, Handler, Reply
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import TwilioAccount
from simulator.twilio.state import Twilio

TwilioHandler = Callable[[Twilio, TwilioAccount, Call], Reply]


def endpoint(twilio: Twilio, handler: TwilioHandler, *, manages_accounts: bool = False) -> Handler:
    """Return a handler that verifies the caller's credentials first.

    The handler gets the account in the path (`account_sid`), or else the caller's own account.
    Handlers with `manages_accounts` refuse API keys, and let a parent use suspended subaccounts.
    """

    def guarded(call: Call) -> Reply:
        caller = authenticate(twilio, call, keys_allowed=not manages_accounts)
        call.account_sid = caller.sid
        account = _addressed(twilio, caller, call)
        call.account_sid = account.sid
        if account.status != "active" and call.method != "GET" and not manages_accounts:
            raise TwilioError(20005)
        _limit_concurrency(twilio, account, call)
        reply = handler(twilio, account, call)
        reply.headers["Twilio-Request-Id"] = f"RQ{call.id:032x}"
        return reply

    return guarded


def authenticate(twilio: Twilio, call: Call, *, keys_allowed: bool) -> TwilioAccount:
    """Return the account whose credentials the request has.

    Raises:
        TwilioError: 20003 for wrong credentials or a closed account, 20005 for a suspended one.
    """
    user, password = _credentials(call.headers.get("Authorization", ""))
    account = _by_token(twilio, user, password)
    if account is None and keys_allowed:
        account = _by_key(twilio, call, user, password)
    if account is None or account.status == "closed":
        raise TwilioError(20003)
    if account.status == "suspended":
        raise TwilioError(20005)
    return account


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise TwilioError(20003)
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise TwilioError(20003) from None
    return user, password


def _by_token(twilio: Twilio, user: str, token: str) -> TwilioAccount | None:
    account = twilio.accounts.get(user)
    if account is None or not token:
        return None
    if _same(token, account.auth_token) or _same(token, account.secondary_auth_token):
        return account
    return None


def _by_key(twilio: Twilio, call: Call, user: str, secret: str) -> TwilioAccount | None:
    """Return the account of an API key, or None.

    An API key gives no access to the account's subaccounts.
    """
    key = twilio.keys.get(user)
    if key is None or not _same(secret, key.secret):
        return None
    if call.match.get("account_sid", key.account_sid) != key.account_sid:
        return None
    return twilio.accounts.get(key.account_sid)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _addressed(twilio: Twilio, caller: TwilioAccount, call: Call) -> TwilioAccount:
    """Return the account in the path: the caller's own account, or one of its subaccounts."""
    sid = call.match.get("account_sid", caller.sid)
    if sid == caller.sid:
        return caller
    account = twilio.accounts.get(sid)
    if account is None or account.owner_sid != caller.sid:
        raise TwilioError(20404, call.path)
    return account


def _limit_concurrency(twilio: Twilio, account: TwilioAccount, call: Call) -> None:
    limit = twilio.behaviour.max_concurrent_requests
    if not limit:
        return
    if twilio.concurrent[account.sid] >= limit:
        raise TwilioError(20429)
    twilio.concurrent[account.sid] += 1
    call.on_done.append(lambda: twilio.concurrent.subtract([account.sid]))
