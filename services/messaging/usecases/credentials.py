"""With what an organisation signs in to Twilio. Tokens are in clear in memory only."""

import time
from uuid import UUID

from servicekit.crypto import Envelope
from servicekit.db.database import Database
from servicekit.errors import NotFound
from services.messaging.domain.accounts import SendingAccount
from services.messaging.storage import subaccounts

_KEPT_SECONDS = 60.0
_KEPT_ACCOUNTS = 10_000


class SendingAccounts:
    """The organisations' accounts, decrypted and kept for a minute at the most."""

    def __init__(self, database: Database, envelope: Envelope) -> None:
        self._database = database
        self._envelope = envelope
        self._kept: dict[UUID, tuple[float, SendingAccount]] = {}

    async def for_org(self, org_id: UUID) -> SendingAccount:
        """The organisation's account. Raises ``NotFound`` no_subaccount.

        One that can't send is not kept, so that a first number counts everywhere at once.
        """
        until, kept = self._kept.get(org_id, (0.0, None))
        if kept and time.monotonic() < until:
            return kept
        account = await self._load(org_id)
        if account.has_sender:
            self._keep(org_id, account)
        return account

    def forget(self, org_id: UUID) -> None:
        """Read the organisation's account anew the next time."""
        self._kept.pop(org_id, None)

    async def signing_tokens(self, account_sid: str) -> tuple[UUID, list[str]]:
        """Whose account it is, and the tokens that may sign its webhooks, the primary one first.

        Raises ``NotFound`` subaccount_not_found.
        """
        async with self._database.system() as connection:
            row = await subaccounts.tokens_of(connection, account_sid)
        if row is None:
            raise NotFound("There is no such Twilio account.", "subaccount_not_found")
        columns = ("auth_token_encrypted", "secondary_token_encrypted")
        org_id: UUID = row["org_id"]
        return org_id, [self._opened(org_id, c, row[c]) for c in columns if row[c]]

    def seal(self, org_id: UUID, auth_token: str) -> str:
        """The primary token of the organisation's account, encrypted for its row."""
        return self._envelope.seal(auth_token, _context(org_id, "auth_token_encrypted"))

    async def _load(self, org_id: UUID) -> SendingAccount:
        async with self._database.org(org_id) as connection:
            row = await subaccounts.with_sender(connection, org_id)
        if row is None:
            raise no_subaccount()
        return SendingAccount(
            sub_account_sid=row["sub_account_sid"],
            auth_token=self._opened(org_id, "auth_token_encrypted", row["auth_token_encrypted"]),
            messaging_service_sid=row["messaging_service_sid"],
            has_sender=row["has_sender"],
        )

    def _keep(self, org_id: UUID, account: SendingAccount) -> None:
        if len(self._kept) >= _KEPT_ACCOUNTS:
            self._kept.clear()
        self._kept[org_id] = (time.monotonic() + _KEPT_SECONDS, account)

    def _opened(self, org_id: UUID, column: str, sealed: str) -> str:
        return self._envelope.open(sealed, _context(org_id, column))


def no_subaccount() -> NotFound:
    """The error for an organisation without an account."""
    return NotFound("Create the organisation's Twilio subaccount first.", "no_subaccount")


def _context(org_id: UUID, column: str) -> dict[str, str]:
    # The row's id is the organisation's: a token copied elsewhere can't be opened.
    return {
        "org": str(org_id),
        "table": "twilio_subaccounts",
        "column": column,
        "row": str(org_id),
    }
