"""Proves every few minutes that each balance is the sum of its transactions."""

import structlog
from prometheus_client import Counter

from servicekit.db.database import Database
from services.billing.storage import ledger, transactions

log = structlog.get_logger()

# A counter: the job runs in one replica at a time, and what another one set would stay for ever.
MISMATCHES = Counter(
    "billing_ledger_mismatches_total",
    "Balances that were found not to be the sum of their transactions",
)


class LedgerMismatch(RuntimeError):
    """The books are wrong: an operator must look."""


async def verify_ledger(database: Database) -> None:
    """Raise ``LedgerMismatch`` where a balance is not the sum of its transactions.

    Balances that are missing are told as well, and made again.
    """
    async with database.system() as connection:
        found = await transactions.mismatches(connection)
        if found:
            await ledger.make_missing(connection, [row["user_id"] for row in found])
    MISMATCHES.inc(len(found))
    for row in found:
        log.critical("ledger_mismatch", user_id=str(row["user_id"]), **_cents(dict(row)))
    if found:
        raise LedgerMismatch(f"{len(found)} balances are not the sum of their transactions")


def _cents(row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in ("balance_cents", "ledger_cents")}
