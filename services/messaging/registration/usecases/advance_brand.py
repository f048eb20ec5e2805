"""Take an organisation's brand further: its submission step by step, then its review.

What each step made is committed before the next one begins, under the lease on the organisation's
setup, so that a submission that was cut off goes on where it stood.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.messaging.accounts.storage.subaccounts import Lease
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.providers.twilio_http import Refused
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.brand_form import completed_brand
from services.messaging.registration.domain.reviews import Reason, Word
from services.messaging.registration.providers.twilio_a2p import TwilioA2p
from services.messaging.registration.providers.twilio_trust_hub import TwilioTrustHub
from services.messaging.registration.storage import a2p_brands
from services.messaging.registration.support.brand_steps import BrandSteps, Lacking, Submission
from services.messaging.registration.support.decide_registration import decide_brand

# A caller waits half a minute, and the lease lasts one; the rest is the job's.
_WORKING_SECONDS = 12.0


class AdvanceBrand:
    """Takes brands further."""

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

    async def __call__(self, org_id: UUID) -> None:
        """Take the organisation's brand as far as it gets within twelve seconds.

        Raises ``Unavailable`` where Twilio is away; it goes on the next time.
        """
        brand = await self._find(org_id)
        if brand and brand["status"] == "submitting":
            await self._submit(org_id)
        elif brand:
            await self._review(brand)

    async def _submit(self, org_id: UUID) -> None:
        deadline = time.monotonic() + _WORKING_SECONDS
        async with self._leases.held(org_id) as lease:
            brand = await self._find(org_id)
            while brand and brand["status"] == "submitting" and time.monotonic() < deadline:
                await self._step(brand, lease)
                brand = await self._find(org_id)

    async def _step(self, brand: RowMapping, lease: Lease) -> None:
        org_id: UUID = brand["org_id"]
        submission = Submission(
            org_id,
            await self._accounts.for_org(org_id),
            completed_brand(brand["payload"]),
            lease.interrupted,
            dict(brand["sids"]),
        )
        try:
            await self._steps.steps[brand["steps_done"]](submission)
        except Refused as refusal:
            await self._fail(org_id, await self._reasons(submission, refusal))
        except Lacking as lacking:
            await self._fail(org_id, lacking.reasons)
        else:
            await self._done(org_id, brand["steps_done"] + 1, submission)

    async def _done(self, org_id: UUID, steps_done: int, submission: Submission) -> None:
        async with self._database.org(org_id) as connection:
            await a2p_brands.step_done(connection, org_id, steps_done, submission.sids)
            if steps_done == len(self._steps.steps):
                sid = submission.sids["brand"]
                await a2p_brands.submitted(connection, org_id, sid)
                await audit(connection, "a2p_brand_registered", "a2p_brand", sid)

    async def _reasons(self, submission: Submission, refusal: Refused) -> Sequence[Reason]:
        """Why Twilio refused; behind a refused brand there may be a rejected profile."""
        rejected = None
        if "profile" in submission.sids:
            rejected = await self._hub.rejection(submission.account, submission.sids["profile"])
        return rejected or [Reason(refusal.provider_code, refusal.message)]

    async def _fail(self, org_id: UUID, reasons: Sequence[Reason]) -> None:
        word = Word("failed", datetime.now(UTC), reasons)
        async with self._database.org(org_id) as connection:
            await a2p_brands.decide(connection, org_id, word)
            await audit(connection, "a2p_brand_failed", "a2p_brand", str(org_id))

    async def _review(self, brand: RowMapping) -> None:
        """Ask Twilio what has become of a brand that it has, if it has one."""
        if brand["brand_sid"] is None:
            return
        org_id: UUID = brand["org_id"]
        account = await self._accounts.for_org(org_id)
        word = await self._a2p.brand_word(account, brand["brand_sid"])
        if word and word.status == "pending":
            asked_at = datetime.now(UTC)
            reasons = await self._hub.rejection(account, brand["sids"]["profile"])
            word = word if reasons is None else Word("failed", asked_at, reasons)
        if word:
            async with self._database.org(org_id) as connection:
                await decide_brand(connection, org_id, word)

    async def _find(self, org_id: UUID) -> RowMapping | None:
        async with self._database.org(org_id) as connection:
            return await a2p_brands.find(connection, org_id)
