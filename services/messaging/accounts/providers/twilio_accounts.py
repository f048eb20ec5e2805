"""Twilio's accounts themselves: status, balance, tokens, keys; and the lookup of numbers.

Each call may raise ``Unavailable`` (nothing was done), ``OutcomeUnknown`` (look before asking
again), ``NotFound`` (Twilio has no such thing) and ``Refused``.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from twilio.rest import Client

from servicekit.errors import Unavailable
from services.messaging.accounts.domain.accounts import ApiKey, SendingAccount
from services.messaging.accounts.domain.lookups import LineLookup
from services.messaging.common.providers.twilio_http import TwilioHttp
from services.messaging.common.providers.twilio_sdk import MasterAccount, signed_in

AUTHENTICATION_FAILED = 20003
"""Twilio's code for credentials that it does not take (any more)."""

_LINE_TYPE = "line_type_intelligence"


class TwilioAccounts:
    """The calls that look after the subaccounts of ``master``."""

    def __init__(self, master: MasterAccount) -> None:
        self._master = master
        self._http = TwilioHttp()

    async def set_status(self, account_sid: str, status: str) -> None:
        """Make a subaccount ``active`` or ``suspended``; nothing where it is so already."""
        client = self._signed_in(self._master.sid, self._master.auth_token)
        await client.api.v2010.accounts(account_sid).update_async(status=status)

    async def balance(self, account: SendingAccount) -> tuple[Decimal, str]:
        """What is on the account, and in which currency (ISO 4217)."""
        found = await self._client(account).api.v2010.account.balance.fetch_async()
        try:
            return Decimal(found.balance), str(found.currency)
        except (InvalidOperation, TypeError) as error:
            raise Unavailable("Twilio names no balance.", "provider_unavailable") from error

    async def create_secondary_token(self, account: SendingAccount) -> str:
        """Make a second auth token that is taken beside the primary one."""
        made = await self._client(account).accounts.v1.secondary_auth_token().create_async()
        return str(made.secondary_auth_token)

    async def delete_secondary_token(self, account: SendingAccount) -> None:
        """End the second auth token; ``NotFound`` where there is none."""
        await self._client(account).accounts.v1.secondary_auth_token().delete_async()

    async def promote_secondary_token(self, account: SendingAccount) -> None:
        """Make the second auth token the only one; ``NotFound`` where there is none."""
        await self._client(account).accounts.v1.auth_token_promotion().update_async()

    async def create_key(self, account: SendingAccount, name: str) -> ApiKey:
        """Make an API key of that name; a repeat makes another."""
        made = await self._client(account).api.v2010.account.new_keys.create_async(
            friendly_name=name
        )
        return ApiKey(str(made.sid), str(made.secret))

    async def keys_named(self, account: SendingAccount, name: str) -> Sequence[str]:
        """Twilio's ids of the account's API keys of that very name."""
        found = await self._client(account).api.v2010.account.keys.list_async()
        return [str(key.sid) for key in found if key.friendly_name == name]

    async def revoke_key(self, account: SendingAccount, sid: str) -> None:
        """End an API key at once; ``NotFound`` where it has ended."""
        await self._client(account).api.v2010.account.keys(sid).delete_async()

    async def look_up(self, account: SendingAccount, phone: str) -> LineLookup:
        """What Twilio knows of an E.164 number.

        A number of which Twilio could not learn the kind of line is ``Unavailable``.
        """
        numbers = self._client(account).lookups.v2.phone_numbers
        found = await numbers(phone).fetch_async(fields=_LINE_TYPE)
        line = found.line_type_intelligence or {}
        if found.valid and line.get("error_code") is not None:
            raise Unavailable("Twilio can't tell the kind of line now.", "provider_unavailable")
        return LineLookup(
            bool(found.valid),
            found.country_code,
            found.national_format,
            line.get("type") if found.valid else None,
            line.get("carrier_name") if found.valid else None,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _client(self, account: SendingAccount) -> Client:
        # Keys can change neither keys nor the account, so it is always the token.
        return self._signed_in(account.sub_account_sid, account.auth_token)

    def _signed_in(self, account_sid: str, auth_token: str) -> Client:
        return signed_in(self._http, self._master.base_url, account_sid, auth_token)
