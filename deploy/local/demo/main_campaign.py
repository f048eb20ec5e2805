"""The main campaign: a template, a quote, two thousand texts, and people who reply meanwhile."""

import time
from collections import Counter
from collections.abc import Sequence

from deploy.local.demo.comparison import differences, dollars
from deploy.local.demo.screen import Screen, handed_over
from deploy.local.testkit.api import Json, refusal_of
from deploy.local.testkit.books import Books, Check
from deploy.local.testkit.organisation import Organisation, has_ended
from deploy.local.testkit.patience import API_EVERY, ENDS_WITHIN, SETTLES_WITHIN
from deploy.local.testkit.people import Audience
from deploy.local.testkit.simulator_client import ProviderText
from deploy.local.waiting import wait_for

_CONTENT = (
    "Hi {{firstName}}, doors open at 7 pm tonight at the Old Harbour Hall, pier 14. "
    "Show this text at the entrance. Reply STOP to opt out."
)
_SAMPLE = {"firstName": "Ada"}
_QUICK_TEXT = "Sound check moved to 5 pm."
_COLLEAGUE = "+13125551234"
_ANSWERS_AT = 0.25
# The number of texts from recipients: one STOP and one other answer.
_REPLIES = 2

ANSWER = "Great! Is there parking nearby?"
"""The answer of one of the recipients."""


