"""Invite the attendees of an event, and explain why some invitations did not arrive."""

from collections.abc import Mapping, Sequence

from deploy.local.demo.attendees import (
    BY_HAND,
    EVERYBODY,
    FROM_FILE,
    PIA,
    Attendee,
    AttendeeList,
    attendee_file,
)
from deploy.local.demo.comparison import differences
from deploy.local.demo.screen import Screen
from deploy.local.testkit.api import ApiProblem, Json, refusal_of
from deploy.local.testkit.books import Check
from deploy.local.testkit.event import Event
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import ProviderText

_EVENT = "Rooftop Dinner"
_INVITED = tuple(attendee for attendee in EVERYBODY if attendee != PIA)


class Invitations:
    """The part of the demo about an event's invitations, up to the outcome of the last one."""

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._texts: Sequence[ProviderText] = ()
        self._dots: Mapping[str, str] = {}
        self._troubles: Mapping[Attendee, str] = {}
        self._seen_by_colleague: Json = {}
        self._summary: Json = {}
        self._refusal: ApiProblem | None = None

    def play(self) -> AttendeeList:
        """Invite all attendees, and return when the outcome of each text is known."""
        attendees = self._gather()
        self._org.opt_out([PIA.phone])
        self._screen.line(f"{PIA.first_name} texted STOP before anybody was invited")
        before = self._org.last_text()
        attendees.event.notify("invitation")
        self._summary = attendees.event.wait_until_settled(len(_INVITED))
        self._texts = self._org.texts(before)
        self._screen.line(f"invited the attendees: {self._texts[0].body}")
        self._read(attendees)
        self._show_to_a_colleague(attendees.event)
        return attendees

    def checks(self) -> Sequence[Check]:
        """Return the checks of the invitations, each with the differences that were found."""
        wanted = {attendee.phone for attendee in _INVITED}
        dots = {attendee.first_name: attendee.dot for attendee in EVERYBODY}
        troubles = {attendee: attendee.trouble for attendee in EVERYBODY if attendee.trouble}
        code = self._refusal and self._refusal.code
        return [
            Check(
                "exactly the attendees who may be texted were invited",
                sorted(wanted ^ {text.to for text in self._texts}),
            ),
            Check(
                "the attendee list shows which invitations arrived, and why others failed",
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

    def _gather(self) -> AttendeeList:
        event = Event.create(self._org.api, _EVENT)
        created = event.add_from_file(attendee_file())["created"]
        ids = {attendee: event.add(attendee.first_name, attendee.phone) for attendee in BY_HAND}
        self._screen.line(
            f"created the event {_EVENT}: {created} attendees from a CSV file, {len(ids)} more"
        )
        by_phone = {each["phone"]: each["id"] for each in event.attendees()}
        return AttendeeList(
            event, {**ids, **{attendee: by_phone[attendee.phone] for attendee in FROM_FILE}}
        )

    def _read(self, attendees: AttendeeList) -> None:
        """Read the summary and the list of attendees as an organizer sees them."""
        by_status, rate = self._summary["byStatus"], self._summary["deliveryRate"]
        counts = ", ".join(f"{count} {status}" for status, count in by_status.items() if count)
        self._screen.line(f"the summary: {counts}, {rate:.0%} of the invitations arrived")
        self._dots = attendees.dots()
        dots = ", ".join(
            f"{attendee.first_name} {self._dots[attendee.first_name]}" for attendee in EVERYBODY
        )
        self._screen.line(f"the attendee list shows: {dots}")
        self._troubles = {
            attendee: self._trouble(attendee, attendees.texts(attendee)[0])
            for attendee in EVERYBODY
            if self._dots[attendee.first_name] == "failed"
        }

    def _trouble(self, attendee: Attendee, text: Json) -> str:
        """Return the error message of a text that did not arrive, as the organizer sees it."""
        title = str(text["errorTitle"])
        self._screen.line(
            f"{attendee.first_name}'s invitation, {text['status']}: error {text['errorCode']}, "
            f"{title}. {text['errorMessage']}"
        )
        return title

    def _show_to_a_colleague(self, event: Event) -> None:
        with self._org.invite("Vera Viewer") as colleague:
            event.allow(colleague, "view")
            theirs = event.seen_by(colleague)
            self._seen_by_colleague = theirs.summary()
            self._refusal = refusal_of(lambda: theirs.notify("event_reminder"))
        words = self._refusal.message if self._refusal else "nothing was refused"
        self._screen.line(f"a co-organizer who may view it tried to text the attendees: {words}")
