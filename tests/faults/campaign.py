"""A campaign that is being sent when something fails."""

from dataclasses import dataclass
from typing import Self

from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import ProviderText
from tests.faults.books import Verdict, audit
from tests.fixtures.platform import Platform, audience, csv_of, patiently
from tests.fixtures.waiting import wait_until_sync

RECIPIENTS = 120
_TEXT = "Hi {{firstName}}, doors open at 7 pm."
_REACHED_WITHIN = 120.0
# Segments per second. At the slow rate, a fault within two seconds happens while texts are still
# waiting.
UNHURRIED, _FAST = 30, 400
# Seconds. Sending takes a few seconds, and the recovery may take half a minute.
_ENDS_WITHIN = 120.0
_SETTLES_WITHIN = 120.0
_LOOK_EVERY = 0.25
# About three texts are sent in this time.
_COUNT_EVERY = 0.1


@dataclass(frozen=True)
class RunningCampaign:
    """A campaign that is being sent while a test causes a fault."""

    platform: Platform
    organisation: Organisation
    id: str

    @classmethod
    def start(cls, platform: Platform) -> Self:
        """Create a new organisation, and start a campaign in it."""
        organisation = platform.organisation()
        platform.pace(organisation, UNHURRIED)
        list_id, _ = organisation.list_from("Guests", csv_of(audience(RECIPIENTS)))
        campaign_id = organisation.draft("Doors", list_id, _TEXT)
        organisation.send(campaign_id)
        return cls(platform, organisation, campaign_id)

    @property
    def texts(self) -> int:
        """Return how many texts the provider has accepted."""
        return len(self.platform.simulator.texts(self.organisation.account_sid))

    def under_way(self) -> int:
        """Return how many texts sender processes have claimed that have no outcome yet."""
        claimed = "SELECT FROM sms_messages WHERE org_id = %s AND status IN ('sending', 'unknown')"
        return len(self.platform.rows("messaging", claimed, self.organisation.org_id))

    def reach(self, texts: int) -> None:
        """Wait until the provider has accepted `texts` texts, but not yet all of them."""
        accepted: list[ProviderText] = []

        def are_sent() -> bool:
            accepted.extend(self.organisation.texts(accepted[-1].id if accepted else 0))
            return len(accepted) >= texts

        wait_until_sync(are_sent, _REACHED_WITHIN, f"{texts} texts sent", every=_COUNT_EVERY)
        assert len(accepted) < RECIPIENTS, "the campaign was over before the fault"

    def must_complete(self) -> None:
        """Check that the campaign completes without help.

        Each text must have been sent once, and the ledger must match the texts.
        """
        self.platform.pace(self.organisation, _FAST)
        wait_until_sync(
            lambda: patiently(self._end), _ENDS_WITHIN, "the campaign done", every=_LOOK_EVERY
        )
        must_settle(self.platform, self.organisation)
        assert self.texts == RECIPIENTS

    def _end(self) -> Verdict:
        campaign = self.organisation.campaign(self.id)
        assert campaign["status"] in {"running", "done"}, campaign
        return Verdict([] if campaign["status"] == "done" else [f"it is running: {campaign}"])


def must_settle(platform: Platform, organisation: Organisation) -> None:
    """Wait until all delivery reports have arrived and the ledger is right, or fail."""
    wait_until_sync(
        platform.simulator.is_quiet, _SETTLES_WITHIN, "the provider quiet", every=_LOOK_EVERY
    )
    wait_until_sync(
        lambda: patiently(lambda: audit(platform, organisation)),
        _SETTLES_WITHIN,
        "the books settled",
        every=_LOOK_EVERY,
    )
