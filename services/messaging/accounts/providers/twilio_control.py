"""Requests to Twilio that set up subaccounts, numbers and messaging services at Twilio.

Requests use the subaccount's own credentials, except those that open an account. Each method may
raise ``Unavailable`` (Twilio did nothing), ``OutcomeUnknown`` (Twilio may have made the change),
``NotFound`` (Twilio has no such object) and ``TwilioRefused``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from twilio.rest import Client

from servicekit.errors import NotFound
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.domain.number_criteria import CAPABILITIES, NumberCriteria
from services.messaging.common.providers.twilio_http import TwilioHttp, TwilioRefused
from services.messaging.common.providers.twilio_sdk import MasterAccount, twilio_client

NUMBER_TAKEN = frozenset((21421, 21422))
"""Twilio's error codes for a phone number that can't be bought or that is already sold."""

_ALREADY_IN_POOL = 21710
_NO_SUCH_AREA = frozenset((21451, 21452))


@dataclass(frozen=True, slots=True)
class TwilioSubaccount:
    """A subaccount as Twilio describes it."""

    sid: str
    auth_token: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AvailableNumber:
    """A phone number that can be bought.

    Attributes:
        capabilities: Any of sms, mms and voice.
        number_type: local or mobile.
    """

    phone_number: str
    country: str
    locality: str | None
    region: str | None
    capabilities: Sequence[str]
    number_type: str


@dataclass(frozen=True, slots=True)
class BoughtNumber:
    """A phone number that an account owns. ``capabilities``: any of sms, mms and voice."""

    sid: str
    phone_number: str
    capabilities: Sequence[str]


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The URLs to which Twilio sends delivery reports and incoming messages."""

    status_url: str
    inbound_url: str


@dataclass(frozen=True, slots=True)
class TwilioService:
    """A messaging service as Twilio describes it."""

    sid: str
    friendly_name: str
    status_callback_url: str
    inbound_request_url: str
    sticky_sender: bool
    smart_encoding: bool


class TwilioControl:
    """Set up the subaccounts of ``master``, their phone numbers and messaging services."""

    def __init__(self, master: MasterAccount) -> None:
        self._master = master
        self._http = TwilioHttp()

    async def open_account(self, friendly_name: str) -> TwilioSubaccount:
        """Open a subaccount of the platform's account. Not idempotent."""
        accounts = self._client_for(self._master.sid, self._master.auth_token).api.v2010.accounts
        return _subaccount(await accounts.create_async(friendly_name=friendly_name))

    async def accounts_named(self, friendly_name: str) -> list[TwilioSubaccount]:
        """Return the active subaccounts whose name is exactly ``friendly_name``."""
        accounts = self._client_for(self._master.sid, self._master.auth_token).api.v2010.accounts
        found = await accounts.list_async(friendly_name=friendly_name, status="active")
        return [_subaccount(account) for account in found if account.sid != self._master.sid]

    async def search_numbers(
        self, account: SendingAccount, criteria: NumberCriteria, limit: int
    ) -> list[AvailableNumber]:
        """Return up to ``limit`` phone numbers for sale: local, or else mobile ones."""
        country = self._client(account).available_phone_numbers(criteria.country)
        for number_type, kind in (("local", country.local), ("mobile", country.mobile)):
            found = await _search(kind, criteria, limit)
            if found:
                return [_available(number, number_type) for number in found]
        return []

    async def buy_number(self, account: SendingAccount, phone_number: str) -> BoughtNumber:
        """Buy a phone number. After ``OutcomeUnknown``, :meth:`numbers` shows if it was bought."""
        numbers = self._client(account).incoming_phone_numbers
        return _number(await numbers.create_async(phone_number=phone_number))

    async def numbers(self, account: SendingAccount, part: str = "") -> list[BoughtNumber]:
        """Return the account's phone numbers that contain the digits ``part``."""
        wanted = {"phone_number": part} if part else {}
        found = await self._client(account).incoming_phone_numbers.list_async(**wanted)
        return [_number(number) for number in found]

    async def release_number(self, account: SendingAccount, sid: str) -> None:
        """Give a phone number back to Twilio, so that the account no longer pays for it."""
        await self._client(account).incoming_phone_numbers(sid).delete_async()

    async def create_service(
        self, account: SendingAccount, friendly_name: str, callbacks: Callbacks
    ) -> TwilioService:
        """Create a messaging service that reports to ``callbacks``. Not idempotent.

        The service texts a recipient from the same number every time, and replaces look-alike
        characters. Its URL for incoming messages takes precedence over the URL of a number.
        """
        created = await self._client(account).messaging.v1.services.create_async(
            friendly_name=friendly_name,
            status_callback=callbacks.status_url,
            inbound_request_url=callbacks.inbound_url,
            sticky_sender=True,
            smart_encoding=True,
            use_inbound_webhook_on_number=False,
        )
        return _service(created)

    async def services(self, account: SendingAccount) -> list[TwilioService]:
        """Return the account's messaging services."""
        found = await self._client(account).messaging.v1.services.list_async()
        return [_service(service) for service in found]

    async def update_service(
        self, account: SendingAccount, sid: str, changes: Mapping[str, bool]
    ) -> None:
        """Change ``sticky_sender`` or ``smart_encoding`` of a messaging service, or both."""
        await self._client(account).messaging.v1.services(sid).update_async(**changes)

    async def add_to_pool(self, account: SendingAccount, service_sid: str, number_sid: str) -> None:
        """Add a phone number to a messaging service. Idempotent."""
        pool = self._client(account).messaging.v1.services(service_sid).phone_numbers
        try:
            await pool.create_async(phone_number_sid=number_sid)
        except TwilioRefused as refusal:
            if refusal.provider_code != _ALREADY_IN_POOL:
                raise

    async def close(self) -> None:
        """Close the connections to Twilio."""
        await self._http.close()

    def _client(self, account: SendingAccount) -> Client:
        return self._client_for(account.sub_account_sid, account.auth_token)

    def _client_for(self, account_sid: str, auth_token: str) -> Client:
        return twilio_client(self._http, self._master.base_url, account_sid, auth_token)


async def _search(kind: Any, criteria: NumberCriteria, limit: int) -> Sequence[Any]:
    needed: dict[str, bool | int | str] = {
        f"{name}_enabled": True for name in criteria.capabilities
    }
    if criteria.area_code:
        needed["area_code"] = int(criteria.area_code)
    if criteria.contains:
        needed["contains"] = criteria.contains
    try:
        found: Sequence[Any] = await kind.list_async(**needed, limit=limit)
    except NotFound:  # Twilio has no numbers of this type in the country
        return []
    except TwilioRefused as refusal:
        if refusal.provider_code not in _NO_SUCH_AREA:
            raise
        return []
    return found


def _subaccount(account: Any) -> TwilioSubaccount:
    return TwilioSubaccount(account.sid, account.auth_token, account.date_created)


def _available(number: Any, number_type: str) -> AvailableNumber:
    return AvailableNumber(
        number.phone_number,
        number.iso_country,
        number.locality,
        number.region,
        _able(number),
        number_type,
    )


def _number(number: Any) -> BoughtNumber:
    return BoughtNumber(number.sid, number.phone_number, _able(number))


def _able(number: Any) -> list[str]:
    able = {name.lower() for name, can in (number.capabilities or {}).items() if can}
    return [name for name in CAPABILITIES if name in able]


def _service(service: Any) -> TwilioService:
    return TwilioService(
        service.sid,
        service.friendly_name,
        service.status_callback or "",
        service.inbound_request_url or "",
        bool(service.sticky_sender),
        bool(service.smart_encoding),
    )
