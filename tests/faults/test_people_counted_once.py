"""A campaign counts each person once, even if processes die and people opt out meanwhile."""

from dataclasses import dataclass
from itertools import count

import pytest

from deploy.local.testkit.organisation import Organisation
from tests.faults.books import Verdict, audit
from tests.faults.campaign import must_settle
from tests.fixtures.platform import Platform, audience, csv_of, patiently
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

# Four chunks of recipients. The balance covers two chunks and a part of the third.
_CHUNK = 30
_PEOPLE = 4 * _CHUNK
_CENTS = 2 * _CHUNK + 15
_WITHIN = 60.0
_STORED = "SELECT count(*) AS n FROM sms_messages WHERE campaign_id = %s AND org_id = %s"
# The contacts in the order in which the planner takes them.
_TEN_MINUTES_PASS = """
UPDATE sms_messages SET created_at = created_at - interval '11 minutes'
WHERE org_id = %s AND status = 'pending' AND NOT charged RETURNING id
"""
_LISTED = """
SELECT contact_id FROM contact_list_members WHERE list_id = %s AND org_id = %s ORDER BY contact_id
"""
_first = count(40_000, 1_000)


@dataclass(frozen=True)
class CountedCampaign:
    """A campaign whose planner is killed, and whose recipients opt out."""

    platform: Platform
    organisation: Organisation
    id: str
    contacts: list[str]

    def opt_out(self, *numbers: int) -> None:
        """Let the contacts at these positions in the list opt out."""
        for number in numbers:
            self.organisation.api.post(f"/api/contacts/{self.contacts[number]}/opt-out", {})

    def kill_planner_with(self, texts: int) -> None:
        """Kill the planner when `texts` texts are stored, but before it records that."""

        def are_stored() -> bool:
            rows = self.platform.rows("messaging", _STORED, self.id, self.organisation.org_id)
            return int(str(rows[0]["n"])) >= texts

        wait_until_sync(are_stored, _WITHIN, f"{texts} texts stored", every=0)
        self.platform.stack.process("campaigns").kill()

    def reach(self, status: str) -> None:
        """Wait for a status. Check that meanwhile the counts are consistent and never fall."""
        seen = 0

        def there() -> bool:
            nonlocal seen
            metrics = patiently(lambda: self.organisation.metrics(self.id))
            if metrics is None:
                return False
            parts = ("pending", "sent", "refused", "unknown", "optedOut", "invalid", "cancelled")
            assert metrics["recipients"] == sum(metrics[part] for part in parts)
            assert seen <= metrics["recipients"] <= _PEOPLE
            seen = metrics["recipients"]
            campaign = patiently(lambda: self.organisation.campaign(self.id))
            return campaign is not None and campaign["status"] == status

        wait_until_sync(there, _WITHIN, status, every=0.25)


@pytest.fixture
def campaign(platform: Platform) -> CountedCampaign:
    organisation = platform.organisation(cents=_CENTS)
    phones = audience(_PEOPLE, next(_first))
    list_id, _ = organisation.list_from("Guests", csv_of(phones))
    members = platform.rows("contacts", _LISTED, list_id, organisation.org_id)
    contacts = [str(member["contact_id"]) for member in members]
    campaign_id = organisation.draft("Doors", list_id, "Hi {{firstName}}, doors open at 7 pm.")
    return CountedCampaign(platform, organisation, campaign_id, contacts)


def test_people_who_opt_out_while_the_planner_is_killed_repeatedly_are_counted_once(
    campaign: CountedCampaign,
) -> None:
    platform, organisation = campaign.platform, campaign.organisation
    organisation.send(campaign.id)
    # Recipients in the chunk that is just being handed over, and in later chunks.
    campaign.kill_planner_with(_CHUNK)
    campaign.opt_out(*range(5), *range(100, 103))
    campaign.kill_planner_with(2 * _CHUNK)
    campaign.opt_out(*range(30, 35), *range(103, 106))
    campaign.reach("paused")
    assert organisation.campaign(campaign.id)["statusReason"] == "insufficient_balance"
    # Recipients in the chunk for which the balance was only partly enough: some got a text, others
    # did not.
    campaign.opt_out(*range(60, 90, 4))
    organisation.top_up(500)
    organisation.api.patch(f"/api/campaigns/{campaign.id}/resume")
    campaign.kill_planner_with(2 * _CHUNK + 25)
    campaign.opt_out(*range(61, 90, 4))
    campaign.reach("done")
    # An interrupted chunk may have charged people who opted out before the second attempt.
    platform.rows("messaging", _TEN_MINUTES_PASS, organisation.org_id)
    platform.command("messaging", "job", "give-up-abandoned")
    must_settle(platform, organisation)
    metrics = organisation.metrics(campaign.id)
    assert metrics["recipients"] == _PEOPLE
    assert metrics["optedOut"] == _PEOPLE - len(organisation.texts())
    platform.stack.wait_ready()


def test_the_checks_of_the_ledger_find_people_who_are_counted_twice(
    campaign: CountedCampaign,
) -> None:
    organisation, platform = campaign.organisation, campaign.platform
    organisation.send(campaign.id)
    campaign.reach("paused")
    must_settle(platform, organisation)
    counted_twice = """
    INSERT INTO campaign_skips (campaign_id, contact_id, org_id, reason)
    SELECT campaign_id, contact_id, org_id, 'opted_out' FROM sms_messages
    WHERE campaign_id = %s LIMIT 1 RETURNING contact_id
    """
    assert platform.rows("messaging", counted_twice, campaign.id)
    assert _names_twice(audit(platform, organisation))


def _names_twice(verdict: Verdict) -> bool:
    return any("counts somebody twice" in fault for fault in verdict.faults)
