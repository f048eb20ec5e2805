"""A subaccount that registers with the US carriers through Twilio's SDK."""

from dataclasses import dataclass
from typing import Any

from twilio.rest import Client

from simulator.tests.conftest import LiveSimulator, eventually
from simulator.tests.twilio_client import Tenant, call, client

SECONDARY, A2P = "RNdfbf3fae0e1107f8aded0e7cead80bf5", "RNb0d4771c2c98518d916a3d4cd70a8f8b"
PRIMARY = "RN6433641899984f951173ef1738c3bdd0"
BUSINESS = {
    "business_name": "Acme LLC",
    "business_identity": "direct_customer",
    "business_type": "Limited Liability Corporation",
    "business_industry": "RETAIL",
    "business_registration_identifier": "EIN",
    "business_registration_number": "12-3456789",
    "business_regions_of_operation": "USA_AND_CANADA",
    "website_url": "https://acme.example.com",
}
PERSON = {
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@acme.example.com",
    "phone_number": "+14155550142",
    "business_title": "Owner",
    "job_position": "CEO",
}
DESCRIPTION = "Acme texts offers to people who asked for them."


@dataclass
class Registration:
    """A subaccount that registers."""

    acme: Tenant
    sim: LiveSimulator

    @property
    def client(self) -> Client:
        return self.acme.client

    def profile(self, ein: str = "12-3456789", callback: str = "") -> str:
        """Submit a customer profile, and return its SID."""
        hub = self.client.trusthub.v1
        profile = hub.customer_profiles.create(
            friendly_name="Acme",
            email="x@example.com",
            policy_sid=SECONDARY,
            **({"status_callback": callback} if callback else {}),
        )
        business = hub.end_users.create(
            friendly_name="Acme",
            type="customer_profile_business_information",
            attributes={**BUSINESS, "business_registration_number": ein},
        )
        person = hub.end_users.create(
            friendly_name="Ada", type="authorized_representative_1", attributes=PERSON
        )
        address = self.client.addresses.create(
            customer_name="Acme LLC",
            street="1 Main Street",
            city="Reno",
            region="NV",
            postal_code="89501",
            iso_country="US",
        )
        document = hub.supporting_documents.create(
            friendly_name="Address",
            type="customer_profile_address",
            attributes={"address_sids": address.sid},
        )
        master = client(self.sim.url)
        primary = master.trusthub.v1.customer_profiles.list(policy_sid=PRIMARY)[0]
        parts = (business.sid, person.sid, document.sid, primary.sid)
        assignments = hub.customer_profiles(profile.sid).customer_profiles_entity_assignments
        for sid in parts:
            assignments.create(object_sid=sid)
        hub.customer_profiles(profile.sid).update(status="pending-review")
        return str(profile.sid)

    def product(self, profile_sid: str) -> str:
        """Submit a trust product, and return its SID."""
        hub = self.client.trusthub.v1
        product = hub.trust_products.create(
            friendly_name="Acme", email="x@example.com", policy_sid=A2P
        )
        messaging = hub.end_users.create(
            friendly_name="Acme",
            type="us_a2p_messaging_profile_information",
            attributes={"company_type": "private"},
        )
        assignments = hub.trust_products(product.sid).trust_products_entity_assignments
        for sid in (messaging.sid, profile_sid):
            assignments.create(object_sid=sid)
        hub.trust_products(product.sid).update(status="pending-review")
        return str(product.sid)

    def brand(self, ein: str = "12-3456789") -> str:
        """Register a brand, which begins its review, and return its SID."""
        profile_sid = self.profile(ein)
        product_sid = self.product(profile_sid)
        return str(
            self.client.messaging.v1.brand_registrations.create(profile_sid, product_sid).sid
        )

    def campaign(self, brand_sid: str, description: str = DESCRIPTION) -> str:
        """Register a campaign, which begins its review, and return its SID."""
        created = self.client.messaging.v1.services(self.acme.service_sid).us_app_to_person.create(
            brand_registration_sid=brand_sid,
            description=description,
            message_flow="People tick a box on our web site to receive our texts.",
            message_samples=["Acme: 20% off today. STOP to end.", "Acme: your order is ready."],
            us_app_to_person_usecase="MARKETING",
            has_embedded_links=False,
            has_embedded_phone=False,
        )
        return str(created.sid)

    async def brand_when(self, sid: str, status: str) -> Any:
        """Return the brand once it has the given status."""

        async def reached() -> Any:
            brand = await call(self.client.messaging.v1.brand_registrations(sid).fetch)
            return brand if brand.status == status else None

        return await eventually(reached)

    async def campaign_when(self, sid: str, status: str) -> Any:
        """Return the campaign once it has the given status."""
        service = self.client.messaging.v1.services(self.acme.service_sid)

        async def reached() -> Any:
            campaign = await call(service.us_app_to_person(sid).fetch)
            return campaign if campaign.campaign_status == status else None

        return await eventually(reached)
