"""A ledger for tests to spoil, and what the job that verifies it finds."""

from collections.abc import Sequence
from typing import Any

from prometheus_client import REGISTRY
from sqlalchemy import text

from servicekit.db.database import Database
from services.billing.jobs.verify_ledger import verify_ledger
from services.billing.usecases.seal_ledger import SealLedger
from tests.fixtures.poison import recorded

BLOCK = 3


def counted() -> float:
    """What the metric has counted so far."""
    return REGISTRY.get_sample_value("billing_ledger_mismatches_total") or 0.0


async def run(books: Database, **how: Any) -> None:
    """A run with blocks of a few transactions."""
    await verify_ledger(books, sealing=SealLedger(books, BLOCK), **how)


async def execute(books: Database, *statements: str, **parameters: object) -> None:
    async with books.system() as connection:
        for statement in statements:
            await connection.execute(text(statement), parameters if ":" in statement else {})


async def tamper(books: Database, *statements: str, **parameters: object) -> None:
    """Change the ledger as somebody does who has the database's password."""
    trigger = "ALTER TABLE billing_transactions {} TRIGGER tr_billing_transactions_append_only"
    await execute(
        books, trigger.format("DISABLE"), *statements, trigger.format("ENABLE"), **parameters
    )


async def scalars(books: Database, query: str) -> Sequence[Any]:
    async with books.system() as connection:
        return (await connection.execute(text(query))).scalars().all()


async def findings(books: Database) -> list[str]:
    return [each.item for each in await recorded(books, "verify-ledger")]


async def a_day_passes(books: Database) -> None:
    await execute(books, "UPDATE seal_blocks SET checked_at = checked_at - interval '1 day'")
