"""Charge number lookups, and refund them."""

from dataclasses import dataclass
from uuid import UUID

from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.providers.charges import Charges

DESCRIPTION = "Number lookup"
"""How the ledger describes the charge of a lookup."""


@dataclass(frozen=True, slots=True)
class LookupCharges:
    """Charges lookups and refunds them. If the price is 0, lookups are free."""

    charges: Charges
    price_cents: int

    async def take(self, payer: Payer, charge_id: UUID) -> bool:
        """Charge a lookup. Returns False if the balance is too low. Raises `Unavailable`."""
        if not self.price_cents:
            return True
        price = {charge_id: self.price_cents}
        return bool(await self.charges.take(payer, price, DESCRIPTION))

    async def give_back(self, org_id: UUID, charge_id: UUID) -> None:
        """Refund a lookup, if it was charged. Raises `Unavailable`."""
        await self.charges.give_back(org_id, [charge_id])
