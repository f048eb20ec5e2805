"""Submit an organisation's brand to the US carriers, and once more after a rejection."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound, Unavailable
from servicekit.identity import Identity
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.brand_form import BRAND_FORM, completed_brand
from services.messaging.registration.domain.forms import Details, merged
from services.messaging.registration.storage import a2p_brands
from services.messaging.registration.support.registration_fees import RegistrationFees
from services.messaging.registration.usecases.advance_brand import AdvanceBrand
from services.messaging.registration.usecases.registration_drafts import RegistrationDrafts

log = structlog.get_logger()


class SubmitBrand:
    """Submits brands."""

    def __init__(
        self,
        database: Database,
        accounts: SendingAccounts,
        drafts: RegistrationDrafts,
        advance: AdvanceBrand,
        fees: RegistrationFees,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._drafts = drafts
        self._advance = advance
        self._fees = fees

    async def __call__(self, submitter: Identity, given: Details) -> RowMapping:
        """Submit what is given and what the draft holds besides; the brand as it stands then.

        What Twilio can't be asked at once is done later. Raises ``InvalidInput``, ``NotFound``
        no_subaccount, ``Conflict`` brand_exists and brand_failed, and as the fee is taken.
        """
        org_id = submitter.require_org()
        details = await self._drafts.whole(org_id, BRAND_FORM, given)
        await self._accounts.for_org(org_id)
        async with self._database.org(org_id) as connection:
            known = await a2p_brands.find(connection, org_id)
        if known is None:
            await self._fees.take(submitter, "brand", None)
        async with self._database.org(org_id) as connection:
            if await a2p_brands.submit(connection, org_id, details):
                await audit(connection, "a2p_brand_submitted", "a2p_brand", str(org_id))
        _check_same(await self.find(org_id), details)
        return await self._go_on(org_id)

    async def resubmit(self, submitter: Identity, given: Details) -> RowMapping:
        """Submit the rejected brand once more with what is given; the brand as it stands then.

        Raises ``InvalidInput``, ``NotFound`` brand_not_found, ``Conflict`` brand_not_failed, and as
        the fee is taken.
        """
        org_id = submitter.require_org()
        rejected = await self.find(org_id)
        details = _corrected(rejected, given)
        await self._fees.take(submitter, "brand", rejected["told_at"])
        async with self._database.org(org_id) as connection:
            brand = await a2p_brands.lock(connection, org_id)
            if brand is None:
                raise _no_brand()
            _corrected(brand, given)
            await a2p_brands.resubmit(connection, org_id, details)
            await audit(connection, "a2p_brand_resubmitted", "a2p_brand", str(org_id))
        return await self._go_on(org_id)

    async def find(self, org_id: UUID) -> RowMapping:
        """The organisation's brand. Raises ``NotFound`` brand_not_found."""
        async with self._database.org(org_id) as connection:
            brand = await a2p_brands.find(connection, org_id)
        if brand is None:
            raise _no_brand()
        return brand

    async def _go_on(self, org_id: UUID) -> RowMapping:
        try:
            await self._advance(org_id)
        except Unavailable as error:  # the job goes on with it
            log.warning("brand_waits", org_id=str(org_id), error=error.code)
        return await self.find(org_id)


def _corrected(brand: RowMapping, given: Details) -> Details:
    """Return the details of a rejected brand with those that are given now."""
    if brand["status"] != "failed":
        raise Conflict("Only a rejected brand can be resubmitted.", "brand_not_failed")
    details = merged(brand["payload"], given)
    BRAND_FORM.check(details, whole=True)
    return details


def _check_same(brand: RowMapping, details: Mapping[str, Any]) -> None:
    if brand["status"] == "failed":
        raise Conflict("The brand was rejected. Correct it and resubmit it.", "brand_failed")
    if completed_brand(brand["payload"]) != completed_brand(details):
        raise Conflict("A brand is submitted already; an organisation has one.", "brand_exists")


def _no_brand() -> NotFound:
    return NotFound("No brand was submitted yet.", "brand_not_found")
