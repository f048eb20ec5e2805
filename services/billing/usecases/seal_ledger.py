"""Seal the ledger: each account's new transactions, and those from before there were seals.

Only the job ``verify-ledger`` seals, so no two processes change a seal at the same time.
"""

import time
from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from services.billing.domain.seals import BLOCK_ENTRIES, Entry, seal
from services.billing.storage import seals
from services.billing.storage.seals import AccountSeal

_BATCH = 5000
_SEALING_SECONDS = 60.0


class SealLedger:
    """Seals ledger transactions in batches, each in a database transaction of its own."""

    def __init__(self, database: Database, block_entries: int = BLOCK_ENTRIES) -> None:
        self._database = database
        self._block_entries = block_entries

    async def seal_existing(self) -> None:
        """Seal transactions from before there were seals, for at most a minute per run."""
        async with self._database.system() as connection:
            await seals.open_accounts(connection)
        until = time.monotonic() + _SEALING_SECONDS
        while await self._seal_existing_batch():
            if time.monotonic() > until:
                return

    async def seal_new(self) -> Sequence[tuple[UUID, UUID]]:
        """Seal new transactions of accounts whose transactions from before seals are all sealed.

        Returns the user and first id of each block with a transaction that was changed between its
        insertion and its sealing.
        """
        async with self._database.system() as connection:
            accounts = await seals.accounts_to_seal(connection)
        suspect: set[tuple[UUID, UUID]] = set()
        for account in accounts:
            sealed = _BATCH
            while sealed == _BATCH:
                sealed = await self._seal_new_batch(account, suspect)
        return sorted(suspect)

    async def _seal_existing_batch(self) -> bool:
        """Seal a batch of transactions from before there were seals.

        Returns False if all are sealed.
        """
        async with self._database.system() as connection:
            account = await seals.next_unsealed_account(connection)
            if account is None:
                return False
            entries = await seals.existing_entries(connection, account, _BATCH)
            if entries:
                blocks = await seals.blocks(connection, account, entries[0].id)
                grown = seal(blocks, entries, self._block_entries)
                await seals.save(connection, account, grown, entries)
            until = entries[-1].id if entries else account.adopted_until
            done = len(entries) < _BATCH
            await seals.mark_existing_sealed(connection, account, until, done=done)
        return True

    async def _seal_new_batch(self, account: AccountSeal, suspect: set[tuple[UUID, UUID]]) -> int:
        """Seal a batch of an account's new transactions and return their count.

        Adds to ``suspect`` the blocks in which a transaction was changed before it was sealed.
        """
        async with self._database.system() as connection:
            found = await seals.new_entries(connection, account, _BATCH)
            entries: Sequence[Entry] = [fresh.entry for fresh in found]
            if entries:
                blocks = await seals.blocks(connection, account, entries[0].id)
                grown = seal(blocks, entries, self._block_entries)
                await seals.save(connection, account, grown, entries)
                suspect |= {
                    (account.user_id, max(b.from_id for b in grown if b.from_id <= f.entry.id))
                    for f in found
                    if not f.as_written
                }
        return len(entries)
