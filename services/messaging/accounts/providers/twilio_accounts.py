"""Requests to Twilio about accounts: status, balance, auth tokens, API keys and number lookups.

Each method may raise ``Unavailable`` (Twilio did nothing), ``OutcomeUnknown`` (Twilio may have made
the change), ``NotFound`` (Twilio has no such object) and ``TwilioRefused``.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from twilio.rest import Client

from servicekit.errors import Unavailable
from services.messaging.accounts.domain.accounts import ApiKey, SendingAccount
from services.messaging.accounts.domain.lookups import LineLookup
from services.messaging.common.providers.twilio_http import TwilioHttp, TwilioRefused
from services.messaging.common.providers.twilio_sdk import MasterAccount, twilio_client

AUTHENTICATION_FAILED = 20003
"""Twilio's code for credentials that are invalid or no longer valid."""

_CLOSED = 21479
"""Twilio's code for a change of an account that is closed."""

_LINE_TYPE = "line_type_intelligence"


class TwilioAccounts:
    """Manage the subaccounts of ``master``, the platform's own account."""

    def __init__(self, master: MasterAccount) -> None:
        self._master = master
        self._http = TwilioHttp()

    async def set_status(self, account_sid: str, status: str) -> None:
        """Make a subaccount ``active`` or ``suspended``. Idempotent."""
        client = self._client_for(self._master.sid, self._master.auth_token)
        await client.api.v2010.accounts(account_sid).update_async(status=status)

    async def close_account(self, account_sid: str) -> None:
        """Close a subaccount for good. Twilio then takes its numbers back. Idempotent."""
        try:
            await self.set_status(account_sid, "closed")
        except TwilioRefused as error:
            if error.provider_code != _CLOSED:
                raise

    async def balance(self, account: SendingAccount) -> tuple[Decimal, str]:
        """Return the balance of the account and its currency (ISO 4217)."""
        found = await self._client(account).api.v2010.account.balance.fetch_async()
        try:
            return Decimal(found.balance), str(found.currency)
        except (InvalidOperation, TypeError) as error:
            raise Unavailable(
                "Twilio returned no balance. Try again in a minute.", "provider_unavailable"
            ) from error

    async def create_secondary_token(self, account: SendingAccount) -> str:
        """Create a secondary auth token. Twilio then accepts both tokens."""
        made = await self._client(account).accounts.v1.secondary_auth_token().create_async()
        return str(made.secondary_auth_token)

    async def delete_secondary_token(self, account: SendingAccount) -> None:
        """Delete the secondary auth token. Raises ``NotFound`` if there is none."""
        await self._client(account).accounts.v1.secondary_auth_token().delete_async()

    async def promote_secondary_token(self, account: SendingAccount) -> None:
        """Make the secondary auth token the only valid one.

        Raises ``NotFound`` if there is none.
        """
        await self._client(account).accounts.v1.auth_token_promotion().update_async()

    async def create_key(self, account: SendingAccount, name: str) -> ApiKey:
        """Create an API key with this name. Not idempotent."""
        made = await self._client(account).api.v2010.account.new_keys.create_async(
            friendly_name=name
        )
        return ApiKey(str(made.sid), str(made.secret))

    async def keys_named(self, account: SendingAccount, name: str) -> Sequence[str]:
        """Return Twilio's ids of the account's API keys whose name is exactly ``name``."""
        found = await self._client(account).api.v2010.account.keys.list_async()
        return [str(key.sid) for key in found if key.friendly_name == name]

    async def revoke_key(self, account: SendingAccount, sid: str) -> None:
        """Revoke an API key. Raises ``NotFound`` if it is already revoked."""
        await self._client(account).api.v2010.account.keys(sid).delete_async()

    async def look_up(self, account: SendingAccount, phone: str) -> LineLookup:
        """Look up a phone number in E.164 format.

        Raises:
            Unavailable: Twilio did not answer, or could not determine the line type.
        """
        numbers = self._client(account).lookups.v2.phone_numbers
        found = await numbers(phone).fetch_async(fields=_LINE_TYPE)
        line = found.line_type_intelligence or {}
        if found.valid and line.get("error_code") is not None:
            raise Unavailable(
                "Twilio can't determine the line type at the moment. Try again later.",
                "provider_unavailable",
            )
        return LineLookup(
            bool(found.valid),
            found.country_code,
            found.national_format,
            line.get("type") if found.valid else None,
            line.get("carrier_name") if found.valid else None,
        )

    async def close(self) -> None:
        """Close the connections to Twilio."""
        await self._http.close()

    def _client(self, account: SendingAccount) -> Client:
        # An API key can't change keys or the account, so these requests always use the token.
        return self._client_for(account.sub_account_sid, account.auth_token)

    def _client_for(self, account_sid: str, auth_token: str) -> Client:
        return twilio_client(self._http, self._master.base_url, account_sid, auth_token)
