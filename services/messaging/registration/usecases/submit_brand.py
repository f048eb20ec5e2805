"""Submit an organisation's brand to the US carriers, and resubmit it after a rejection."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound, Unavailable
from servicekit.identity import Identity
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.brand_form import BRAND_FORM, complete_brand
from services.messaging.registration.domain.forms import Details, merged
from services.messaging.registration.providers.registration_fees import RegistrationFees
from services.messaging.registration.storage import a2p_brands
from services.messaging.registration.storage.a2p_brands import Brand
from services.messaging.registration.support.drafts import complete_details

log = structlog.get_logger()


class BrandAdvancer(Protocol):
    """Advances the registration of brands."""

    async def advance(self, org_id: UUID) -> None:
        """Submit the brand, or poll its review, as ``AdvanceBrand.advance`` does."""


class SubmitBrand:
    """Submit and resubmit brands."""

    def __init__(
        self,
        database: Database,
        accounts: SendingAccounts,
        advancer: BrandAdvancer,
        fees: RegistrationFees,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._advancer = advancer
        self._fees = fees

    async def submit(self, submitter: Identity, given: Details) -> Brand:
        """Submit the draft, with the fields in ``given`` replaced. Idempotent for the same details.

        The fee is charged first. If Twilio does not answer later, a job continues the submission.

        Raises:
            InvalidInput: A field is invalid or missing.
            NotFound: no_subaccount.
            Conflict: brand_exists or brand_failed.
            Forbidden: email_not_verified.
            InsufficientBalance: The balance does not cover the fee.
            Unavailable: Billing did not answer.
        """
        org_id = submitter.require_org()
        details = await complete_details(self._database, org_id, BRAND_FORM, given)
        await self._accounts.for_org(org_id)
        async with self._database.org(org_id) as connection:
            known = await a2p_brands.find(connection, org_id)
        if known is None:
            await self._fees.charge(submitter, "brand", None)
        async with self._database.org(org_id) as connection:
            if await a2p_brands.submit(connection, org_id, details):
                await audit(connection, "a2p_brand_submitted", "a2p_brand", str(org_id))
        _check_same(await self._find(org_id), details)
        return await self._advance(org_id)

    async def resubmit(self, submitter: Identity, given: Details) -> Brand:
        """Resubmit a rejected brand, with the fields in ``given`` replaced.

        Raises:
            InvalidInput: A field is invalid or missing.
            NotFound: brand_not_found.
            Conflict: brand_not_failed.
            Forbidden: email_not_verified.
            InsufficientBalance: The balance does not cover the fee.
            Unavailable: Billing did not answer.
        """
        org_id = submitter.require_org()
        rejected = await self._find(org_id)
        details = _corrected(rejected, given)
        await self._fees.charge(submitter, "brand", rejected.decided_at)
        async with self._database.org(org_id) as connection:
            brand = await a2p_brands.lock(connection, org_id)
            if brand is None:
                raise _no_brand()
            _corrected(brand, given)
            await a2p_brands.resubmit(connection, org_id, details)
            await audit(connection, "a2p_brand_resubmitted", "a2p_brand", str(org_id))
        return await self._advance(org_id)

    async def _find(self, org_id: UUID) -> Brand:
        async with self._database.org(org_id) as connection:
            brand = await a2p_brands.find(connection, org_id)
        if brand is None:
            raise _no_brand()
        return brand

    async def _advance(self, org_id: UUID) -> Brand:
        try:
            await self._advancer.advance(org_id)
        except Unavailable as error:  # a job continues the submission
            log.warning("brand_waits", org_id=str(org_id), error=error.code)
        return await self._find(org_id)


def _corrected(brand: Brand, given: Details) -> Details:
    """Return the details of a rejected brand, with the fields in ``given`` replaced."""
    if brand.status != "failed":
        raise Conflict("Only a rejected brand can be resubmitted.", "brand_not_failed")
    details = merged(brand.payload, given)
    BRAND_FORM.check(details, whole=True)
    return details


def _check_same(brand: Brand, details: Mapping[str, Any]) -> None:
    """Raise ``Conflict`` unless the stored brand was submitted with the same details."""
    if brand.status == "failed":
        raise Conflict("The brand was rejected. Correct it and resubmit it.", "brand_failed")
    if complete_brand(brand.payload) != complete_brand(details):
        raise Conflict(
            "Another brand has already been submitted. An organisation can have only one.",
            "brand_exists",
        )


def _no_brand() -> NotFound:
    return NotFound("No brand has been submitted yet.", "brand_not_found")
