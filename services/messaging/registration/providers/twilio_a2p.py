"""Requests to Twilio that register brands and A2P campaigns, and subscribe to their events.

Each method may raise ``Unavailable``, ``OutcomeUnknown``, ``NotFound`` and ``TwilioRefused``, as in
``twilio_control``.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from twilio.rest import Client

from servicekit.errors import NotFound
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.common.providers.twilio_http import TwilioHttp, TwilioRefused
from services.messaging.common.providers.twilio_sdk import twilio_client
from services.messaging.registration.domain.reviews import (
    ReviewDecision,
    brand_status,
    campaign_status,
)
from services.messaging.registration.providers.twilio_trust_hub import reasons_of

_NOT_FAILED = 21725
_SCHEMA_VERSION = 1


class TwilioA2p:
    """Registers brands and A2P campaigns at Twilio."""

    def __init__(self, base_url: str, http: TwilioHttp) -> None:
        self._base_url = base_url
        self._http = http

    async def find_sink(self, account: SendingAccount, address: str) -> str | None:
        """Return the id of the event sink that posts to the URL ``address``, if there is one."""
        found = await self._client(account).events.v1.sinks.list_async()
        matching = (s for s in found if _destination(s.sink_configuration) == address)
        return next((str(sink.sid) for sink in matching), None)

    async def create_sink(self, account: SendingAccount, address: str) -> str:
        """Create an event sink that posts to the URL ``address``. Returns the sink's id."""
        created = await self._client(account).events.v1.sinks.create_async(
            description="Registrations",
            sink_type="webhook",
            sink_configuration={"destination": address, "method": "POST", "batch_events": False},
        )
        return str(created.sid)

    async def find_subscription(self, account: SendingAccount, sink_sid: str) -> str | None:
        """Return the id of a sink's subscription, if there is one."""
        subscriptions = self._client(account).events.v1.subscriptions
        found = await subscriptions.list_async(sink_sid=sink_sid, limit=1)
        return found[0].sid if found else None

    async def subscribe(self, account: SendingAccount, sink_sid: str, types: Sequence[str]) -> str:
        """Subscribe a sink to events of ``types``. Returns the subscription's id."""
        created = await self._client(account).events.v1.subscriptions.create_async(
            description="Registrations",
            sink_sid=sink_sid,
            types=[{"type": name, "schema_version": _SCHEMA_VERSION} for name in types],
        )
        return str(created.sid)

    async def find_brand(self, account: SendingAccount, profile_sid: str) -> str | None:
        """Return the brand of a customer profile, if there is one."""
        brands = await self._client(account).messaging.v1.brand_registrations.list_async()
        matching = (b for b in brands if b.customer_profile_bundle_sid == profile_sid)
        return next((str(brand.sid) for brand in matching), None)

    async def create_brand(
        self, account: SendingAccount, profile_sid: str, product_sid: str
    ) -> str:
        """Register a brand for a customer profile and a trust product. Returns the brand's id."""
        created = await self._client(account).messaging.v1.brand_registrations.create_async(
            customer_profile_bundle_sid=profile_sid,
            a2p_profile_bundle_sid=product_sid,
            brand_type="STANDARD",
        )
        return str(created.sid)

    async def resubmit_brand(self, account: SendingAccount, sid: str) -> None:
        """Resubmit a rejected brand. Idempotent."""
        brand = self._client(account).messaging.v1.brand_registrations(sid)
        try:
            await brand.update_async()
        except TwilioRefused as refusal:
            if refusal.provider_code != _NOT_FAILED:
                raise

    async def brand_review(self, account: SendingAccount, sid: str) -> ReviewDecision | None:
        """Return the state of a brand's review, or None if Twilio's status is unknown to us."""
        asked_at = datetime.now(UTC)
        brand = await self._client(account).messaging.v1.brand_registrations(sid).fetch_async()
        status = brand_status(str(brand.status))
        if status is None:
            return None
        identity = brand.identity_status.lower() if brand.identity_status else None
        return ReviewDecision(status, asked_at, reasons_of(brand.errors), identity)

    async def find_campaign(self, account: SendingAccount, service_sid: str) -> str | None:
        """Return the A2P campaign of a messaging service, if there is one."""
        found = await self._campaigns(account, service_sid).list_async(limit=1)
        return found[0].sid if found else None

    async def create_campaign(
        self, account: SendingAccount, service_sid: str, brand_sid: str, details: Mapping[str, Any]
    ) -> str:
        """Register a brand's A2P campaign for a messaging service. Returns the campaign's id."""
        addresses = {
            "privacy_policy_url": details.get("privacy_policy_url"),
            "terms_and_conditions_url": details.get("terms_url"),
        }
        created = await self._campaigns(account, service_sid).create_async(
            brand_registration_sid=brand_sid,
            description=details["description"],
            message_flow=details["opt_in_desc"],
            message_samples=list(details["sample_messages"]),
            us_app_to_person_usecase=details["use_case"].upper(),
            has_embedded_links=details["has_embedded_links"],
            has_embedded_phone=details["has_embedded_phone"],
            age_gated=details["age_gated"],
            direct_lending=details["direct_lending"],
            subscriber_opt_in=True,
            **{name: value for name, value in addresses.items() if value},
        )
        return str(created.sid)

    async def delete_campaign(self, account: SendingAccount, service_sid: str, sid: str) -> None:
        """Delete an A2P campaign. Idempotent."""
        with suppress(NotFound):
            await self._campaigns(account, service_sid)(sid).delete_async()

    async def campaign_review(
        self, account: SendingAccount, service_sid: str, sid: str
    ) -> ReviewDecision | None:
        """Return the state of an A2P campaign's review.

        None if Twilio's status is unknown to us.
        """
        asked_at = datetime.now(UTC)
        campaign = await self._campaigns(account, service_sid)(sid).fetch_async()
        status = campaign_status(str(campaign.campaign_status))
        return ReviewDecision(status, asked_at, reasons_of(campaign.errors)) if status else None

    def _campaigns(self, account: SendingAccount, service_sid: str) -> Any:
        return self._client(account).messaging.v1.services(service_sid).us_app_to_person

    def _client(self, account: SendingAccount) -> Client:
        return twilio_client(
            self._http, self._base_url, account.sub_account_sid, account.auth_token
        )


def _destination(configuration: Any) -> str | None:
    return configuration.get("destination") if isinstance(configuration, Mapping) else None
