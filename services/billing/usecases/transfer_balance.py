"""Move money between two balances of an organisation, with two ledger rows in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity, operation
from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.ids import new_id
from services.billing.domain.ledger import LedgerAccount, Movement
from services.billing.storage import automatic_topups, balances, ledger, outbox
from services.billing.storage.outbox import AuditEntry


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer of ``amount_cents`` between two balances of one organisation."""

    source: LedgerAccount
    target: LedgerAccount
    amount_cents: int
    note: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """A transfer that was made. The balances are in cents, after the transfer."""

    id: UUID
    source_cents: int
    target_cents: int


class TransferBalance:
    """Moves money between balances of an organisation, with an audit entry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def transfer(self, wanted: Transfer) -> Transferred:
        """Make the transfer. A repeated request with the same idempotency key changes nothing.

        Raises:
            InsufficientBalance: The balance to take from is smaller than the amount.
            InvalidInput: Both balances are the same.
            CrossOrgAccess: The balance to take from belongs to a user of another organisation.
            NotFound: The user to take from has never had a balance.
        """
        if wanted.source == wanted.target:
            raise InvalidInput.of("toUserId", "must not be the same balance as fromUserId")
        await self._require_own(wanted.source)
        transfer_id = operation.part("transfer") or new_id()
        async with self._database.org(wanted.source.org_id) as connection:
            # In the order of their ids, so that two transfers never wait for each other.
            for account in sorted((wanted.source, wanted.target), key=lambda each: each.user_id):
                await balances.open_balance(connection, account)
            if await ledger.debit(connection, _movement(wanted, transfer_id, taken=True)):
                await ledger.credit(connection, _movement(wanted, transfer_id, taken=False))
                if wanted.source.user_id not in (wanted.source.org_id, identity.current().user_id):
                    # Otherwise the member's own card would pay for what somebody else has taken.
                    await automatic_topups.turn_off(connection, wanted.source)
                await outbox.audit(connection, _audit_entry(wanted, transfer_id))
            return await _result(connection, wanted, transfer_id)

    async def _require_own(self, account: LedgerAccount) -> None:
        async with self._database.system() as connection:
            org_id = await balances.organisation_of(connection, account.user_id)
        if org_id is None:
            raise NotFound("This balance has never had money.", "balance_not_found")
        if org_id != account.org_id:
            raise CrossOrgAccess


async def _result(connection: AsyncConnection, wanted: Transfer, transfer_id: UUID) -> Transferred:
    return Transferred(
        transfer_id,
        await balances.read_balance(connection, wanted.source),
        await balances.read_balance(connection, wanted.target),
    )


def _movement(wanted: Transfer, transfer_id: UUID, *, taken: bool) -> Movement:
    return Movement(
        wanted.source if taken else wanted.target,
        wanted.amount_cents,
        "transfer",
        f"{transfer_id}:{'from' if taken else 'to'}",
        wanted.note,
        by_user_id=identity.current().user_id,
    )


def _audit_entry(wanted: Transfer, transfer_id: UUID) -> AuditEntry:
    return AuditEntry(
        wanted.source.org_id,
        "balance_transferred",
        ("balance_transfer", str(transfer_id)),
        {
            "amount_cents": wanted.amount_cents,
            "from": str(wanted.source.user_id),
            "to": str(wanted.target.user_id),
            "note": wanted.note,
        },
    )
