"""The whole demo, from sign-up to the exported history.

An organisation signs up, pays, imports an audience, sends it a campaign, answers people, retries
failed texts and respects quiet hours. Then it holds an event, invites people and texts some of them
again. In the end it exports its history. Its own server gets webhooks about every text.
"""

from collections.abc import Sequence

from deploy.local.demo.campaign_retry import CampaignRetry
from deploy.local.demo.comparison import differences, dollars
from deploy.local.demo.conversation import Conversation
from deploy.local.demo.event import EventStory
from deploy.local.demo.history import HistoryFile
from deploy.local.demo.main_campaign import MainCampaign
from deploy.local.demo.quiet_hours import QuietHours
from deploy.local.demo.screen import Screen
from deploy.local.demo.webhooks import Webhooks
from deploy.local.testkit.api import Json
from deploy.local.testkit.books import Books, Check
from deploy.local.testkit.customer_server import CustomerServer
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.patience import SETTLES_WITHIN
from deploy.local.testkit.people import Audience

_TOP_UP_CENTS = 5_000
_NUMBERS = 3


class Story:
    """The demo: one evening of one organisation. Call `play`, then `check`."""

    def __init__(
        self,
        organisation: Organisation,
        audience: Audience,
        screen: Screen,
        server: CustomerServer,
    ) -> None:
        self._org = organisation
        self._audience = audience
        self._screen = screen
        self._main_campaign = MainCampaign(organisation, audience, screen)
        self._conversation = Conversation(organisation, screen)
        self._campaign_retry = CampaignRetry(organisation, screen)
        self._quiet_hours = QuietHours(organisation, screen)
        self._event = EventStory(organisation, screen)
        self._history = HistoryFile(organisation, screen)
        self._webhooks = Webhooks(organisation, server, screen)
        self._summary: Json = {}
        self._balance_before = 0

    def play(self) -> None:
        """Run the demo to its end. Raises ApiProblem, TimeoutError or httpx.HTTPError."""
        self._screen.act("An evening of an organisation")
        self._open()
        self._some_say_stop()
        list_id = self._import()
        self._balance_before = self._org.balance()
        self._main_campaign.play(list_id)
        texts = self._main_campaign.texts
        self._conversation.play(next(text for text in texts if text.to == self._main_campaign.fan))
        self._campaign_retry.play(self._main_campaign.campaign_id, texts)
        self._quiet_hours.play()
        self._screen.act("An event and its attendees")
        self._event.play()
        self._history.play()

    def check(self) -> bool:
        """Print the table of figures and the results of the checks.

        Return whether all checks succeeded.
        """
        self._screen.line("comparing every message and every cent with the providers")
        books, checks = self._org.settled_books(SETTLES_WITHIN)
        checks = [
            Check(
                "the import took every good row and reported every bad one", self._import_faults()
            ),
            *self._main_campaign.checks(books),
            *self._conversation.checks(),
            *self._campaign_retry.checks(),
            *self._quiet_hours.checks(),
            *self._event.checks(books),
            *self._history.checks(books),
            *self._webhooks.checks(books),
            Check("the balance went down by what the texts cost", self._balance_faults(books)),
            *checks,
        ]
        self._screen.table("The evening in figures", self._figures(books))
        self._screen.proof(checks)
        return all(check.holds for check in checks)

    def _open(self) -> None:
        say, org = self._screen.line, self._org
        org.sign_up("Harbour Nights")
        org.verify_address()
        say("signed up the organisation Harbour Nights and its owner, who verified their address")
        org.top_up(_TOP_UP_CENTS)
        say(f"paid {dollars(_TOP_UP_CENTS)} at the checkout page; it is on the balance")
        org.set_up_sending(_NUMBERS)
        say(f"got a Twilio subaccount, a messaging service and {', '.join(org.numbers)}")
        self._webhooks.open()

    def _some_say_stop(self) -> None:
        opted_out = self._audience.opted_out
        self._org.opt_out(opted_out)
        self._screen.line(f"{len(opted_out)} people texted STOP before anything was sent")

    def _import(self) -> str:
        file = self._audience.file
        preview = self._org.api.upload("/api/contacts/import/preview", file)
        mapping = preview["suggestedMapping"]
        columns = ", ".join(f"{name} = {mapping.get(name)}" for name in preview["headers"])
        self._screen.line(f"previewed the CSV file; columns: {columns}")
        list_id, self._summary = self._org.list_from("Tonight's attendees", file)
        created, updated = self._summary["created"], self._summary["updated"]
        self._screen.line(
            f"imported it into a list: {created} created, {updated} updated, "
            f"{self._summary['skipped']} skipped, for example: {_first_error(self._summary)}"
        )
        return list_id

    def _import_faults(self) -> Sequence[str]:
        audience, summary = self._audience, self._summary
        skipped = audience.bad_rows + audience.repeated_rows
        return differences(
            {
                "created": (summary["created"], len(audience.reachable)),
                "updated": (summary["updated"], len(audience.opted_out)),
                "skipped": (summary["skipped"], skipped),
                "errors": (len(summary["errors"]), skipped),
            }
        )

    def _balance_faults(self, books: Books) -> Sequence[str]:
        spent = self._balance_before - books.balance_cents
        return differences({"spent": (spent, books.charged_cents - books.refunded_cents)})

    def _figures(self, books: Books) -> dict[str, str]:
        return {
            **self._main_campaign.figures(),
            **self._event.figures(),
            **self._webhooks.figures(),
            "texts in all": f"{len(books.texts):,}",
            "charged": dollars(books.charged_cents),
            "refunded": dollars(books.refunded_cents),
            "balance before": dollars(self._balance_before),
            "balance after": dollars(books.balance_cents),
        }


def _first_error(summary: Json) -> str:
    if not summary["errors"]:
        return "none"
    error = summary["errors"][0]
    return f"row {error['row']}, {error['field']}: {error['message']}"
