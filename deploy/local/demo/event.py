"""The event: the organisation invites attendees and texts them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from deploy.local.demo.attendees import AttendeeList
from deploy.local.demo.comparison import differences, differing
from deploy.local.demo.invitations import Invitations
from deploy.local.demo.message_retries import MessageRetries
from deploy.local.demo.questions import Questions
from deploy.local.demo.screen import Screen
from deploy.local.testkit.api import Json
from deploy.local.testkit.books import Books, Check, price_of
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import ProviderText

# The SID, the status and the error code of a text.
_Status = tuple[str, str, str | None]


class EventStory:
    """The part of the demo about an event, from its first attendee to its last text.

    Call `play` first.
    """

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._invitations = Invitations(organisation, screen)
        self._attempts = MessageRetries(organisation, screen)
        self._questions = Questions(organisation, screen)
        self._reported: Mapping[str, _Status] = {}
        self._summary: Json = {}
        self._texts: Sequence[ProviderText] = ()

    def play(self) -> None:
        """Run this part of the demo to its end.

        Raises ApiProblem, TimeoutError or httpx.HTTPError.
        """
        before = self._org.last_text()
        attendees = self._invitations.play()
        self._attempts.play(attendees)
        self._questions.play(attendees)
        self._texts = self._org.texts(before)
        self._reported = _reported(attendees)
        self._summary = attendees.event.summary()

    def checks(self, books: Books) -> Sequence[Check]:
        """Return the checks of the event's texts, each with the differences that were found."""
        taken = {str(text.message_id): (text.sid, text.status, _code(text)) for text in self._texts}
        prices = {str(text.message_id): [-price_of(text)] for text in self._texts}
        moved = {id_: [*books.charges.get(id_, ()), *books.refunds.get(id_, ())] for id_ in prices}
        return [
            *self._invitations.checks(),
            *self._attempts.checks(),
            *self._questions.checks(),
            Check(
                "organizers see the provider's status of each text",
                differing(self._reported, taken),
            ),
            Check("the event's figures agree with the provider's", self._wrong_figures()),
            Check("each attempt was charged once, at its price", differing(moved, prices)),
        ]

    def figures(self) -> dict[str, str]:
        """Return how many texts had each outcome, for the closing table."""
        ends = Counter(text.status for text in self._texts)
        return {
            "texts to the event's attendees": f"{len(self._texts):,}",
            "delivered to them": f"{ends['delivered']:,}",
        }

    def _wrong_figures(self) -> Sequence[str]:
        ends = Counter(text.status for text in self._texts)
        by_status = {status: ends[status] for status in self._summary["byStatus"]}
        return differences(
            {
                "total": (self._summary["total"], len(self._texts)),
                "byStatus": (self._summary["byStatus"], by_status),
                "by type": (sum(self._summary["byType"].values()), len(self._texts)),
                "deliveryRate": (self._summary["deliveryRate"], ends["delivered"] / ends.total()),
            }
        )


def _reported(attendees: AttendeeList) -> Mapping[str, _Status]:
    """Return SID, status and error code of every text, as the organizer sees them.

    The keys are the ids of the texts.
    """
    return {
        text["id"]: (text["messageSid"], text["status"], text["errorCode"])
        for attendee in attendees.ids
        for text in attendees.texts(attendee)
    }


def _code(text: ProviderText) -> str | None:
    return str(text.error_code) if text.error_code else None
