"""Test helpers: change a ledger, and read what the job ``verify-ledger`` reports."""

from collections.abc import Sequence
from typing import Any

from prometheus_client import REGISTRY
from sqlalchemy import text

from servicekit.db.database import Database
from services.billing.jobs.verify_ledger import verify_ledger
from services.billing.usecases.seal_ledger import SealLedger
from tests.fixtures.databases import as_owner
from tests.fixtures.poison import recorded

BLOCK = 3


def mismatch_count() -> float:
    """Return the value of the metric that counts wrong balances."""
    return REGISTRY.get_sample_value("smsblaster_billing_ledger_mismatches_total") or 0.0


async def run_job(ledger_db: Database, **how: Any) -> None:
    """Run the job ``verify-ledger``, sealing small blocks."""
    await verify_ledger(ledger_db, sealing=SealLedger(ledger_db, BLOCK), **how)


async def execute(ledger_db: Database, *statements: str, **parameters: object) -> None:
    async with ledger_db.system() as connection:
        for statement in statements:
            await connection.execute(text(statement), parameters if ":" in statement else {})


async def tamper(ledger_db: Database, *statements: str, **parameters: object) -> None:
    """Change the ledger by SQL, as somebody with the password of the tables' owner could."""
    trigger = "ALTER TABLE billing_transactions {} TRIGGER tr_billing_transactions_append_only"
    await execute_as_owner(
        ledger_db, trigger.format("DISABLE"), *statements, trigger.format("ENABLE"), **parameters
    )


async def execute_as_owner(ledger_db: Database, *statements: str, **parameters: object) -> None:
    async with as_owner(ledger_db) as owner:
        await execute(owner, *statements, **parameters)


async def scalars(ledger_db: Database, query: str) -> Sequence[Any]:
    async with ledger_db.system() as connection:
        return (await connection.execute(text(query))).scalars().all()


async def findings(ledger_db: Database) -> list[str]:
    return [each.item for each in await recorded(ledger_db, "verify-ledger")]


async def age_checks_by_a_day(ledger_db: Database) -> None:
    await execute(ledger_db, "UPDATE seal_blocks SET checked_at = checked_at - interval '1 day'")
