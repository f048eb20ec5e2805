"""Advance the registration of an organisation's brand: its submission, then its review.

Each step's result is committed before the next step, under the lease for setting up the
organisation. An interrupted submission continues with the step that was not finished.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.accounts.storage.subaccounts import Lease
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.providers.twilio_http import TwilioRefused
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.brand_form import complete_brand
from services.messaging.registration.domain.reviews import Reason, ReviewDecision
from services.messaging.registration.providers.twilio_a2p import TwilioA2p
from services.messaging.registration.providers.twilio_trust_hub import TwilioTrustHub
from services.messaging.registration.storage import a2p_brands
from services.messaging.registration.storage.a2p_brands import Brand
from services.messaging.registration.support.brand_steps import (
    BrandSteps,
    EvaluationFailed,
    Submission,
)
from services.messaging.registration.support.review_decisions import decide_brand
from services.messaging.registration.support.review_notices import announce_result

# A caller waits half a minute. Steps that are not finished in time are left to the job.
_WORKING_SECONDS = 12.0


class AdvanceBrand:
    """Advance the registration of brands."""

    def __init__(
        self,
        database: Database,
        accounts: SendingAccounts,
        leases: SetupLeases,
        steps: BrandSteps,
        hub: TwilioTrustHub,
        a2p: TwilioA2p,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._leases = leases
        self._steps = steps
        self._hub = hub
        self._a2p = a2p

    async def advance(self, org_id: UUID) -> None:
        """Submit the brand for at most twelve seconds, or poll Twilio about the brand's review.

        Raises:
            Unavailable: Twilio did not answer. The next attempt continues.
        """
        brand = await self._find(org_id)
        if brand and brand.status == "submitting":
            await self._submit(org_id)
        elif brand:
            await self._review(brand)

    async def _submit(self, org_id: UUID) -> None:
        deadline = time.monotonic() + _WORKING_SECONDS
        async with self._leases.acquire(org_id) as lease:
            brand = await self._find(org_id)
            while brand and brand.status == "submitting" and time.monotonic() < deadline:
                await self._step(brand, lease)
                brand = await self._find(org_id)

    async def _step(self, brand: Brand, lease: Lease) -> None:
        submission = Submission(
            brand.org_id,
            await self._accounts.for_org(brand.org_id),
            complete_brand(brand.payload),
            lease.interrupted,
            dict(brand.sids),
        )
        try:
            await self._steps.steps[brand.steps_done](submission)
        except TwilioRefused as refusal:
            await self._fail(brand.org_id, await self._reasons(submission, refusal))
        except EvaluationFailed as failure:
            await self._fail(brand.org_id, failure.reasons)
        else:
            await self._done(brand.org_id, brand.steps_done + 1, submission)

    async def _done(self, org_id: UUID, steps_done: int, submission: Submission) -> None:
        async with self._database.org(org_id) as connection:
            await a2p_brands.step_done(connection, org_id, steps_done, submission.sids)
            if steps_done == len(self._steps.steps):
                sid = submission.sids["brand"]
                await a2p_brands.submitted(connection, org_id, sid)
                await audit(connection, "a2p_brand_registered", "a2p_brand", sid)

    async def _reasons(self, submission: Submission, refusal: TwilioRefused) -> Sequence[Reason]:
        """Return why Twilio refused the brand. A rejected customer profile may be the cause."""
        rejected = None
        if "profile" in submission.sids:
            rejected = await self._hub.rejection(submission.account, submission.sids["profile"])
        return rejected or [Reason(refusal.provider_code, refusal.message)]

    async def _fail(self, org_id: UUID, reasons: Sequence[Reason]) -> None:
        decision = ReviewDecision("failed", datetime.now(UTC), reasons)
        async with self._database.org(org_id) as connection:
            await a2p_brands.decide(connection, org_id, decision)
            await announce_result(connection, org_id, "a2p_brand", str(org_id), "failed")

    async def _review(self, brand: Brand) -> None:
        """Poll Twilio about the review of a submitted brand."""
        if brand.brand_sid is None:
            return
        account = await self._accounts.for_org(brand.org_id)
        decision = await self._a2p.brand_review(account, brand.brand_sid)
        if decision and decision.status == "pending":
            asked_at = datetime.now(UTC)
            reasons = await self._hub.rejection(account, brand.sids["profile"])
            if reasons is not None:
                decision = ReviewDecision("failed", asked_at, reasons)
        if decision:
            async with self._database.org(brand.org_id) as connection:
                await decide_brand(connection, brand.org_id, decision)

    async def _find(self, org_id: UUID) -> Brand | None:
        async with self._database.org(org_id) as connection:
            return await a2p_brands.find(connection, org_id)
