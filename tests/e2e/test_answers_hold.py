"""After the response to a change, the next request sees it, even in another service."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest

from deploy.local.testkit.api import Json, refusal_of
from deploy.local.testkit.event import Event
from deploy.local.testkit.organisation import Organisation
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_TIMES = 5
_PEOPLE = 40
_SLOW, _FAST = 2, 400
_WITHIN = 60.0
_CLAIMED = """
SELECT count(*) AS n FROM sms_messages
WHERE org_id = %s AND attempted_at > to_timestamp(%s::double precision)
"""
_NOW = "SELECT extract(epoch FROM clock_timestamp())::double precision AS now"
_IN_HAND = "SELECT FROM sms_messages WHERE org_id = %s AND status = 'sending'"
_first = count(60_000, 1_000)


class Sender:
    """An organisation that starts and stops campaigns before they are completely sent."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.organisation: Organisation = platform.organisation()
        self.api = self.organisation.api
        self.people = audience(_PEOPLE, next(_first))
        self.list_id, _ = self.organisation.list_from("Guests", csv_of(self.people))
        self.number = self.api.get("/api/twilio/numbers")["items"][0]["sid"]
        platform.pace(self.organisation, _SLOW)

    def draft(self, **more: str) -> str:
        return self.organisation.draft("Doors", self.list_id, "Doors open at 7 pm.", **more)

    def started(self) -> str:
        campaign_id = self.draft()
        self.organisation.send(campaign_id)
        return campaign_id

    def act(self, campaign_id: str, action: str) -> Json:
        """Pause, resume or cancel a campaign."""
        return self.api.patch(f"/api/campaigns/{campaign_id}/{action}")

    def delete(self, campaign_id: str) -> None:
        self.api.delete(f"/api/campaigns/{campaign_id}")

    def release(self) -> None:
        self.api.post(f"/api/twilio/numbers/{self.number}/release", {})

    def must_not_release(self) -> None:
        refusal = refusal_of(self.release)
        assert refusal is not None, "a number was released while a campaign was being sent"
        assert refusal.code == "number_in_use"

    def until(self, campaign_id: str, status: str) -> None:
        """Wait until a campaign has this status."""

        def there() -> bool:
            return bool(self.organisation.campaign(campaign_id)["status"] == status)

        wait_until_sync(there, _WITHIN, status)

    def now(self) -> float:
        """Return the present time by the database's clock."""
        return float(str(self.platform.rows("messaging", _NOW)[0]["now"]))

    def claims_after(self, moment: float) -> int:
        """Return how many texts were claimed since `moment`, by the database's clock."""
        rows = self.platform.rows("messaging", _CLAIMED, self.organisation.org_id, moment)
        return int(str(rows[0]["n"]))

    def must_claim_nothing_after(self, answer: Callable[[], object]) -> None:
        """Wait for a response (``answer``), and check that no text is claimed after it.

        Many texts are still pending then.
        """
        answer()
        moment = self.now()
        in_hand = (self.organisation.org_id,)
        wait_until_sync(
            lambda: not self.platform.rows("messaging", _IN_HAND, *in_hand),
            _WITHIN,
            "no text claimed by a sender",
        )
        assert self.claims_after(moment) == 0


@pytest.fixture(scope="module")
def sender(platform: Platform) -> Sender:
    return Sender(platform)


def test_no_phone_number_can_be_released_after_a_campaigns_start_was_confirmed(
    sender: Sender,
) -> None:
    for _ in range(_TIMES):
        campaign_id = sender.started()
        sender.must_not_release()
        sender.act(campaign_id, "cancel")


def test_a_cancelled_campaign_is_deleted_at_once(sender: Sender) -> None:
    for _ in range(_TIMES):
        campaign_id = sender.started()
        assert sender.act(campaign_id, "cancel")["status"] == "cancelled"
        sender.delete(campaign_id)


def test_no_phone_number_can_be_released_after_a_campaigns_resume_was_confirmed(
    sender: Sender,
) -> None:
    campaign_id = sender.started()
    for _ in range(_TIMES):
        sender.act(campaign_id, "pause")
        sender.act(campaign_id, "resume")
        sender.must_not_release()
    sender.act(campaign_id, "cancel")


def test_no_phone_number_can_be_released_while_a_scheduled_campaign_is_shown_as_running(
    sender: Sender,
) -> None:
    for _ in range(2):
        soon = datetime.now(UTC) + timedelta(seconds=1)
        campaign_id = sender.draft(scheduleAt=soon.isoformat())
        sender.until(campaign_id, "running")
        sender.must_not_release()
        sender.act(campaign_id, "cancel")


def test_no_phone_number_can_be_released_after_attendees_were_notified(sender: Sender) -> None:
    event = Event.create(sender.api, "Gala")
    event.add_from_list(sender.list_id)
    for number in range(_TIMES):
        told = event.notify("invitation", message=f"Come, {number}")
        sender.must_not_release()
        sender.api.patch(f"{event.path}/notifications/{told['id']}/cancel")


def test_no_message_is_claimed_after_a_campaigns_pause_or_cancellation_was_confirmed(
    sender: Sender,
) -> None:
    sender.platform.pace(sender.organisation, 20)
    before = sender.now()
    campaign_id = sender.started()
    wait_until_sync(lambda: sender.claims_after(before), _WITHIN, "some texts are claimed")
    for action in ("pause", "cancel"):
        sender.must_claim_nothing_after(partial(sender.act, campaign_id, action))
        if action == "pause":
            sender.act(campaign_id, "resume")
    sender.platform.pace(sender.organisation, _SLOW)


def test_a_suspended_organisation_is_refused_by_the_next_request(sender: Sender) -> None:
    operator = sender.platform.operator()
    account = f"/api/admin/twilio/subaccounts/{sender.organisation.org_id}"
    text = {"to": sender.people[0], "message": "Hello"}
    for _ in range(2):
        operator.api.post(f"{account}/suspend", {})
        refusal = refusal_of(lambda: sender.api.post("/api/sms/send", text))
        assert refusal is not None
        assert refusal.code == "account_suspended"
        operator.api.post(f"{account}/reactivate", {})


def test_phone_numbers_can_be_released_as_soon_as_a_campaign_is_shown_as_done(
    sender: Sender,
) -> None:
    sender.platform.pace(sender.organisation, _FAST)
    campaign_id = sender.started()
    sender.until(campaign_id, "done")
    sender.release()
