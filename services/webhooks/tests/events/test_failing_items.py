"""Rows that a job can't handle are listed with the dead letters until the job succeeds."""

import json
from collections.abc import Iterator
from itertools import permutations
from uuid import UUID

import pytest
from google.protobuf.json_format import MessageToDict

from servicekit.bus.connection import Bus
from servicekit.errors import Conflict
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.webhooks.tests.events.test_dead_letters import DEAD
from services.webhooks.tests.reports import publish_event
from services.webhooks.tests.rpc.test_dead_letters import OPERATOR, OperatorClient, operator_client
from smsblaster.webhooks.v1 import dead_letters_pb2 as pb
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.waiting import wait_until

__all__ = ["operator_client"]

ORG = new_id()


@pytest.fixture(autouse=True)
def operator() -> Iterator[None]:
    with acting_as(OPERATOR):
        yield


def told(letter_id: UUID, attempts: int, resolved: bool = False) -> events_pb2.DeadLettered:
    """Return the bus event that a job publishes about a row that has failed `attempts` times."""
    letter = events_pb2.DeadLettered(
        consumer="messaging-poll-inbound",
        subject="item.messaging.poll-inbound",
        message_id="SM1",
        payload=json.dumps({"job": "poll-inbound", "item": "SM1"}).encode(),
        error=f"ValueError: for the {attempts}. time",
        attempts=attempts,
        letter_id=str(letter_id),
        org_id=str(ORG),
    )
    letter.first_failed_at.FromSeconds(1_700_000_000)
    letter.last_failed_at.FromSeconds(1_700_000_000 + attempts)
    if resolved:
        letter.resolved_at.FromSeconds(1_700_001_000)
    return letter


@pytest.mark.parametrize("order", [*permutations((0, 1, 2))])
async def test_reports_about_a_failing_row_of_a_job_are_merged_in_any_order(
    bus: Bus, operator_client: OperatorClient, order: tuple[int, ...]
) -> None:
    letter_id = new_id()
    events = [told(letter_id, 1), told(letter_id, 2), told(letter_id, 2, resolved=True)]
    for index in order:
        await publish_event(bus, DEAD, events[index])

    async def settled() -> list[pb.DeadLetter]:
        page = await operator_client.list(consumer="messaging-poll-inbound")
        found = [letter for letter in page.items if letter.id == str(letter_id)]
        return [each for each in found if each.HasField("resolved_at") and each.attempts == 2]

    [letter] = await wait_until(settled)
    assert (letter.status, letter.org_id) == (pb.DEAD_LETTER_STATUS_RESOLVED, str(ORG))
    assert letter.error == "ValueError: for the 2. time"
    assert letter.created_at.seconds == 1_700_000_000
    assert letter.last_failed_at.seconds == 1_700_000_002


async def test_the_dead_letter_of_a_failing_row_can_be_read_and_discarded_but_not_replayed(
    bus: Bus, operator_client: OperatorClient
) -> None:
    letter_id = new_id()
    await publish_event(bus, DEAD, told(letter_id, 1))

    async def listed() -> bool:
        page = await operator_client.list(status=pb.DEAD_LETTER_STATUS_WAITING)
        return str(letter_id) in {letter.id for letter in page.items}

    await wait_until(listed)
    detail = await operator_client.read(str(letter_id))
    assert MessageToDict(detail.content) == {"job": "poll-inbound", "item": "SM1"}
    with pytest.raises(Conflict) as refusal:
        await operator_client.replay(str(letter_id))
    assert refusal.value.code == "dead_letter_retries_itself"
    discarded = await operator_client.discard(str(letter_id))
    assert discarded.status == pb.DEAD_LETTER_STATUS_DISCARDED
