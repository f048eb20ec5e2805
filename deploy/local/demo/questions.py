"""Demo data: questions for chosen attendees, and the history of an attendee who was removed."""

from collections.abc import Sequence

from deploy.local.demo.attendees import EVERYBODY, NORA, OMAR, SAM, AttendeeList
from deploy.local.demo.comparison import differences
from deploy.local.demo.screen import Screen
from deploy.local.testkit.api import Json
from deploy.local.testkit.books import Check
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import ProviderText

_TITLE = "The menu"
_QUESTIONS = ("Meat, fish or neither?", "Anything that you can't eat?")
_ASKED = (NORA, SAM)


class Questions:
    """A question set for two of the attendees, and the removal of another one."""

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._texts: Sequence[ProviderText] = ()
        self._before: Sequence[Json] = ()
        self._after: Sequence[Json] = ()
        self._present: Sequence[str] = ()

    def play(self, attendees: AttendeeList) -> None:
        """Publish questions, wait until the texts about them arrived, then remove an attendee."""
        before, total = self._org.last_text(), attendees.event.summary()["total"]
        asked = [attendees.ids[attendee] for attendee in _ASKED]
        attendees.event.publish(_TITLE, _QUESTIONS, attendeeIds=asked)
        attendees.event.wait_until_settled(total + len(_ASKED))
        self._texts = self._org.texts(before)
        names = " and ".join(attendee.first_name for attendee in _ASKED)
        self._screen.line(f"published questions to {names}: {self._texts[0].body}")
        self._before = attendees.texts(OMAR)
        attendees.event.remove(attendees.ids[OMAR])
        self._present, self._after = sorted(attendees.dots()), attendees.texts(OMAR)
        self._screen.line(
            f"removed {OMAR.first_name} from the event; the history still has: "
            f"{', '.join(text['body'] for text in self._after)}"
        )

    def checks(self) -> Sequence[Check]:
        """Return the checks of questions and of the removed attendee, each with its differences."""
        reached = sorted((text.to, text.status) for text in self._texts)
        wanted = sorted((attendee.phone, "delivered") for attendee in _ASKED)
        present = sorted(attendee.first_name for attendee in EVERYBODY if attendee != OMAR)
        return [
            Check(
                "each question reaches the attendees that it was published to, and nobody else",
                differences({"who was asked": (reached, wanted)}),
            ),
            Check(
                "a removed attendee is not on the list, and is still in the history",
                differences(
                    {
                        "who attends": (self._present, present),
                        "the number of texts": (len(self._after), 1),
                        "the history": (self._after, self._before),
                    }
                ),
            ),
        ]
