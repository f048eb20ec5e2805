"""Adjust a balance by hand: money, ledger row and audit entry in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import new_id
from services.billing.domain.ledger import LedgerAccount, Movement
from services.billing.domain.payers import organisation_account
from services.billing.storage import balances, ledger, outbox
from services.billing.storage.outbox import AuditEntry


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An adjustment by an operator. Negative ``amount_cents`` are taken from the balance.

    ``org_id`` is the user's organisation, if the operator named it. If ``user_id`` is None, the
    organisation's own balance is adjusted.
    """

    user_id: UUID | None
    org_id: UUID | None
    amount_cents: int
    reason: str


class AdjustBalance:
    """Adds money to balances, or takes it, at the request of an operator; writes an audit entry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def adjust(self, adjustment: Adjustment) -> tuple[LedgerAccount, int]:
        """Apply ``adjustment``. Returns the account and its new balance in cents.

        A repeated request with the same idempotency key changes nothing.

        Raises:
            InsufficientBalance: the balance is smaller than the amount to take.
            InvalidInput: the request doesn't name the user's organisation and billing doesn't know
                it, or the named organisation is not the user's (code ``unknown_user``).
        """
        account = await self._account(adjustment)
        movement = Movement(
            account,
            abs(adjustment.amount_cents),
            "admin_adjust",
            str(operation.current() or new_id()),
            adjustment.reason,
        )
        move = ledger.credit if adjustment.amount_cents > 0 else ledger.debit
        async with self._database.org(account.org_id) as connection:
            moved = await move(connection, movement)
            balance = await balances.read_balance(connection, account)
            if moved:
                await outbox.audit(connection, _audit_entry(adjustment, movement, balance))
        return account, balance

    async def _account(self, adjustment: Adjustment) -> LedgerAccount:
        if adjustment.user_id is None:
            if adjustment.org_id is None:
                raise InvalidInput.of("userId", "is required if orgId is not given", "unknown_user")
            return organisation_account(adjustment.org_id)
        return LedgerAccount(
            await self._organisation(adjustment, adjustment.user_id), adjustment.user_id
        )

    async def _organisation(self, adjustment: Adjustment, user_id: UUID) -> UUID:
        async with self._database.system() as connection:
            known = await balances.organisation_of(connection, user_id)
        named = adjustment.org_id
        if known and named and known != named:
            raise InvalidInput.of("orgId", "is not the user's organisation", "unknown_user")
        organisation = known or named
        if organisation is None:
            raise InvalidInput.of(
                "userId",
                "has never had a balance; name the user's organisation in orgId",
                "unknown_user",
            )
        return organisation


def _audit_entry(adjustment: Adjustment, movement: Movement, balance_cents: int) -> AuditEntry:
    return AuditEntry(
        movement.account.org_id,
        "balance_adjusted",
        ("user_balance", str(movement.account.user_id)),
        {
            "amount_cents": adjustment.amount_cents,
            "balance_cents": balance_cents,
            "reason": adjustment.reason,
            "external_id": movement.external_id,
        },
    )
