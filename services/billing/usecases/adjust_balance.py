"""Correct a balance by hand: money, ledger row and audit entry in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import new_id
from services.billing.domain.ledger import LedgerAccount, Movement
from services.billing.storage import ledger
from services.billing.usecases.audit import audit


@dataclass(frozen=True, slots=True)
class Correction:
    """What an operator wants; ``cents`` are taken where negative.

    ``org_id`` is the user's organisation, if the operator named one.
    """

    user_id: UUID
    org_id: UUID | None
    cents: int
    reason: str


class AdjustBalance:
    """Corrects balances."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, correction: Correction) -> tuple[LedgerAccount, int]:
        """Carry out ``correction``, once for each operation; the account, and its cents now.

        Raises ``InsufficientBalance`` for more than is there, and ``InvalidInput`` unknown_user
        for a user whose organisation is neither known nor named, or is another than named.
        """
        account = LedgerAccount(await self._organisation(correction), correction.user_id)
        movement = Movement(
            account,
            abs(correction.cents),
            "admin_adjust",
            str(operation.current() or new_id()),
            correction.reason,
        )
        move = ledger.credit if correction.cents > 0 else ledger.debit
        async with self._database.org(account.org_id) as connection:
            moved = await move(connection, movement)
            balance = await ledger.read_balance(connection, account)
            if moved:
                await audit(
                    connection,
                    account.org_id,
                    "balance_adjusted",
                    ("user_balance", str(account.user_id)),
                    {
                        "amount_cents": correction.cents,
                        "balance_cents": balance,
                        "reason": correction.reason,
                        "external_id": movement.external_id,
                    },
                )
        return account, balance

    async def _organisation(self, correction: Correction) -> UUID:
        async with self._database.system() as connection:
            known = await ledger.organisation_of(connection, correction.user_id)
        named = correction.org_id
        if known and named and known != named:
            raise InvalidInput.of("orgId", "is not the user's organisation", "unknown_user")
        organisation = known or named
        if organisation is None:
            raise InvalidInput.of(
                "userId",
                "never had a balance; name the user's organisation in orgId",
                "unknown_user",
            )
        return organisation
