"""The retry of the campaign: failed recipients who can be reached are texted again."""

from collections.abc import Sequence

from deploy.local.demo.comparison import differences
from deploy.local.demo.screen import Screen
from deploy.local.testkit.books import Check
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import ProviderText

_UNREACHED = {"failed", "undelivered"}
_NEW_NUMBER = "+17736000001"


class CampaignRetry:
    """A retry of a campaign for the recipients whose text failed.

    One of them has a new phone number.
    """

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._wanted: set[str] = set()
        self._texts: Sequence[ProviderText] = ()

    def play(self, campaign_id: str, texts: Sequence[ProviderText]) -> None:
        """Retry the campaign that sent `texts`. Return when all delivery reports have arrived."""
        unreached = self._numbers_to_retry(texts)
        corrected = min(unreached)
        self._org.api.patch(
            f"/api/contacts/{self._org.contact_id(corrected)}", {"phone": _NEW_NUMBER}
        )
        self._screen.line(f"{corrected} gave a new number, {_NEW_NUMBER}")
        self._org.retried |= unreached - {corrected}
        self._wanted = (unreached - {corrected}) | {_NEW_NUMBER}
        self._retry(campaign_id)
        reached = sum(text.status == "delivered" for text in self._texts)
        self._screen.line(f"retried {len(unreached)} people, and reached {reached} of them")

    def checks(self) -> Sequence[Check]:
        """Return the checks of the retry, each with the differences that were found."""
        ends = {text.to: text.status for text in self._texts}
        return [
            Check(
                "a retry texts only people who were not reached and can be reached",
                sorted(self._wanted ^ ends.keys()),
            ),
            Check(
                "a retry reaches a person who has a new number",
                differences({_NEW_NUMBER: (ends.get(_NEW_NUMBER), "delivered")}),
            ),
        ]

    def _numbers_to_retry(self, texts: Sequence[ProviderText]) -> set[str]:
        explained = self._org.api.get("/api/messages/error-codes")["items"]
        hopeful = {error["code"] for error in explained if error["retryable"]}
        unreached = [text for text in texts if text.status in _UNREACHED]
        self._screen.line(f"{len(unreached)} people were not reached")
        return {text.to for text in unreached if text.error_code in hopeful}

    def _retry(self, campaign_id: str) -> None:
        before = self._org.last_text()
        retry = self._org.api.post(
            f"/api/campaigns/{campaign_id}/retry-failed", {"start": True, "retryableOnly": True}
        )
        self._org.wait_until_done(retry["id"])
        self._texts = self._org.texts(before)
        self._org.wait_until_counted(retry["id"], self._texts)
