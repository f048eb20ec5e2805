"""A customer's own server gets a webhook about every text of the evening, and counts them."""

from collections.abc import Sequence

from deploy.local.demo.comparison import differences, differing
from deploy.local.demo.screen import Screen
from deploy.local.testkit.books import Books, Check
from deploy.local.testkit.customer_server import CustomerServer
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.patience import SETTLES_WITHIN
from deploy.local.waiting import wait_for

_FINAL = ("delivered", "undelivered", "failed")
_HEARD_WITHIN = 30.0


class Webhooks:
    """The organisation's own server, and the webhooks that it got."""

    def __init__(self, organisation: Organisation, server: CustomerServer, screen: Screen) -> None:
        self._org = organisation
        self._server = server
        self._screen = screen

    def open(self) -> None:
        """Create the endpoint, and return once the platform calls it."""
        api, path = self._org.api, "/api/webhooks/endpoints"
        made = api.post(path, {"url": self._server.url, "description": "The organiser's server"})
        self._server.secret = made["secret"]
        api.post(f"{path}/{made['endpoint']['id']}/test", {})
        wait_for("the test event", lambda: self._server.events, _HEARD_WITHIN)
        self._screen.line("created a webhook endpoint on its own server, which got a test event")

    def checks(self, books: Books) -> Sequence[Check]:
        """Return the checks of the webhooks that the server got.

        Each has the differences that were found.
        """
        wanted = {text.sid: text.status for text in books.texts if text.status in _FINAL}
        wait_for(
            "the webhooks about the last texts",
            lambda: self._heard().keys() >= wanted.keys(),
            SETTLES_WITHIN,
        )
        heard = {sid: status for sid, status in self._heard().items() if sid in wanted}
        unsigned = sum(not call.verified for call in self._server.calls)
        return [
            Check("the customer's server heard how every text ended", differing(heard, wanted)),
            Check(
                "every webhook was signed",
                differences({"the number of unsigned webhooks": (unsigned, 0)}),
            ),
        ]

    def figures(self) -> dict[str, str]:
        """Return how many webhooks the server got."""
        return {"webhooks": f"{len(self._server.events):,}"}

    def _heard(self) -> dict[str, str]:
        """Return the final status of each text, as the webhooks reported it.

        The keys are the provider's ids of the texts.
        """
        return {
            event.data["providerSid"]: event.data["status"]
            for event in self._server.events
            if event.type.rpartition(".")[2] in _FINAL and event.data["providerSid"]
        }
