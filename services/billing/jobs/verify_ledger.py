"""Proves every few minutes that each balance is the sum of its transactions."""

from collections.abc import Sequence

import structlog
from prometheus_client import Counter
from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
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
    await _keep_on_record(database, found)
    for row in found:
        log.critical("ledger_mismatch", user_id=str(row["user_id"]), **_cents(dict(row)))
    if found:
        raise LedgerMismatch(f"{len(found)} balances are not the sum of their transactions")


async def _keep_on_record(database: Database, found: Sequence[RowMapping]) -> None:
    """Keep each balance that is wrong on record until it is right."""
    wrong = {Item(str(row["user_id"]), row["org_id"]): _mismatch(row) for row in found}
    async with JobItems(database, "billing", "verify-ledger").turn() as turn:
        for item, mismatch in wrong.items():
            await turn.failed(item, mismatch)
        await turn.succeeded(*(turn.known - wrong.keys()))


def _mismatch(row: RowMapping) -> LedgerMismatch:
    balance, ledger = row["balance_cents"], row["ledger_cents"]
    return LedgerMismatch(f"the balance is {balance} cents, its transactions add up to {ledger}")


def _cents(row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in ("balance_cents", "ledger_cents")}