class MainCampaign:
    """The demo's main campaign, from its template to its last delivery report. Call `play` first.

    After `play`, `texts` are the texts that the provider accepted, and `fan` is the person who
    replied.
    """

    def __init__(self, organisation: Organisation, audience: Audience, screen: Screen) -> None:
        self._org = organisation
        self._audience = audience
        self._screen = screen
        self._quote: Json = {}
        self._leaver = ""
        self._is_leaver_refused = False
        self.campaign_id = ""
        self.fan = ""
        self.texts: Sequence[ProviderText] = ()

    def play(self, list_id: str) -> None:
        """Send the campaign to a list and return when all delivery reports have arrived."""
        self.campaign_id = self._draft(list_id)
        self._ask_the_price()
        self._org.send(self.campaign_id)
        self._screen.line("started the campaign")
        self._watch()
        self._org.wait_until_done(self.campaign_id)
        self.texts = [text for text in self._org.texts() if text.body != _QUICK_TEXT]
        self._org.wait_until_counted(self.campaign_id, self.texts)
        self._is_leaver_refused = self._refuses(self._leaver)

    def checks(self, books: Books) -> Sequence[Check]:
        """Return the checks of this campaign, each with the differences that were found."""
        wanted = {person.phone for person in self._audience.reachable}
        return [
            Check("the quote was what the campaign's texts cost", self._quote_faults(books)),
            Check(
                "exactly the people on the list who may be texted were texted",
                sorted(wanted ^ {text.to for text in self.texts}),
            ),
            Check("every text had the outcome that its phone number stands for", self._surprises()),
            Check("the campaign's figures agree with the provider's", self._wrong_figures()),
            Check(
                "a text to somebody who opted out is refused",
                [] if self._is_leaver_refused else [f"{self._leaver} could be texted"],
            ),
        ]

    def figures(self) -> dict[str, str]:
        """Return how many texts had each outcome, for the closing table."""
        metrics, ends = self._org.metrics(self.campaign_id), self._ends()
        return {
            "recipients": f"{metrics['recipients']:,}",
            "sent": f"{metrics['sent']:,}",
            "delivered": f"{metrics['delivered']:,}",
            "failed (refunded)": f"{metrics['failed'] - ends['undelivered']:,}",
            "undelivered": f"{ends['undelivered']:,}",
            "opted out": f"{metrics['optedOut']:,}",
            "replied": f"{metrics['replied']:,}",
        }

    def _draft(self, list_id: str) -> str:
        """Write a template and a campaign that uses it. Return the id of the campaign."""
        api, say = self._org.api, self._screen.line
        template = api.post("/api/templates", {"name": "Doors open", "content": _CONTENT})
        say(f"wrote a template, variables: {', '.join(template['variables'])}")
        wish = {"content": _CONTENT, "sampleData": _SAMPLE, "strict": True}
        say(f"its preview: {api.post('/api/templates/preview', wish)['preview']}")
        campaign = {"name": "Doors open", "listId": list_id, "templateId": template["id"]}
        return str(api.post("/api/campaigns", campaign | {"strict": True})["id"])

    def _ask_the_price(self) -> None:
        self._quote = self._org.api.post(f"/api/campaigns/{self.campaign_id}/quote", {})
        parts = [f"{d['recipients']:,} to {d['country']}" for d in self._quote["destinations"]]
        self._screen.line(
            f"the quote: {', '.join(parts)}, {dollars(self._quote['totalCents'])} in all; "
            f"{self._quote['optedOut']} have opted out"
        )

    def _watch(self) -> None:
        """Show the campaign's progress. After a quarter of the texts, people text back."""
        total = len(self._audience.reachable)
        progress = self._screen.campaign(total)
        with progress.shown():
            deadline = time.monotonic() + ENDS_WITHIN
            while True:
                metrics = self._org.metrics(self.campaign_id)
                progress.update(metrics)
                if not self._leaver and handed_over(metrics) > total * _ANSWERS_AT:
                    self._people_answer()
                if has_ended(self._org.campaign(self.campaign_id)):
                    return
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the campaign did not end within {ENDS_WITHIN:.0f} s")
                time.sleep(API_EVERY)

    def _people_answer(self) -> None:
        """Let one recipient text STOP and another one reply; send a single text to a colleague."""
        delivered = self._delivered()
        self._leaver, self.fan = delivered[0].to, delivered[1].to
        self._org.simulator.text(self.fan, self._org.numbers[0], ANSWER)
        self._org.opt_out([self._leaver])
        self._org.api.post("/api/sms/send", {"to": _COLLEAGUE, "message": _QUICK_TEXT})
        self._screen.line(f"{self.fan} answered: {ANSWER}")
        self._screen.line(f"{self._leaver} answered: STOP")
        self._screen.line(f"meanwhile a quick text went to {_COLLEAGUE}: {_QUICK_TEXT}")

    def _delivered(self) -> Sequence[ProviderText]:
        def two() -> list[ProviderText]:
            found = [text for text in self._org.texts() if text.status == "delivered"]
            return found if len(found) > 1 else []

        return wait_for("a delivered text", two, SETTLES_WITHIN)

    def _refuses(self, phone: str) -> bool:
        text = {"to": phone, "message": _QUICK_TEXT}
        refusal = refusal_of(lambda: self._org.api.post("/api/sms/send", text))
        return refusal is not None and refusal.code == "opted_out"

    def _ends(self) -> Counter[str]:
        return Counter(text.status for text in self.texts)

    def _quote_faults(self, books: Books) -> Sequence[str]:
        charged = [-sum(books.charges.get(str(text.message_id), ())) for text in self.texts]
        return differences(
            {
                "the quote in cents": (self._quote["totalCents"], sum(charged)),
                "its recipients": (self._quote["recipients"], len(self.texts)),
                "its opt-outs": (self._quote["optedOut"], len(self._audience.opted_out)),
            }
        )

    def _surprises(self) -> Sequence[str]:
        return [
            f"{text.to}: {text.status}"
            for text in self.texts
            if text.status != self._audience.ends.get(text.to, "delivered")
        ]

    def _wrong_figures(self) -> Sequence[str]:
        metrics, ends = self._org.metrics(self.campaign_id), self._ends()
        return differences(
            {
                "recipients": (metrics["recipients"], len(self._audience.people)),
                "delivered": (metrics["delivered"], ends["delivered"]),
                "failed": (metrics["failed"], ends["failed"] + ends["undelivered"]),
                "sent": (metrics["sent"], ends.total() - ends["failed"]),
                "optedOut": (metrics["optedOut"], len(self._audience.opted_out)),
                "replied": (metrics["replied"], _REPLIES),
            }
        )
