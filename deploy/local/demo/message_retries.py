"""Retries of single messages: texts that did not arrive are sent again if that is allowed."""

from collections.abc import Mapping, Sequence
from functools import partial

from deploy.local.demo.attendees import EVERYBODY, PIA, QUINN, ROSA, Attendee, AttendeeList
from deploy.local.demo.comparison import differences
from deploy.local.demo.screen import Screen
from deploy.local.testkit.api import ApiProblem, Json, refusal_of
from deploy.local.testkit.books import Check
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import ProviderText

_NEW_NUMBERS = {QUINN: "+16286000101", ROSA: "+16286000102"}


class MessageRetries:
    """The retries of the two invitations that did not arrive."""

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._first: Mapping[Attendee, Json] = {}
        self._histories: Mapping[Attendee, Sequence[Json]] = {}
        self._refusals: Mapping[Attendee, ApiProblem | None] = {}
        self._texts: Sequence[ProviderText] = ()
        self._dots: Mapping[str, str] = {}

    def play(self, attendees: AttendeeList) -> None:
        """Retry both invitations, and return when the outcome of each is known."""
        before, total = self._org.last_text(), attendees.event.summary()["total"]
        self._first = {attendee: attendees.texts(attendee)[0] for attendee in _NEW_NUMBERS}
        self._org.opt_out([QUINN.phone])
        self._screen.line(f"{QUINN.first_name}'s phone is on again, and texted STOP")
        self._refusals = {attendee: self._refusal(attendees, attendee) for attendee in _NEW_NUMBERS}
        self._send_again(attendees, QUINN)
        self._send_again(attendees, ROSA)
        attendees.event.wait_until_settled(total + len(_NEW_NUMBERS))
        self._texts = self._org.texts(before)
        self._histories = {attendee: attendees.texts(attendee) for attendee in _NEW_NUMBERS}
        for attendee, texts in self._histories.items():
            told = ", ".join(f"{text['status']} {text['createdAt'][11:19]}" for text in texts)
            self._screen.line(f"{attendee.first_name}'s history: {told}")
        self._dots = attendees.dots()

    def checks(self) -> Sequence[Check]:
        """Return the checks of the retries, each with the differences that were found."""
        codes = {attendee: problem and problem.code for attendee, problem in self._refusals.items()}
        reached = sorted((text.to, text.status) for text in self._texts)
        wanted = sorted((phone, "delivered") for phone in _NEW_NUMBERS.values())
        dots = {g.first_name: "none" if g == PIA else "delivered" for g in EVERYBODY}
        return [
            Check(
                "an opted-out attendee and a landline get no retry",
                differences({"the refusals": (codes, {QUINN: "opted_out", ROSA: "not_retryable"})}),
            ),
            Check(
                "a retry is sent once, to the corrected number, and arrives",
                differences({"the attempts": (reached, wanted), "the dots": (self._dots, dots)}),
            ),
            Check(
                "both attempts are in the history, the first one unchanged",
                [fault for attendee in _NEW_NUMBERS for fault in self._history_faults(attendee)],
            ),
        ]

    def _refusal(self, attendees: AttendeeList, attendee: Attendee) -> ApiProblem | None:
        """Try to retry a text for which no retry is allowed, and return the error."""
        attendee_id, message_id = attendees.ids[attendee], self._first[attendee]["id"]
        refusal = refusal_of(partial(attendees.event.retry, attendee_id, messageId=message_id))
        words = refusal.message if refusal else "nothing was refused"
        self._screen.line(f"tried {attendee.first_name} again: {words}")
        return refusal

    def _send_again(self, attendees: AttendeeList, attendee: Attendee) -> None:
        attendee_id, phone = attendees.ids[attendee], _NEW_NUMBERS[attendee]
        attendees.event.correct(attendee_id, phone)
        attendees.event.retry(attendee_id, messageId=self._first[attendee]["id"])
        self._screen.line(f"{attendee.first_name} gave another number, {phone}; sent again")

    def _history_faults(self, attendee: Attendee) -> Sequence[str]:
        texts, first = self._histories[attendee], self._first[attendee]
        told = [(text["status"], text["retryOf"]) for text in texts]
        return differences(
            {
                f"{attendee.first_name}'s texts": (
                    told,
                    [("delivered", first["id"]), ("undelivered", None)],
                ),
                f"{attendee.first_name}'s first text": (texts[-1], first),
            }
        )
