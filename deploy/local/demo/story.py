"""The story: an organisation signs up, pays, imports an audience, and sends it a campaign."""

import time
from collections import Counter
from collections.abc import Sequence

from deploy.local.demo.api import ApiProblem, Json
from deploy.local.demo.books import Books, Check
from deploy.local.demo.organisation import Organisation, has_ended
from deploy.local.demo.outside import ProviderText
from deploy.local.demo.people import Audience
from deploy.local.demo.screen import Screen, handed_over
from deploy.local.demo.waiting import wait_for

_TOP_UP_CENTS = 5_000
_NUMBERS = 3
_MESSAGE = (
    "Hi {{firstName}}, doors open at 7 pm tonight at the Old Harbour Hall, pier 14. "
    "Show this text at the entrance. Reply STOP to opt out."
)
_REPLY = "Great, see you at seven!"
_QUICK_TEXT = "Sound check moved to 5 pm."
_COLLEAGUE = "+13125551234"
_LEAVES_AT = 0.25
# A STOP is an answer, too.
_REPLIES = 2

_ENDS_WITHIN = 60.0
_SETTLES_WITHIN = 20.0
_LOOK_EVERY = 0.2


class Story:
    """One evening of one organisation. `play` it, then `check` it."""

    def __init__(self, organisation: Organisation, audience: Audience, screen: Screen) -> None:
        self._org = organisation
        self._audience = audience
        self._screen = screen
        self._summary: Json = {}
        self._campaign_id = ""
        self._balance_before = 0
        self._leaver = ""
        self._is_leaver_refused = False

    def play(self) -> None:
        """Play the story to the end. Raises ApiProblem, TimeoutError or httpx.HTTPError."""
        self._open()
        self._some_say_stop()
        self._start(self._import())
        self._watch()
        self._settle()
        self._is_leaver_refused = self._refuses(self._leaver)

    def check(self) -> bool:
        """Print the closing table and the proof; tell whether all of it adds up."""
        books, checks = self._org.settled_books(_SETTLES_WITHIN)
        metrics = self._org.metrics(self._campaign_id)
        checks = [*self._own_checks(books, metrics), *checks]
        self._screen.table("The evening in figures", self._figures(books, metrics))
        self._screen.proof(checks)
        return all(check.holds for check in checks)

    def _open(self) -> None:
        say, org = self._screen.line, self._org
        org.sign_up("Harbour Nights")
        say("signed up the organisation Harbour Nights and its owner")
        org.top_up(_TOP_UP_CENTS)
        say(f"paid ${_TOP_UP_CENTS / 100:.2f} at the checkout page; it is on the balance")
        org.set_up_sending(_NUMBERS)
        say(f"got a Twilio subaccount, a messaging service and {', '.join(org.numbers)}")

    def _some_say_stop(self) -> None:
        opted_out = self._audience.opted_out
        self._org.hear_stop_from(opted_out)
        self._screen.line(f"{len(opted_out)} people texted STOP before anything was sent")

    def _import(self) -> str:
        file = self._audience.file
        preview = self._org.api.upload("/api/contacts/import/preview", file)
        mapping = preview["suggestedMapping"]
        columns = ", ".join(f"{name} = {mapping.get(name)}" for name in preview["headers"])
        self._screen.line(f"previewed the CSV file; columns: {columns}")
        list_id, self._summary = self._org.list_from("Tonight's guests", file)
        created, updated = self._summary["created"], self._summary["updated"]
        self._screen.line(
            f"imported it into a list: {created} created, {updated} updated, "
            f"{self._summary['skipped']} skipped, for example: {_first_error(self._summary)}"
        )
        return list_id

    def _start(self, list_id: str) -> None:
        self._campaign_id = self._org.draft("Doors open", list_id, _MESSAGE)
        self._balance_before = self._org.balance()
        self._org.send(self._campaign_id)
        self._screen.line(f"started the campaign: {_MESSAGE}")

    def _watch(self) -> None:
        """Show the campaign's progress; a quarter through, people text back."""
        total = len(self._audience.reachable)
        progress = self._screen.campaign(total)
        with progress.shown():
            deadline = time.monotonic() + _ENDS_WITHIN
            while True:
                metrics = self._org.metrics(self._campaign_id)
                progress.update(metrics)
                if not self._leaver and handed_over(metrics) > total * _LEAVES_AT:
                    self._people_answer()
                if has_ended(self._org.campaign(self._campaign_id)):
                    return
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the campaign did not end within {_ENDS_WITHIN:.0f} s")
                time.sleep(_LOOK_EVERY)

    def _people_answer(self) -> None:
        """One who got the text says STOP, one answers, and we send a quick text of our own."""
        delivered = self._delivered()
        self._leaver, fan = delivered[0].to, delivered[1].to
        self._org.outside.text(fan, self._org.numbers[0], _REPLY)
        self._org.hear_stop_from([self._leaver])
        self._org.api.post("/api/sms/send", {"to": _COLLEAGUE, "message": _QUICK_TEXT})
        self._screen.line(f"{fan} answered: {_REPLY}")
        self._screen.line(f"{self._leaver} answered: STOP")
        self._screen.line(f"meanwhile a quick text went to {_COLLEAGUE}: {_QUICK_TEXT}")

    def _delivered(self) -> Sequence[ProviderText]:
        def two() -> list[ProviderText]:
            texts = self._org.outside.texts(self._org.account_sid)
            found = [text for text in texts if text.status == "delivered"]
            return found if len(found) > 1 else []

        return wait_for("a delivered text", two, _SETTLES_WITHIN)

    def _settle(self) -> None:
        """Wait until every receipt is in and counted."""
        wait_for("the last receipt", self._org.outside.is_quiet, _SETTLES_WITHIN)
        ends = Counter(text.status for text in self._campaign_texts())
        wait_for(
            "the last receipt's count",
            lambda: self._org.metrics(self._campaign_id)["delivered"] == ends["delivered"],
            _SETTLES_WITHIN,
        )

    def _refuses(self, phone: str) -> bool:
        try:
            self._org.api.post("/api/sms/send", {"to": phone, "message": _QUICK_TEXT})
        except ApiProblem as problem:
            return problem.code == "opted_out"
        return False

    def _campaign_texts(self) -> list[ProviderText]:
        texts = self._org.outside.texts(self._org.account_sid)
        return [text for text in texts if text.body != _QUICK_TEXT]

    def _own_checks(self, books: Books, metrics: Json) -> Sequence[Check]:
        texts = self._campaign_texts()
        wanted = {person.phone for person in self._audience.reachable}
        is_refused, spent = self._is_leaver_refused, self._balance_before - books.balance_cents
        return [
            Check("the import took every good row and reported every other", self._import_faults()),
            Check(
                "everybody on the list who may be texted was, and nobody else",
                sorted(wanted ^ {text.to for text in texts}),
            ),
            Check("every text ended as its number says", self._surprises(texts)),
            Check("the campaign's figures are the provider's", self._wrong_figures(metrics)),
            Check(
                "a text to somebody who said STOP is refused",
                [] if is_refused else [f"{self._leaver} could be texted"],
            ),
            Check(
                "the balance went down by what the texts cost",
                _differences({"spent": (spent, books.charged_cents - books.refunded_cents)}),
            ),
        ]

    def _import_faults(self) -> list[str]:
        audience, summary = self._audience, self._summary
        skipped = audience.bad_rows + audience.repeated_rows
        return _differences(
            {
                "created": (summary["created"], len(audience.reachable)),
                "updated": (summary["updated"], len(audience.opted_out)),
                "skipped": (summary["skipped"], skipped),
                "errors": (len(summary["errors"]), skipped),
            }
        )

    def _surprises(self, texts: Sequence[ProviderText]) -> list[str]:
        return [
            f"{text.to}: {text.status}"
            for text in texts
            if text.status != self._audience.ends.get(text.to, "delivered")
        ]

    def _wrong_figures(self, metrics: Json) -> list[str]:
        ends = Counter(text.status for text in self._campaign_texts())
        return _differences(
            {
                "delivered": (metrics["delivered"], ends["delivered"]),
                "failed": (metrics["failed"], ends["failed"] + ends["undelivered"]),
                "sent": (metrics["sent"], ends.total() - ends["failed"]),
                "optedOut": (metrics["optedOut"], len(self._audience.opted_out)),
                "replied": (metrics["replied"], _REPLIES),
            }
        )

    def _figures(self, books: Books, metrics: Json) -> dict[str, str]:
        ends = Counter(text.status for text in self._campaign_texts())
        return {
            "recipients": f"{metrics['recipients']:,}",
            "sent": f"{metrics['sent']:,}",
            "delivered": f"{metrics['delivered']:,}",
            "failed (refunded)": f"{metrics['failed'] - ends['undelivered']:,}",
            "undelivered": f"{ends['undelivered']:,}",
            "opted out": f"{metrics['optedOut']:,}",
            "replied": f"{metrics['replied']:,}",
            "charged": _dollars(books.charged_cents),
            "refunded": _dollars(books.refunded_cents),
            "balance before": _dollars(self._balance_before),
            "balance after": _dollars(books.balance_cents),
        }


def _first_error(summary: Json) -> str:
    if not summary["errors"]:
        return "none"
    error = summary["errors"][0]
    return f"row {error['row']}, {error['field']}: {error['message']}"


def _differences(figures: dict[str, tuple[int, int]]) -> list[str]:
    """The figures, each ours and the one it must be, that differ."""
    return [
        f"{name} is {ours} and should be {wanted}"
        for name, (ours, wanted) in figures.items()
        if ours != wanted
    ]


def _dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}"
