"""Check the ledger: balances against their transactions, and sealed blocks against their seals."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice
from uuid import UUID

from servicekit.db.database import Database
from servicekit.failing_items import Item
from services.billing.storage import balances, seals
from services.billing.storage.seals import CheckedBlock

_CHECK_INTERVAL = timedelta(hours=23)
_BLOCKS_AT_ONCE = 20


class LedgerMismatch(RuntimeError):
    """A balance or a block does not match the ledger, so an operator must look at it."""


class CheckLedger:
    """Finds errors of the ledger.

    Each error is returned with the item that is wrong: a balance, or a block of sealed
    transactions.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check_balances(self) -> dict[Item, LedgerMismatch]:
        """Find balances that are not the sum of their transactions. Restores missing balances."""
        async with self._database.system() as connection:
            found = await seals.mismatches(connection)
            missing = [each.user_id for each in found if each.is_missing]
            if missing:
                await balances.restore_balances(connection, missing)
        return {
            Item(str(each.user_id), each.org_id): LedgerMismatch(
                f"the balance is {each.balance_cents} cents, but its transactions add up to"
                f" {each.ledger_cents}"
            )
            for each in found
        }

    async def check_blocks(
        self, first: Sequence[tuple[UUID, UUID]], *, everything: bool
    ) -> Mapping[Item, LedgerMismatch | None]:
        """Read the blocks in ``first`` again, then the blocks whose check is due.

        With ``everything``, all blocks are read. Returns every block that was read, with its error
        or None.
        """
        age, most = (timedelta(), 2**31) if everything else (_CHECK_INTERVAL, None)
        async with self._database.system() as connection:
            due = await seals.blocks_to_check(connection, age, most)
        checked: dict[Item, LedgerMismatch | None] = {}
        wanted = iter(dict.fromkeys([*first, *due]))
        while some := list(islice(wanted, _BLOCKS_AT_ONCE)):
            async with self._database.system() as connection:
                for block in await seals.check(connection, some):
                    checked[_item_of(block)] = None if block.holds else _changed(block)
        return checked


def block_of(item: Item) -> tuple[UUID, UUID] | None:
    """Return the block that ``item`` stands for: its user, and the id of its first transaction.

    Returns None if the item stands for a balance.
    """
    user_id, _, from_id = item.id.partition(":")
    return (UUID(user_id), UUID(from_id)) if from_id else None


def _item_of(block: CheckedBlock) -> Item:
    return Item(f"{block.user_id}:{block.from_id}", block.org_id)


def _changed(block: CheckedBlock) -> LedgerMismatch:
    return LedgerMismatch(
        f"transactions of user {block.user_id} from {block.from_id} to {block.last_id} were changed"
        f" after they were sealed: {block.entries} moved {block.cents} cents, now"
        f" {block.read_entries} move {block.read_cents}"
    )
