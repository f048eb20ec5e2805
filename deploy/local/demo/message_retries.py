"""Further attempts: texts that did not arrive are sent again, where that is right."""

from collections.abc import Mapping, Sequence
from functools import partial

from deploy.local.demo.attendees import EVERYBODY, PIA, QUINN, ROSA, Guest, Party
from deploy.local.demo.comparison import differences
from deploy.local.demo.screen import Screen
from deploy.local.testkit.api import ApiProblem, Json, refusal_of
from deploy.local.testkit.books import Check
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import ProviderText

_NEW_NUMBERS = {QUINN: "+16286000101", ROSA: "+16286000102"}


class FurtherAttempts:
    """The second attempts at the two invitations that did not arrive."""

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._first: Mapping[Guest, Json] = {}
        self._histories: Mapping[Guest, Sequence[Json]] = {}
        self._refusals: Mapping[Guest, ApiProblem | None] = {}
        self._texts: Sequence[ProviderText] = ()
        self._dots: Mapping[str, str] = {}

    def play(self, party: Party) -> None:
        """Send both again, and return when it is known whom that reached."""
        before, total = self._org.last_text(), party.event.summary()["total"]
        self._first = {guest: party.texts(guest)[0] for guest in _NEW_NUMBERS}
        self._org.hear_stop_from([QUINN.phone])
        self._screen.line(f"{QUINN.first_name}'s phone is on again, and texted STOP")
        self._refusals = {guest: self._refusal(party, guest) for guest in _NEW_NUMBERS}
        self._send_again(party, QUINN)
        self._send_again(party, ROSA)
        party.event.see_settled(total + len(_NEW_NUMBERS))
        self._texts = self._org.texts(before)
        self._histories = {guest: party.texts(guest) for guest in _NEW_NUMBERS}
        for guest, texts in self._histories.items():
            told = ", ".join(f"{text['status']} {text['createdAt'][11:19]}" for text in texts)
            self._screen.line(f"{guest.first_name}'s history: {told}")
        self._dots = party.dots()

    def checks(self) -> Sequence[Check]:
        """What must be true of the attempts."""
        codes = {guest: problem and problem.code for guest, problem in self._refusals.items()}
        reached = sorted((text.to, text.status) for text in self._texts)
        wanted = sorted((phone, "delivered") for phone in _NEW_NUMBERS.values())
        dots = {g.first_name: "none" if g == PIA else "delivered" for g in EVERYBODY}
        return [
            Check(
                "who said STOP gets no second attempt, nor does a landline",
                differences({"the refusals": (codes, {QUINN: "opted_out", ROSA: "not_retryable"})}),
            ),
            Check(
                "a second attempt goes out once, to the number that is right now, and arrives",
                differences({"the attempts": (reached, wanted), "the dots": (self._dots, dots)}),
            ),
            Check(
                "both attempts are in the history, the first as it was",
                [fault for guest in _NEW_NUMBERS for fault in self._history_faults(guest)],
            ),
        ]

    def _refusal(self, party: Party, guest: Guest) -> ApiProblem | None:
        """Try to send a text again that must not be."""
        attendee_id, message_id = party.ids[guest], self._first[guest]["id"]
        refusal = refusal_of(partial(party.event.retry, attendee_id, messageId=message_id))
        words = refusal.words if refusal else "nothing was refused"
        self._screen.line(f"tried {guest.first_name} again: {words}")
        return refusal

    def _send_again(self, party: Party, guest: Guest) -> None:
        attendee_id, phone = party.ids[guest], _NEW_NUMBERS[guest]
        party.event.correct(attendee_id, phone)
        party.event.retry(attendee_id, messageId=self._first[guest]["id"])
        self._screen.line(f"{guest.first_name} gave another number, {phone}; sent again")

    def _history_faults(self, guest: Guest) -> Sequence[str]:
        texts, first = self._histories[guest], self._first[guest]
        told = [(text["status"], text["retryOf"]) for text in texts]
        return differences(
            {
                f"{guest.first_name}'s texts": (
                    told,
                    [("delivered", first["id"]), ("undelivered", None)],
                ),
                f"{guest.first_name}'s first text": (texts[-1], first),
            }
        )
