"""Questions for chosen guests; and a guest who is taken off the event stays in its history."""

from collections.abc import Sequence

from deploy.local.demo.attendees import EVERYBODY, NORA, OMAR, SAM, Party
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
    """A question set for two of the guests, and the end of another's attendance."""

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._texts: Sequence[ProviderText] = ()
        self._before: Sequence[Json] = ()
        self._after: Sequence[Json] = ()
        self._present: Sequence[str] = ()

    def play(self, party: Party) -> None:
        """Ask, and return when the question has arrived; then take a guest off the event."""
        before, total = self._org.last_text(), party.event.summary()["total"]
        asked = [party.ids[guest] for guest in _ASKED]
        party.event.publish(_TITLE, _QUESTIONS, attendeeIds=asked)
        party.event.see_settled(total + len(_ASKED))
        self._texts = self._org.texts(before)
        names = " and ".join(guest.first_name for guest in _ASKED)
        self._screen.line(f"published questions to {names}: {self._texts[0].body}")
        self._before = party.texts(OMAR)
        party.event.remove(party.ids[OMAR])
        self._present, self._after = sorted(party.dots()), party.texts(OMAR)
        self._screen.line(
            f"took {OMAR.first_name} off the event; the history still has: "
            f"{', '.join(text['body'] for text in self._after)}"
        )

    def checks(self) -> Sequence[Check]:
        """What must be true of the questions and of the guest who left."""
        reached = sorted((text.to, text.status) for text in self._texts)
        wanted = sorted((guest.phone, "delivered") for guest in _ASKED)
        present = sorted(guest.first_name for guest in EVERYBODY if guest != OMAR)
        return [
            Check(
                "questions reach whom they were published to, and nobody else",
                differences({"who was asked": (reached, wanted)}),
            ),
            Check(
                "who is taken off an event is not on its list, and in its history all the same",
                differences(
                    {
                        "who attends": (self._present, present),
                        "the number of texts": (len(self._after), 1),
                        "the history": (self._after, self._before),
                    }
                ),
            ),
        ]
