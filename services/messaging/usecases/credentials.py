"""With what an organisation signs in to Twilio. Secrets are in clear in memory only."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.crypto import Envelope
from servicekit.db.database import Database
from servicekit.errors import NotFound
from services.messaging.domain.accounts import ApiKey, SendingAccount
from services.messaging.storage import subaccounts
from services.messaging.usecases.vault import Vault, key_place, token_place

KEPT_SECONDS = 60.0
"""How long decrypted secrets stay in memory."""

PRIMARY = "auth_token_encrypted"
SECONDARY = "secondary_token_encrypted"

_KEPT_ACCOUNTS = 10_000


@dataclass(frozen=True, slots=True)
class _Opened:
    """An account with its secrets in clear, made from ``row``; kept until a monotonic time."""

    row: Mapping[str, object]
    account: SendingAccount
    until: float


class SendingAccounts:
    """The organisations' accounts.

    What each may do is read whenever it is asked for, so that a change counts in every process at
    once. Only what its secrets say is kept, for a minute at the most.
    """

    def __init__(self, database: Database, envelope: Envelope) -> None:
        self._database = database
        self.vault = Vault(envelope)
        self._opened: dict[UUID, _Opened] = {}

    async def for_org(self, org_id: UUID) -> SendingAccount:
        """The organisation's account as it is now. Raises ``NotFound`` no_subaccount."""
        async with self._database.org(org_id) as connection:
            row = await subaccounts.with_sender(connection, org_id)
        if row is None:
            raise no_subaccount()
        opened = self._opened.get(org_id)
        if opened and opened.row == row and time.monotonic() < opened.until:
            return opened.account
        account = await self._open(row)
        self._keep(org_id, row, account)
        return account

    def forget(self, org_id: UUID) -> None:
        """Keep none of the organisation's secrets in memory."""
        self._opened.pop(org_id, None)

    async def signing_tokens(self, account_sid: str) -> tuple[UUID, list[str]]:
        """Whose account it is, and the tokens that may sign its webhooks, the primary one first.

        Raises ``NotFound`` subaccount_not_found.
        """
        async with self._database.system() as connection:
            row = await subaccounts.tokens_of(connection, account_sid)
        if row is None:
            raise NotFound("There is no such Twilio account.", "subaccount_not_found")
        org_id: UUID = row["org_id"]
        columns = [column for column in (PRIMARY, SECONDARY) if row[column]]
        return org_id, [await self._token(row, column) for column in columns]

    async def seal(self, org_id: UUID, auth_token: str, column: str = PRIMARY) -> str:
        """A token of the organisation's account, encrypted for its ``column``."""
        return await self.vault.seal(token_place(org_id, column), auth_token)

    async def _open(self, row: RowMapping) -> SendingAccount:
        # The secondary token outlives the primary one, so whoever keeps it for a while is safe.
        newest = SECONDARY if row[SECONDARY] else PRIMARY
        return SendingAccount(
            sub_account_sid=row["sub_account_sid"],
            auth_token=await self._token(row, newest),
            messaging_service_sid=row["messaging_service_sid"],
            has_sender=row["has_sender"],
            api_key=await self._key(row),
            suspended=row["suspended_at"] is not None,
        )

    def _keep(self, org_id: UUID, row: RowMapping, account: SendingAccount) -> None:
        if len(self._opened) >= _KEPT_ACCOUNTS:
            self._opened.clear()
        self._opened[org_id] = _Opened(dict(row), account, time.monotonic() + KEPT_SECONDS)

    async def _token(self, row: RowMapping, column: str) -> str:
        return await self.vault.open(token_place(row["org_id"], column), row[column])

    async def _key(self, row: RowMapping) -> ApiKey | None:
        if row["key_id"] is None:
            return None
        place = key_place(row["org_id"], row["key_id"])
        return ApiKey(row["key_sid"], await self.vault.open(place, row["key_secret"]))


def no_subaccount() -> NotFound:
    """The error for an organisation without an account."""
    return NotFound("Create the organisation's Twilio subaccount first.", "no_subaccount")
