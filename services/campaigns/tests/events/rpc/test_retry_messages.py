"""Retries of failed messages to attendees: each is one new message."""

import asyncio

import pytest

from servicekit import operation
from servicekit.errors import (
    Conflict,
    Forbidden,
    InsufficientBalance,
    InvalidInput,
)
from servicekit.ids import new_id
from services.billing.tests.money import held_balance
from services.campaigns.tests.event_owner import VIEW
from services.campaigns.tests.organisation import Neighbours, Organisation, an_organisation, phone
from services.campaigns.tests.organizer import Organizer
from services.campaigns.tests.scene import Scene
from smsblaster.events.v1 import events_pb2, sms_pb2
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.usefixtures("sender")

QUEUED = sms_pb2.SMS_STATUS_QUEUED
FAILED = sms_pb2.SMS_STATUS_FAILED
UNDELIVERED = sms_pb2.SMS_STATUS_UNDELIVERED
UNREACHABLE, LANDLINE, FILTERED, INVALID = 30003, 30006, 30007, 21211


async def test_a_retry_is_a_new_message_and_the_original_stays(
    scene: Scene, organisation: Organisation
) -> None:
    original = await scene.failed(UNREACHABLE)
    before = await organisation.balance()
    answer = await scene.retry(message_id=original)
    assert (answer.success, answer.retried) == (True, 1)
    [result] = answer.results
    assert (result.original_message_id, result.status) == (original, QUEUED)
    newest, oldest = (await scene.history()).messages
    assert (newest.id, newest.retry_of) == (result.new_message_id, original)
    assert (newest.body, newest.notification_type) == (oldest.body, oldest.notification_type)
    assert (oldest.id, oldest.status, oldest.error_code) == (
        original,
        UNDELIVERED,
        str(UNREACHABLE),
    )
    assert organisation.received()[(phone(1), "x")] == 2
    assert await organisation.balance() == before - 1


async def test_a_double_click_sends_only_one_retry(
    scene: Scene, organisation: Organisation
) -> None:
    original = await scene.failed(UNREACHABLE)
    answers = await asyncio.gather(*(scene.retry(message_id=original) for _ in range(5)))
    assert len({answer.results[0].new_message_id for answer in answers}) == 1
    with operation.operating(new_id()):
        again = await scene.retry(message_id=original)
    assert again.results[0].new_message_id == answers[0].results[0].new_message_id
    assert organisation.received()[(phone(1), "x")] == 2


async def test_concurrent_retries_to_two_numbers_send_one_message(
    scene: Scene, organisation: Organisation
) -> None:
    original = await scene.failed(UNREACHABLE)
    before = await organisation.balance()
    billing = scene.neighbours.billing_database
    async with held_balance(billing, organisation.person):
        first = asyncio.create_task(scene.retry(message_id=original))
        await wait_until(scene.is_being_retried)
        await scene.correct(phone(7))
        with pytest.raises(Conflict, match="already being sent again") as refused:
            await scene.retry(message_id=original)
        assert refused.value.code == "already_sending"
        assert (await scene.retry(retry_all=True)).retried == 0
    answer = await first
    assert answer.success
    assert organisation.received() == {(phone(1), "x"): 2}
    assert await organisation.balance() == before - 1
    await scene.settle(answer.results[0].new_message_id, "undelivered")
    assert (await scene.retry(message_id=original)).success
    assert organisation.received()[(phone(7), "x")] == 1


async def test_a_message_that_would_fail_again_is_retried_only_if_forced(
    scene: Scene, organisation: Organisation
) -> None:
    original = await scene.failed(LANDLINE)
    with pytest.raises(Conflict, match="Landline detected: This number appears") as refused:
        await scene.retry(message_id=original)
    assert refused.value.code == "not_retryable"
    refused_all = await scene.retry(retry_all=True)
    assert (refused_all.success, refused_all.retried) == (False, 0)
    [result] = refused_all.results
    assert (result.status, result.new_message_id) == (FAILED, "")
    assert "Landline detected" in result.error
    forced = await scene.retry(message_id=original, force=True)
    assert forced.success
    assert organisation.received()[(phone(1), "x")] == 2


async def test_all_failed_messages_are_retried_once(
    scene: Scene, organisation: Organisation
) -> None:
    failed = [await scene.failed(UNREACHABLE, body=body) for body in ("one", "two", "three")]
    await scene.failed(None, "delivered", body="four")
    answer = await scene.retry(retry_all=True)
    assert (answer.success, answer.retried) == (True, 3)
    assert [r.original_message_id for r in answer.results] == failed
    assert sum(organisation.received().values()) == 7
    nothing_left = await scene.retry(retry_all=True)
    assert (nothing_left.success, nothing_left.retried) == (True, 0)


async def test_a_failed_retry_can_be_retried(scene: Scene) -> None:
    original = await scene.failed(UNREACHABLE)
    first = (await scene.retry(message_id=original)).results[0].new_message_id
    await scene.settle(first, "undelivered")
    second = (await scene.retry(retry_all=True)).results
    assert [r.original_message_id for r in second] == [first]
    await scene.settle(second[0].new_message_id, "delivered")
    with pytest.raises(Conflict) as done:
        await scene.retry(message_id=first)
    assert done.value.code == "already_delivered"


