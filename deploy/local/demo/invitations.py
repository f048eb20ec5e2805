"""The invitations: an event, its guests, whom they reached, and why they did not reach others."""

from collections.abc import Mapping, Sequence

from deploy.local.demo.attendees import BY_HAND, EVERYBODY, FROM_FILE, PIA, Guest, Party, guest_file
from deploy.local.demo.comparison import differences
from deploy.local.demo.screen import Screen
from deploy.local.testkit.api import ApiProblem, Json, refusal_of
from deploy.local.testkit.books import Check
from deploy.local.testkit.event import Event
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import ProviderText

_EVENT = "Rooftop Dinner"
_INVITED = tuple(guest for guest in EVERYBODY if guest != PIA)


class Invitations:
    """An event from its first guest to the fate of the last invitation."""

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._texts: Sequence[ProviderText] = ()
        self._dots: Mapping[str, str] = {}
        self._troubles: Mapping[Guest, str] = {}
        self._seen_by_colleague: Json = {}
        self._summary: Json = {}
        self._refusal: ApiProblem | None = None

    def play(self) -> Party:
        """Invite everybody, and return when it is known whom that reached."""
        party = self._gather()
        self._org.hear_stop_from([PIA.phone])
        self._screen.line(f"{PIA.first_name} texted STOP before anybody was invited")
        before = self._org.last_text()
        party.event.notify("invitation")
        self._summary = party.event.see_settled(len(_INVITED))
        self._texts = self._org.texts(before)
        self._screen.line(f"invited the guests: {self._texts[0].body}")
        self._read(party)
        self._show_to_a_colleague(party.event)
        return party

    def checks(self) -> Sequence[Check]:
        """What must be true of the invitations."""
        wanted = {guest.phone for guest in _INVITED}
        dots = {guest.first_name: guest.dot for guest in EVERYBODY}
        troubles = {guest: guest.trouble for guest in EVERYBODY if guest.trouble}
        code = self._refusal and self._refusal.code
        return [
            Check(
                "every guest who may be texted was invited, and nobody else",
                sorted(wanted ^ {text.to for text in self._texts}),
            ),
            Check(
                "the guest list shows whom the invitation reached, and says why it failed",
                differences(
                    {"the dots": (self._dots, dots), "the troubles": (self._troubles, troubles)}
                ),
            ),
            Check(
                "a co-organizer with view sees what the owner sees, and can't text anybody",
                differences(
                    {
                        "the summary": (self._seen_by_colleague, self._summary),
                        "the refusal": (code, "event_access_denied"),
                    }
                ),
            ),
        ]

    def _gather(self) -> Party:
        event = Event.create(self._org.api, _EVENT)
        created = event.add_from_file(guest_file())["created"]
        ids = {guest: event.add(guest.first_name, guest.phone) for guest in BY_HAND}
        self._screen.line(
            f"created the event {_EVENT} with {created} guests from a CSV file and {len(ids)} more"
        )
        by_phone = {each["phone"]: each["id"] for each in event.attendees()}
        return Party(event, {**ids, **{guest: by_phone[guest.phone] for guest in FROM_FILE}})

    def _read(self, party: Party) -> None:
        """Read what an organizer sees of it."""
        by_status, rate = self._summary["byStatus"], self._summary["deliveryRate"]
        counts = ", ".join(f"{count} {status}" for status, count in by_status.items() if count)
        self._screen.line(f"the summary: {counts}, {rate:.0%} of the invitations arrived")
        self._dots = party.dots()
        dots = ", ".join(
            f"{guest.first_name} {self._dots[guest.first_name]}" for guest in EVERYBODY
        )
        self._screen.line(f"the guest list: {dots}")
        self._troubles = {
            guest: self._trouble(guest, party.texts(guest)[0])
            for guest in EVERYBODY
            if self._dots[guest.first_name] == "failed"
        }

    def _trouble(self, guest: Guest, text: Json) -> str:
        """Tell why a text did not arrive."""
        title = str(text["errorTitle"])
        self._screen.line(
            f"{guest.first_name}'s invitation, {text['status']}: error {text['errorCode']}, "
            f"{title}. {text['errorMessage']}"
        )
        return title

    def _show_to_a_colleague(self, event: Event) -> None:
        with self._org.invite("Vera Viewer") as colleague:
            event.let(colleague, "view")
            theirs = event.seen_by(colleague)
            self._seen_by_colleague = theirs.summary()
            self._refusal = refusal_of(lambda: theirs.notify("event_reminder"))
        words = self._refusal.words if self._refusal else "nothing was refused"
        self._screen.line(f"a co-organizer who may view it tried to text the guests: {words}")
