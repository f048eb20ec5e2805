"""With what an organisation signs in to Twilio. Secrets are in clear in memory only.

Credentials that can't be opened (a damaged row, a key that is gone) are a state of their
organisation: it is put on record once, everything that needs them answers ``Blocked``, and the job
``check-credentials`` notices when they can be opened again.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import RowMapping

from servicekit import failing_items
from servicekit.crypto import DecryptionFailed, Envelope
from servicekit.db.database import Database
from servicekit.errors import Blocked, NotFound
from services.messaging.accounts.domain.accounts import ApiKey, SendingAccount
from services.messaging.accounts.storage import subaccounts, unreadable
from services.messaging.accounts.support.vault import Vault, key_place, token_place

log = structlog.get_logger()

CREDENTIALS_UNREADABLE = "credentials_unreadable"
"""The code of ``Blocked`` for credentials that can't be opened."""

KEPT_SECONDS = 60.0
"""How long decrypted secrets stay in memory."""

PRIMARY = "auth_token_encrypted"
SECONDARY = "secondary_token_encrypted"

_KEPT_ACCOUNTS = 10_000
_UNREADABLE_SECONDS = 2.0
"""How long an account that could not be opened is not tried again."""


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
        self._unreadable_until: dict[UUID, float] = {}
        failing_items.count_from_zero(unreadable.NAME.job)

    async def for_org(self, org_id: UUID) -> SendingAccount:
        """The organisation's account as it is now.

        Raises ``NotFound`` no_subaccount, and ``Blocked`` credentials_unreadable.
        """
        row = await self._row(org_id)
        opened = self._opened.get(org_id)
        if opened and opened.row == row and time.monotonic() < opened.until:
            return opened.account
        if time.monotonic() < self._unreadable_until.get(org_id, 0.0):
            raise _blocked()
        try:
            account = await self._open(row)
        except DecryptionFailed as error:
            raise await self._unreadable(org_id, error) from error
        self._keep(org_id, row, account)
        return account

    def forget(self, org_id: UUID) -> None:
        """Keep none of the organisation's secrets in memory, and try those that failed again."""
        self._opened.pop(org_id, None)
        self._unreadable_until.pop(org_id, None)

    async def signing_tokens(self, account_sid: str) -> tuple[UUID, list[str]]:
        """Whose account it is, and the tokens that may sign its webhooks, the primary one first.

        One that can't be opened is left out where the other one can. Raises ``NotFound``
        subaccount_not_found, and ``Blocked`` credentials_unreadable.
        """
        async with self._database.system() as connection:
            row = await subaccounts.tokens_of(connection, account_sid)
        if row is None:
            raise NotFound("There is no such Twilio account.", "subaccount_not_found")
        org_id: UUID = row["org_id"]
        tokens, failure = [], DecryptionFailed()
        for column in (PRIMARY, SECONDARY):
            if column == SECONDARY and not row[column]:
                continue
            try:
                tokens.append(await self._token(row, column))
            except DecryptionFailed as error:
                log.warning("token_unreadable", org_id=str(org_id), column=column)
                failure = error
        if not tokens:
            raise await self._unreadable(org_id, failure)
        return org_id, tokens

    async def seal(self, org_id: UUID, auth_token: str, column: str = PRIMARY) -> str:
        """A token of the organisation's account, encrypted for its ``column``."""
        return await self.vault.seal(token_place(org_id, column), auth_token)

    async def open(self, org_id: UUID) -> SendingAccount:
        """The organisation's account as it is stored now.

        Raises ``NotFound`` no_subaccount, ``DecryptionFailed``, and ``Unavailable`` where a KMS is
        away.
        """
        return await self._open(await self._row(org_id))

    async def _row(self, org_id: UUID) -> RowMapping:
        async with self._database.org(org_id) as connection:
            row = await subaccounts.with_sender(connection, org_id)
        if row is None:
            raise no_subaccount()
        return row

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

    async def _unreadable(self, org_id: UUID, error: DecryptionFailed) -> Blocked:
        """Put it on record, once; the error to raise."""
        self._unreadable_until[org_id] = time.monotonic() + _UNREADABLE_SECONDS
        async with self._database.system() as connection:
            if not await unreadable.is_noted(connection, org_id):
                await unreadable.note(connection, org_id, error)
        return _blocked()

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


def _blocked() -> Blocked:
    return Blocked(
        "Your organisation's connection to Twilio can't be used at the moment, so nothing is sent. "
        "We have been told and will repair it. Messages that were accepted before are sent then.",
        CREDENTIALS_UNREADABLE,
    )


def no_subaccount() -> NotFound:
    """The error for an organisation without an account."""
    return NotFound("Create the organisation's Twilio subaccount first.", "no_subaccount")