async def test_only_failed_messages_are_retried(scene: Scene) -> None:
    arrived = await scene.failed(None, "delivered")
    with pytest.raises(Conflict) as refused:
        await scene.retry(message_id=arrived)
    assert refused.value.code == "message_not_failed"


@pytest.mark.parametrize("fields", [{}, {"retry_all": True, "message_id": str(new_id())}])
async def test_a_retry_request_must_select_one_message_or_all(
    scene: Scene, fields: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await scene.retry(**fields)
    assert {fault.field for fault in refused.value.fields} == {"messageId", "retryAll"}


async def test_a_retry_goes_to_the_attendees_current_number(
    scene: Scene, organisation: Organisation
) -> None:
    original = await scene.failed(UNREACHABLE)
    await scene.correct(phone(7))
    assert (await scene.retry(message_id=original)).success
    assert organisation.received()[(phone(7), "x")] == 1


@pytest.mark.parametrize("code", [LANDLINE, INVALID])
async def test_a_retry_to_a_new_number_needs_no_force_after_an_error_of_the_old_number(
    scene: Scene, organisation: Organisation, code: int
) -> None:
    original = await scene.failed(code)
    await scene.correct(phone(7))
    assert (await scene.retry(message_id=original)).success
    assert organisation.received()[(phone(7), "x")] == 1


async def test_a_retry_of_a_message_that_a_carrier_filtered_needs_force_even_to_a_new_number(
    scene: Scene,
) -> None:
    original = await scene.failed(FILTERED)
    await scene.correct(phone(7))
    with pytest.raises(Conflict) as refused:
        await scene.retry(message_id=original)
    assert refused.value.code == "not_retryable"


async def test_an_attendee_who_opted_out_meanwhile_gets_no_retry(
    scene: Scene, organisation: Organisation
) -> None:
    original = await scene.failed(UNREACHABLE)
    await organisation.opt_out(1)
    with pytest.raises(InvalidInput) as refused:
        await scene.retry(message_id=original)
    assert refused.value.code == "opted_out"
    refused_all = await scene.retry(retry_all=True, force=True)
    assert not refused_all.success
    assert "opted out" in refused_all.results[0].error
    assert sum(organisation.received().values()) == 1


async def test_a_retry_is_charged_like_any_message(
    neighbours: Neighbours, organizer: Organizer
) -> None:
    poor = await an_organisation(neighbours, cents=1)
    host = Organizer.of(organizer.service, poor)
    event = await host.event()
    attendee = await host.attendee(event.id, 1)
    scene = Scene(host, neighbours, event.id, attendee.id)
    original = await scene.failed(UNREACHABLE)
    with pytest.raises(InsufficientBalance):
        await scene.retry(message_id=original)


async def test_a_deleted_attendee_keeps_the_history_of_messages_and_gets_no_retry(
    scene: Scene,
) -> None:
    original = await scene.failed(UNREACHABLE)
    await scene.organizer.ask("DeleteAttendee", event_id=scene.event, attendee_id=scene.attendee)
    history = await scene.history()
    assert ([m.id for m in history.messages], history.attendee.first_name) == ([original], "Ann")
    summary = await scene.organizer.summary(scene.event)
    assert summary.failed_messages[0].attendee_name == "Ann Lee"
    with pytest.raises(Conflict) as refused:
        await scene.retry(message_id=original)
    assert refused.value.code == "attendee_deleted"


async def test_a_cancelled_event_allows_no_retry(scene: Scene) -> None:
    original = await scene.failed(UNREACHABLE)
    await scene.organizer.ask(
        "UpdateEvent", event_id=scene.event, status=events_pb2.EVENT_STATUS_CANCELLED
    )
    with pytest.raises(Conflict) as refused:
        await scene.retry(message_id=original)
    assert refused.value.code == "event_not_published"


async def test_an_attendee_without_a_number_gets_no_retry(scene: Scene) -> None:
    original = await scene.failed(UNREACHABLE)
    await scene.correct("")
    with pytest.raises(InvalidInput) as refused:
        await scene.retry(message_id=original)
    assert refused.value.code == "no_phone"


async def test_retry_requires_the_curate_permission(scene: Scene) -> None:
    original = await scene.failed(UNREACHABLE)
    viewer, stranger = scene.organizer.colleague(), scene.organizer.colleague()
    await scene.organizer.ask(
        "SetOrganizer",
        event_id=scene.event,
        user_id=str(viewer.person.user_id),
        permission=VIEW,
    )
    wanted = {"event_id": scene.event, "attendee_id": scene.attendee}
    assert (await viewer.ask("GetSmsHistory", **wanted)).summary.total == 1
    assert (await viewer.ask("GetSmsSummary", event_id=scene.event)).total == 1
    with pytest.raises(Forbidden):
        await viewer.ask("RetrySms", **wanted, message_id=original)
    for method in ("GetSmsHistory", "RetrySms"):
        with pytest.raises(Forbidden):
            await stranger.ask(method, **wanted)
    with pytest.raises(Forbidden):
        await stranger.ask("GetSmsSummary", event_id=scene.event)
