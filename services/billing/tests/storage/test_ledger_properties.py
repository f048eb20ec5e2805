"""No cent is lost in any order of movements, and each ledger row has the balance after it."""

import asyncio
import random
from collections import defaultdict
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance, NotFound
from servicekit.identity import Identity, acting_as
from servicekit.ids import new_id
from services.billing.domain.ledger import Cause, Charge, LedgerAccount, Movement
from services.billing.storage import balances, ledger
from services.billing.storage.tables import billing_transactions as transactions
from services.billing.usecases.charge_messages import ChargeBatch, ChargeMessages
from services.billing.usecases.refund_messages import RefundMessages
from services.billing.usecases.transfer_balance import Transfer, TransferBalance


class Books:
    """An organisation with its own balance, three members' balances, and random movements."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.random = random.Random(seed)  # noqa: S311 (the same movements in every run)
        self.org_id = new_id()
        users = [self.org_id, *(new_id() for _ in range(3))]
        self.accounts = [LedgerAccount(self.org_id, user_id) for user_id in users]
        self.paid_in = 0
        self.messages: dict[UUID, tuple[LedgerAccount, int]] = {}
        self.refunded: set[UUID] = set()

    async def step(self) -> None:
        await self.random.choice([self.pay_in, self.charge, self.refund, self.transfer])()

    async def pay_in(self) -> None:
        cents = self.random.randint(0, 50)
        movement = Movement(self._any(), cents, "admin_adjust", str(uuid4()), "Gift")
        self.paid_in += cents
        async with self.database.org(self.org_id) as connection:
            await ledger.credit(connection, movement)

    async def charge(self) -> None:
        account = self._any()
        charges = [Charge(uuid4(), self.random.randint(0, 9)) for _ in range(5)]
        # Some are charged again, which must not move money, even if another payer is named.
        known = self.random.sample(sorted(self.messages), min(2, len(self.messages)))
        again = [Charge(message_id, self.messages[message_id][1]) for message_id in known]
        batch = ChargeBatch(account, [*again, *charges], Cause("Text message"))
        charged = await ChargeMessages(self.database).charge(batch)
        for each in charges:
            if each.message_id in charged.message_ids:
                self.messages[each.message_id] = (account, each.amount_cents)

    async def refund(self) -> None:
        chosen = self.random.sample(sorted(self.messages), min(4, len(self.messages)))
        await RefundMessages(self.database).refund(self.org_id, chosen)
        self.refunded |= set(chosen)

    async def transfer(self) -> None:
        source, target = self.random.sample(self.accounts, 2)
        wanted = Transfer(source, target, self.random.randint(1, 30), "x")
        with acting_as(Identity("gateway", self.org_id, new_id())):
            try:
                await TransferBalance(self.database).transfer(wanted)
            except (InsufficientBalance, NotFound):
                return

    def _any(self) -> LedgerAccount:
        return self.random.choice(self.accounts)

    async def check(self) -> None:
        """Compare the balances with the ledger, and the ledger with the movements made."""
        async with self.database.org(self.org_id) as connection:
            left = [await balances.read_balance(connection, each) for each in self.accounts]
            query = select(transactions).where(transactions.c.org_id == self.org_id)
            rows = list(await connection.execute(query))
        spent = sum(
            cents for each, (_, cents) in self.messages.items() if each not in self.refunded
        )
        assert min(left) >= 0
        assert sum(left) == self.paid_in - spent
        by_account: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
        for row in rows:
            cents = row.amount_cents if row.type == "credit" else -row.amount_cents
            by_account[row.user_id].append((cents, row.balance_after_cents))
        for account, cents in zip(self.accounts, left, strict=True):
            assert sum(moved for moved, _ in by_account[account.user_id]) == cents
            _require_chain(by_account[account.user_id], cents)


def _require_chain(moves: list[tuple[int, int]], end: int) -> None:
    """Check that some order of the moves gives the balance that is stored with each of them.

    Each move goes from one balance to another. The moves can form one path from 0 to ``end`` only
    if each balance between is left as often as it is reached.
    """
    surplus: dict[int, int] = defaultdict(int)
    for cents, after in moves:
        assert after >= 0
        surplus[after - cents] += 1
        surplus[after] -= 1
    surplus[0] -= 1
    surplus[end] += 1
    assert not any(surplus.values())


@pytest.mark.parametrize("seed", range(4))
async def test_no_cent_is_lost_in_any_order_of_movements(database: Database, seed: int) -> None:
    books = Books(database, seed)
    for _ in range(60):
        await books.step()
    await books.check()


async def test_no_cent_is_lost_when_movements_run_at_the_same_time(database: Database) -> None:
    books = Books(database, seed=7)
    await books.pay_in()
    for _ in range(12):
        await asyncio.gather(*(books.step() for _ in range(5)))
    await books.check()
