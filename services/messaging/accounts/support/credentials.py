"""The credentials that organisations use at Twilio. Secrets are decrypted only in memory.

If the credentials of an organisation can't be decrypted (a damaged row, a missing key), the failure
is recorded once, and everything that needs the credentials raises ``Blocked``. The job
``check-credentials`` notices when they can be decrypted again.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog
from cachetools import TTLCache

from servicekit import failing_items
from servicekit.crypto import DecryptionFailed, Envelope
from servicekit.db.database import Database
from servicekit.errors import Blocked, NotFound
from servicekit.modes import NotInTestMode, is_test
from servicekit.vault import Vault
from services.messaging.accounts.domain.accounts import ApiKey, Sender, SendingAccount
from services.messaging.accounts.storage import senders_in_test_mode, subaccounts, unreadable
from services.messaging.accounts.storage.subaccounts import StoredAccount
from services.messaging.accounts.support.vault import key_ref, token_ref

log = structlog.get_logger()

CREDENTIALS_UNREADABLE = "credentials_unreadable"
"""The error code of ``Blocked`` if credentials can't be decrypted."""

CACHE_SECONDS = 60.0
"""How long decrypted secrets stay in memory."""

PRIMARY = "auth_token_encrypted"
SECONDARY = "secondary_token_encrypted"

_CACHE_SIZE = 10_000
_UNREADABLE_SECONDS = 2.0
"""How long to wait before decrypting an unreadable account again."""


@dataclass(frozen=True, slots=True)
class _Decrypted:
    """An account with its decrypted secrets, and the database row with the encrypted ones."""

    row: StoredAccount
    account: SendingAccount


class SendingAccounts:
    """The accounts that organisations send with.

    Each method reads the row of the account, so that a change takes effect in every process at
    once. Only decrypted secrets are cached, for a minute at most.
    """

    def __init__(self, database: Database, envelope: Envelope) -> None:
        self._database = database
        self.vault = Vault(envelope)
        self._decrypted: TTLCache[UUID, _Decrypted] = TTLCache(_CACHE_SIZE, CACHE_SECONDS)
        self._unreadable: TTLCache[UUID, None] = TTLCache(_CACHE_SIZE, _UNREADABLE_SECONDS)
        failing_items.count_from_zero(unreadable.NAME.job)

    async def sender_of(self, org_id: UUID) -> Sender:
        """Return whether the organisation can send, live or in test mode.

        Raises:
            NotFound: no_subaccount.
            Blocked: credentials_unreadable.
        """
        if not is_test(org_id):
            account = await self.for_org(org_id)
            return Sender(account.has_sender, account.suspended)
        async with self._database.org(org_id) as connection:
            sender = await senders_in_test_mode.sender(connection, org_id)
        if sender is None:
            raise no_subaccount()
        return sender

    async def for_org(self, org_id: UUID) -> SendingAccount:
        """Return the organisation's account, with which requests sign in at Twilio.

        Raises:
            NotInTestMode: The organisation is a test organisation.
            NotFound: no_subaccount.
            Blocked: credentials_unreadable.
        """
        row = await self._row(org_id)
        decrypted = self._decrypted.get(org_id)
        if decrypted and decrypted.row == row:
            return decrypted.account
        if org_id in self._unreadable:
            raise _blocked()
        try:
            account = await self._decrypt(row)
        except DecryptionFailed as error:
            raise await self._record_unreadable(org_id, error) from error
        self._decrypted[org_id] = _Decrypted(row, account)
        return account

    def evict(self, org_id: UUID) -> None:
        """Remove the organisation from the caches."""
        self._decrypted.pop(org_id, None)
        self._unreadable.pop(org_id, None)

    async def signing_tokens(self, account_sid: str) -> tuple[UUID, list[str]]:
        """Return the organisation of an account and the tokens that may have signed its webhooks.

        The primary token comes first. If only one of two tokens can be decrypted, the other one
        is left out.

        Raises:
            NotFound: subaccount_not_found.
            Blocked: credentials_unreadable.
        """
        async with self._database.system() as connection:
            stored = await subaccounts.tokens_of(connection, account_sid)
        if stored is None:
            raise NotFound("There is no such Twilio account.", "subaccount_not_found")
        org_id, tokens, failure = stored.org_id, [], DecryptionFailed()
        sealed_tokens = [(PRIMARY, stored.auth_token_encrypted)]
        if stored.secondary_token_encrypted:
            sealed_tokens.append((SECONDARY, stored.secondary_token_encrypted))
        for column, sealed in sealed_tokens:
            try:
                tokens.append(await self.vault.open(token_ref(org_id, column), sealed))
            except DecryptionFailed as error:
                log.warning("token_unreadable", org_id=str(org_id), column=column)
                failure = error
        if not tokens:
            raise await self._record_unreadable(org_id, failure)
        return org_id, tokens

    async def seal(self, org_id: UUID, auth_token: str, column: str = PRIMARY) -> str:
        """Encrypt an auth token of the organisation. ``column``: where it will be stored."""
        return await self.vault.seal(token_ref(org_id, column), auth_token)

    async def open(self, org_id: UUID) -> SendingAccount:
        """Return the organisation's account, decrypted without the cache.

        Raises:
            NotInTestMode: The organisation is a test organisation.
            NotFound: no_subaccount.
            DecryptionFailed: A secret can't be decrypted.
            Unavailable: The KMS can't be reached.
        """
        return await self._decrypt(await self._row(org_id))

    async def _row(self, org_id: UUID) -> StoredAccount:
        if is_test(org_id):
            raise NotInTestMode
        async with self._database.org(org_id) as connection:
            row = await subaccounts.with_sender(connection, org_id)
        if row is None:
            raise no_subaccount()
        return row

    async def _decrypt(self, row: StoredAccount) -> SendingAccount:
        # The secondary token stays valid longer than the primary token, so it is safe to cache.
        column, sealed = PRIMARY, row.auth_token_encrypted
        if row.secondary_token_encrypted:
            column, sealed = SECONDARY, row.secondary_token_encrypted
        return SendingAccount(
            sub_account_sid=row.sub_account_sid,
            auth_token=await self.vault.open(token_ref(row.org_id, column), sealed),
            messaging_service_sid=row.messaging_service_sid,
            has_sender=row.has_sender,
            api_key=await self._decrypt_key(row),
            suspended=row.suspended_at is not None,
        )

    async def _decrypt_key(self, row: StoredAccount) -> ApiKey | None:
        if row.key_id is None or row.key_sid is None:
            return None
        secret = await self.vault.open(key_ref(row.org_id, row.key_id), row.key_secret)
        return ApiKey(row.key_sid, secret)

    async def _record_unreadable(self, org_id: UUID, error: DecryptionFailed) -> Blocked:
        """Record once that decryption failed. Returns the error to raise."""
        self._unreadable[org_id] = None
        async with self._database.system() as connection:
            if not await unreadable.is_recorded(connection, org_id):
                await unreadable.record(connection, org_id, error)
        return _blocked()


def _blocked() -> Blocked:
    return Blocked(
        "Your organisation's connection to Twilio can't be used at the moment, so nothing is sent."
        " We have been alerted and will repair it. Messages that were already accepted are sent"
        " afterwards.",
        CREDENTIALS_UNREADABLE,
    )


def no_subaccount() -> NotFound:
    """Return the error for an organisation without a subaccount."""
    return NotFound("Create the organisation's Twilio subaccount first.", "no_subaccount")
