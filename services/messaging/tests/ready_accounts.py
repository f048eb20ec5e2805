"""Test helper: give an organisation an account, a messaging service and a phone number.

The objects are made at the simulated Twilio, and the rows are stored as messaging stores them
(``accounts/storage/test_ready_accounts.py`` checks this). It takes a fraction of the time of the
calls with which a customer sets up an account. Those calls have tests of their own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiohttp

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.vault import Vault, envelope_of
from services.messaging.accounts.domain.number_months import month_at
from services.messaging.accounts.storage import messaging_services, numbers, subaccounts
from services.messaging.accounts.support.credentials import PRIMARY
from services.messaging.accounts.support.vault import token_ref
from services.messaging.settings import MessagingSettings
from tests.fixtures.running import Person, Simulator

_NAME = "Acme"
_NUMBER_CENTS = 150
_MASTER = "/api.twilio.com/2010-04-01/Accounts"
_SERVICES = "/messaging.twilio.com/v1/Services"

# The simulator sells every number. Those that it offers in searches would not be enough.
_bought = count()


@dataclass(frozen=True)
class ReadyAccounts:
    """Creates accounts at the simulated Twilio and in the messaging database."""

    database: Database
    settings: MessagingSettings
    vault: Vault
    twilio: aiohttp.ClientSession

    @classmethod
    @asynccontextmanager
    async def of(
        cls, settings: MessagingSettings, database: Database, simulator: Simulator
    ) -> AsyncIterator["ReadyAccounts"]:
        # Not httpx, whose requests take several times as long, because many tests need an account.
        async with aiohttp.ClientSession(simulator.url) as twilio:
            yield cls(database, settings, Vault(envelope_of(settings)), twilio)

    async def make(self, person: Person) -> str:
        """Create an account that can send for ``person``'s organisation. Return its SID.

        The first month of its phone number is paid, without a row in the ledger.
        """
        master = (
            self.settings.twilio_account_sid,
            self.settings.twilio_auth_token.get_secret_value(),
        )
        account = await self._post(f"{_MASTER}.json", master, FriendlyName=_NAME)
        own = (account["sid"], account["auth_token"])
        service = await self._post(_SERVICES, own, **self._service_fields())
        number = await self._post(
            f"{_MASTER}/{account['sid']}/IncomingPhoneNumbers.json", own, PhoneNumber=_another()
        )
        pool = f"{_SERVICES}/{service['sid']}/PhoneNumbers"
        await self._post(pool, own, PhoneNumberSid=number["sid"])
        await self._store(person, account, service, number)
        return str(account["sid"])

    def _service_fields(self) -> dict[str, str]:
        webhooks = f"{self.settings.public_webhooks_url}/api/webhooks"
        return {
            "FriendlyName": "SMSBlaster",
            "StatusCallback": f"{webhooks}/twilio-status",
            "InboundRequestUrl": f"{webhooks}/twilio-incoming",
            "StickySender": "true",
            "SmartEncoding": "true",
            "UseInboundWebhookOnNumber": "false",
        }

    async def _store(self, person: Person, account: Any, service: Any, number: Any) -> None:
        sealed = await self.vault.seal(token_ref(person.org_id, PRIMARY), account["auth_token"])
        fields = (
            "sid",
            "friendly_name",
            "status_callback_url",
            "inbound_request_url",
            "sticky_sender",
            "smart_encoding",
        )
        described = {**service, "status_callback_url": service["status_callback"]}
        async with self.database.org(person.org_id) as connection:
            await subaccounts.prepare(connection, person.org_id, _NAME)
            await subaccounts.set_opened(connection, person.org_id, account["sid"], sealed)
            await messaging_services.add(
                connection, person.org_id, {name: described[name] for name in fields}
            )
            paid = _first_month(person)
            await numbers.add(connection, person.org_id, _new_number(number), paid)
            await numbers.set_service(connection, person.org_id, paid.id, service["sid"])

    async def _post(self, path: str, account: tuple[str, str], **form: str) -> dict[str, Any]:
        signed_in = {"Authorization": aiohttp.encode_basic_auth(*account)}
        async with self.twilio.post(path, data=form, headers=signed_in) as answer:
            answer.raise_for_status()
            return dict(await answer.json())


def _another() -> str:
    """Return a phone number that no account has bought."""
    exchange, line = divmod(next(_bought), 10_000)
    return f"+1628{200 + exchange}{line:04d}"


def _new_number(number: Any) -> numbers.NewNumber:
    able = [name for name in ("sms", "mms", "voice") if number["capabilities"].get(name)]
    return numbers.NewNumber(number["sid"], number["phone_number"], "US", able)


def _first_month(person: Person) -> numbers.FirstMonth:
    now = datetime.now(UTC)
    month = month_at(now, now)
    return numbers.FirstMonth(
        id=new_id(),
        number_type="local",
        cents_per_month=_NUMBER_CENTS,
        payer_user_id=person.user_id,
        payer_email=person.identity().email,
        billed_from=month.begins,
        paid_until=month.ends,
    )
