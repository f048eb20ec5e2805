"""Test helpers: add money to balances, and read them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from sqlalchemy import select

from servicekit.db.database import Database
from services.billing.domain.ledger import LedgerAccount, Movement
from services.billing.storage import ledger
from services.billing.storage.tables import billing_transactions as transactions
from services.billing.storage.tables import user_balances as balances
from tests.fixtures.running import Person


def account_of(person: Person) -> LedgerAccount:
    """Return the ledger account of ``person``."""
    return LedgerAccount(person.org_id, person.user_id)


async def pay_in(database: Database, person: Person, cents: int) -> None:
    """Credit ``cents`` to the balance of ``person``."""
    async with database.org(person.org_id) as connection:
        await ledger.credit(
            connection, Movement(account_of(person), cents, "admin_adjust", str(uuid4()), "Gift")
        )


@asynccontextmanager
async def held_balance(database: Database, person: Person) -> AsyncIterator[None]:
    """Lock the balance of ``person`` until the block ends, so that charges wait."""
    async with database.org(person.org_id) as connection:
        mine = balances.c.user_id == person.user_id
        await connection.execute(select(balances).where(mine).with_for_update())
        yield


async def ledger_sum(database: Database, person: Person) -> int:
    """Return the sum of the transactions of ``person`` in cents."""
    async with database.org(person.org_id) as connection:
        entries = (
            await connection.execute(
                select(transactions.c.type, transactions.c.amount_cents).where(
                    transactions.c.org_id == person.org_id,
                    transactions.c.user_id == person.user_id,
                )
            )
        ).all()
    return sum(e.amount_cents if e.type == "credit" else -e.amount_cents for e in entries)
