"""Verify that balances are the sums of their transactions, and that no transaction was changed."""

import structlog
from prometheus_client import Counter

from servicekit.db.database import Database
from servicekit.db.limits import REQUEST, working_within
from servicekit.isolation import JobItems
from services.billing.usecases.check_ledger import CheckLedger, LedgerMismatch, block_of
from services.billing.usecases.seal_ledger import SealLedger

log = structlog.get_logger()

# A counter and not a gauge: any replica may run the job, and the gauges of the other replicas would
# keep their old values.
MISMATCHES = Counter(
    "smsblaster_billing_ledger_mismatches_total",
    "Balances and sealed transactions that were found to be wrong, each counted once",
)


async def verify_ledger(
    database: Database, *, by_hand: bool = False, sealing: SealLedger | None = None
) -> None:
    """Seal new transactions, check balances, and read a part of the sealed blocks again.

    An error is stored as a dead letter, counted and logged when it is found. The dead letter is
    resolved when the error is corrected. A missing balance is reported too, and restored.

    Args:
        database: the database of billing.
        by_hand: read all sealed blocks, and raise ``LedgerMismatch`` if anything is wrong.
        sealing: the sealing to use instead of the default, for tests.
    """
    sealing, checking = sealing or SealLedger(database), CheckLedger(database)
    with working_within(REQUEST):
        await sealing.seal_existing()
        suspect = await sealing.seal_new()
        async with JobItems(database, "billing", "verify-ledger", keeps=True).turn() as turn:
            wrong = await checking.check_balances()
            known = [block for item in turn.known if (block := block_of(item))]
            checked = await checking.check_blocks([*suspect, *known], everything=by_hand)
            wrong |= {item: error for item, error in checked.items() if error}
            for item, error in wrong.items():
                if item not in turn.known:
                    MISMATCHES.inc()
                    log.critical("ledger_mismatch", item=item.id, what=str(error))
                    await turn.failed(item, error)
            read = {item for item in turn.known if item in checked or not block_of(item)}
            await turn.succeeded(*(read - wrong.keys()))
    if by_hand and wrong:
        raise LedgerMismatch("; ".join(f"{item.id}: {error}" for item, error in wrong.items()))
