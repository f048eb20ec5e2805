"""An organisation registers with the US carriers. Their decisions arrive as webhooks."""

import pytest

from tests.fixtures.a2p import registered
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

KIND = "com.twilio.messaging.compliance."
NEWS = {
    KIND + "brand-registration.brand-verified",
    KIND + "campaign-registration.campaign-approved",
}


def test_webhooks_about_a_registration_are_verified_applied_and_audited(platform: Platform) -> None:
    organisation = platform.organisation("Registered", cents=3_000)
    ids = registered(organisation.api)

    def audited() -> set[str]:
        rows = platform.rows(
            "gateway",
            "SELECT action, entity_type, entity_id FROM audit_logs WHERE org_id = %s",
            organisation.org_id,
        )
        return {str(row["entity_type"]) for row in rows} | {
            f"{row['action']} {row['entity_id']}" for row in rows
        }

    wanted = NEWS | {
        f"a2p_brand_approved {ids['brand']}",
        f"a2p_campaign_approved {ids['a2p_campaign']}",
        f"a2p_campaign_linked {ids['a2p_campaign']}",
    }
    wait_until_sync(lambda: wanted <= audited())
