"""Test helper: the test organisation of an organisation."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import httpx

from servicekit.identity import acting_as
from servicekit.modes import org_in_test_mode
from services.messaging.tests.organisation import Organisation
from smsblaster.messaging.v1 import accounts_pb2, accounts_pb2_grpc
from tests.fixtures.running import Person, Simulator


def in_test_mode(organisation: Organisation) -> Organisation:
    """Return the test organisation of an organisation, for the same user."""
    person = organisation.person
    return replace(
        organisation,
        person=Person(org_in_test_mode(person.org_id), person.user_id, person.roles),
        account_sid="",
    )


async def prepare(tester: Organisation) -> None:
    """Give a test organisation its number, as the gateway does."""
    stub = accounts_pb2_grpc.SubaccountServiceStub(tester.messaging.channel)
    with acting_as(tester.person.identity()):
        await tester.messaging.caller().call(
            stub.PrepareTestAccount, accounts_pb2.PrepareTestAccountRequest()
        )


class TwilioRecord:
    """What was asked of the simulated Twilio since this object was made."""

    def __init__(self, simulator: Simulator) -> None:
        self._url = f"{simulator.url}/sim/record/requests"
        self._known = len(self._all())

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests, newest first."""
        found = self._all()
        return found[: len(found) - self._known]

    def texts_to(self, phones: Collection[str]) -> list[dict[str, Any]]:
        """Return the requests to send a text to one of `phones`, for any account."""
        return [
            request
            for request in self.requests()
            if request["method"] == "POST"
            and request["path"].endswith("/Messages.json")
            and request["params"]["To"] in phones
        ]

    def _all(self) -> list[dict[str, Any]]:
        answer = httpx.get(self._url, params={"limit": 10_000}).raise_for_status()
        found: list[dict[str, Any]] = answer.json()["requests"]
        return [request for request in found if request["host"].endswith("twilio.com")]
