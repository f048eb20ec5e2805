"""Proves that balances are the sums of their transactions, which nobody may change."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice
from uuid import UUID

import structlog
from prometheus_client import Counter

from servicekit.db.database import Database
from servicekit.db.limits import REQUEST, working_within
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.billing.storage import ledger, seals
from services.billing.storage.seals import CheckedBlock
from services.billing.usecases.seal_ledger import SealLedger

log = structlog.get_logger()

# A counter: the job runs in one replica at a time, and what another one set would stay for ever.
MISMATCHES = Counter(
    "billing_ledger_mismatches_total",
    "Balances and sealed transactions that were found to be wrong, each once",
)

_CHECKED_EACH = timedelta(hours=23)
_BLOCKS_AT_ONCE = 20


class LedgerMismatch(RuntimeError):
    """The books are wrong: an operator must look."""


async def verify_ledger(
    database: Database, *, by_hand: bool = False, sealing: SealLedger | None = None
) -> None:
    """Seal what is new, compare balances with seals, and read a part of what is sealed again.

    What is wrong is put on record, counted and logged when it is found, and goes off the record
    when it is right. A missing balance is told as well, and made again. A run ``by_hand`` reads all
    that is sealed and raises ``LedgerMismatch`` where anything is wrong.
    """
    sealing = sealing or SealLedger(database)
    with working_within(REQUEST):
        await sealing.seal_existing()
        suspect = await sealing.seal_new()
        async with JobItems(database, "billing", "verify-ledger", keeps=True).turn() as turn:
            wrong = await _wrong_balances(database)
            known = [block for item in turn.known if (block := _block_of(item))]
            checked = await _check_blocks(database, [*suspect, *known], everything=by_hand)
            wrong |= {item: error for item, error in checked.items() if error}
            for item, error in wrong.items():
                if item not in turn.known:
                    MISMATCHES.inc()
                    log.critical("ledger_mismatch", item=item.id, what=str(error))
                    await turn.failed(item, error)
            read = {item for item in turn.known if item in checked or not _block_of(item)}
            await turn.succeeded(*(read - wrong.keys()))
    if by_hand and wrong:
        raise LedgerMismatch("; ".join(f"{item.id}: {error}" for item, error in wrong.items()))


async def _wrong_balances(database: Database) -> dict[Item, LedgerMismatch]:
    """Return the balances that are not the sum of their transactions."""
    async with database.system() as connection:
        found = await seals.mismatches(connection)
        missing = [each.user_id for each in found if each.is_missing]
        if missing:
            await ledger.restore_balances(connection, missing)
    return {
        Item(str(each.user_id), each.org_id): LedgerMismatch(
            f"the balance is {each.balance_cents} cents, its transactions add up to"
            f" {each.ledger_cents}"
        )
        for each in found
    }


async def _check_blocks(
    database: Database, first: Sequence[tuple[UUID, UUID]], *, everything: bool
) -> Mapping[Item, LedgerMismatch | None]:
    """Read ``first`` again and the blocks that are due; what is wrong with each."""
    age, most = (timedelta(), 2**31) if everything else (_CHECKED_EACH, None)
    async with database.system() as connection:
        due = await seals.blocks_to_check(connection, age, most)
    checked: dict[Item, LedgerMismatch | None] = {}
    wanted = iter(dict.fromkeys([*first, *due]))
    while some := list(islice(wanted, _BLOCKS_AT_ONCE)):
        async with database.system() as connection:
            for block in await seals.check(connection, some):
                checked[_item_of(block)] = None if block.holds else _changed(block)
    return checked


def _changed(block: CheckedBlock) -> LedgerMismatch:
    return LedgerMismatch(
        f"transactions of user {block.user_id} from {block.from_id} to {block.last_id} were changed"
        f" after they were sealed: {block.entries} moved {block.cents} cents, now"
        f" {block.read_entries} move {block.read_cents}"
    )


def _item_of(block: CheckedBlock) -> Item:
    return Item(f"{block.user_id}:{block.from_id}", block.org_id)


def _block_of(item: Item) -> tuple[UUID, UUID] | None:
    """Return user and first id of the block that an item stands for; None for a balance."""
    user_id, _, from_id = item.id.partition(":")
    return (UUID(user_id), UUID(from_id)) if from_id else None
