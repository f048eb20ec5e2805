"""The steps of a brand's submission, in the order that Twilio requires.

Source: Twilio's guide to A2P 10DLC onboarding for ISVs. Each step is idempotent. It looks for
objects that an interrupted attempt may have created, creates missing ones, and updates existing
ones. The update is needed when a rejected brand is corrected.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from servicekit.errors import Unavailable
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.registration.domain.compliance_events import EVENT_TYPES
from services.messaging.registration.domain.reviews import Reason
from services.messaging.registration.providers import twilio_business
from services.messaging.registration.providers.twilio_a2p import TwilioA2p
from services.messaging.registration.providers.twilio_trust_hub import (
    Collection,
    NewBundle,
    Policies,
    TwilioTrustHub,
)


class EvaluationFailed(Exception):
    """Twilio's evaluation found missing or invalid details, which ``reasons`` lists."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__("evaluation failed")
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Submission:
    """A brand that is being submitted.

    Attributes:
        interrupted: Whether the last attempt may have created objects whose ids were not stored.
        sids: Twilio's ids of created objects. The keys are our names. The steps add ids.
    """

    org_id: UUID
    account: SendingAccount
    details: Mapping[str, Any]
    interrupted: bool
    sids: dict[str, str] = field(default_factory=dict)

    def name(self, thing: str) -> str:
        """Return the name that an object gets at Twilio, so that a later attempt finds it."""
        return f"{self.org_id} {thing}"


Find = Callable[[], Awaitable[str | None]]
Make = Callable[[], Awaitable[str]]
Step = Callable[[Submission], Awaitable[None]]


class BrandSteps:
    """The steps of a brand's submission.

    Each step may raise ``Unavailable``, ``OutcomeUnknown``, ``TwilioRefused`` and
    ``EvaluationFailed``.
    """

    def __init__(
        self, hub: TwilioTrustHub, a2p: TwilioA2p, policies: Policies, webhook_url: str
    ) -> None:
        self._hub = hub
        self._a2p = a2p
        self._policies = policies
        self._webhook_url = webhook_url
        self.steps: Sequence[Step] = (
            self._sink,
            self._subscription,
            self._profile,
            self._business,
            self._representative,
            self._address,
            self._document,
            self._assign_profile,
            self._submit_profile,
            self._product,
            self._messaging,
            self._assign_product,
            self._submit_product,
            self._brand,
        )

    async def _sink(self, s: Submission) -> None:
        await self._once(
            s,
            "sink",
            lambda: self._a2p.find_sink(s.account, self._webhook_url),
            lambda: self._a2p.create_sink(s.account, self._webhook_url),
        )

    async def _subscription(self, s: Submission) -> None:
        await self._once(
            s,
            "subscription",
            lambda: self._a2p.find_subscription(s.account, s.sids["sink"]),
            lambda: self._a2p.subscribe(s.account, s.sids["sink"], EVENT_TYPES),
        )

    async def _profile(self, s: Submission) -> None:
        await self._bundle(
            s, "customer_profiles", "profile", self._policies.secondary, self._webhook_url
        )

    async def _product(self, s: Submission) -> None:
        await self._bundle(s, "trust_products", "product", self._policies.a2p)

    async def _business(self, s: Submission) -> None:
        await self._end_user(s, "business", twilio_business.business(s.details))

    async def _representative(self, s: Submission) -> None:
        await self._end_user(s, "representative", twilio_business.representative(s.details))

    async def _messaging(self, s: Submission) -> None:
        await self._end_user(s, "messaging", twilio_business.messaging_profile(s.details))

    async def _address(self, s: Submission) -> None:
        fields = twilio_business.address(s.details)
        if "address" in s.sids:
            await self._hub.update_address(s.account, s.sids["address"], fields)
        name = s.name("address")
        await self._once(
            s,
            "address",
            lambda: self._hub.find_address(s.account, name),
            lambda: self._hub.create_address(s.account, name, fields),
        )

    async def _document(self, s: Submission) -> None:
        name = s.name("document")
        await self._once(
            s,
            "document",
            lambda: self._hub.find_document(s.account, name),
            lambda: self._hub.create_address_document(s.account, name, s.sids["address"]),
        )

    async def _assign_profile(self, s: Submission) -> None:
        primary = await self._hub.primary_profile(self._policies.primary)
        if primary is None:
            raise Unavailable(
                "Registrations are not available on this platform yet. Contact support.",
                "platform_not_registered",
            )
        for sid in (*(s.sids[k] for k in ("business", "representative", "document")), primary):
            await self._hub.assign(s.account, "customer_profiles", s.sids["profile"], sid)

    async def _assign_product(self, s: Submission) -> None:
        for thing in ("messaging", "profile"):
            await self._hub.assign(s.account, "trust_products", s.sids["product"], s.sids[thing])

    async def _submit_profile(self, s: Submission) -> None:
        await self._submit(s, "customer_profiles", s.sids["profile"], self._policies.secondary)

    async def _submit_product(self, s: Submission) -> None:
        await self._submit(s, "trust_products", s.sids["product"], self._policies.a2p)

    async def _brand(self, s: Submission) -> None:
        if "brand" in s.sids:
            await self._a2p.resubmit_brand(s.account, s.sids["brand"])
        await self._once(
            s,
            "brand",
            lambda: self._a2p.find_brand(s.account, s.sids["profile"]),
            lambda: self._a2p.create_brand(s.account, s.sids["profile"], s.sids["product"]),
        )

    async def _bundle(
        self,
        s: Submission,
        collection: Collection,
        thing: str,
        policy_sid: str,
        callback: str | None = None,
    ) -> None:
        new = NewBundle(s.name(thing), s.details["contact"]["email"], policy_sid, callback)
        await self._once(
            s,
            thing,
            lambda: self._hub.find_bundle(s.account, collection, new.name),
            lambda: self._hub.create_bundle(s.account, collection, new),
        )

    async def _end_user(self, s: Submission, thing: str, end_user: twilio_business.EndUser) -> None:
        name = s.name(thing)
        if thing in s.sids:
            await self._hub.update_end_user(s.account, s.sids[thing], end_user.attributes)
        await self._once(
            s,
            thing,
            lambda: self._hub.find_end_user(s.account, name),
            lambda: self._hub.create_end_user(s.account, name, end_user.kind, end_user.attributes),
        )

    async def _submit(
        self, s: Submission, collection: Collection, sid: str, policy_sid: str
    ) -> None:
        lacks = await self._hub.evaluate(s.account, collection, sid, policy_sid)
        if lacks:
            raise EvaluationFailed(lacks)
        await self._hub.submit(s.account, collection, sid)

    async def _once(self, s: Submission, thing: str, find: Find, make: Make) -> None:
        """Create an object at Twilio, unless an earlier attempt has created it."""
        if thing not in s.sids:
            found = await find() if s.interrupted else None
            s.sids[thing] = found or await make()
