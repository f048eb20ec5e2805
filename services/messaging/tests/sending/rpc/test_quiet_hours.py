"""Sending windows are set and read, and defer a campaign's messages."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.errors import InvalidInput, PreconditionFailed
from servicekit.identity import acting_as
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import dispatch_pb2, dispatch_pb2_grpc, quiet_hours_pb2_grpc
from smsblaster.messaging.v1 import quiet_hours_pb2 as pb
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until

ALL_WEEK = list(range(1, 8))


def zone_at(hour: int) -> str:
    """Return a time zone in which the hour is now `hour`."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    # Their names count westwards.
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def window(opens: str, closes: str, days: list[int] = ALL_WEEK) -> pb.SendingWindow:
    return pb.SendingWindow(days=days, **{"from": opens, "to": closes})  # type: ignore[arg-type]


async def ask(organisation: Organisation, request: Any, person: Person | None = None) -> Any:
    stub = quiet_hours_pb2_grpc.QuietHoursServiceStub(organisation.messaging.channel)
    setting = isinstance(request, pb.UpdateQuietHoursRequest)
    method = stub.UpdateQuietHours if setting else stub.GetQuietHours
    with acting_as((person or organisation.person).identity()):
        return await organisation.messaging.caller().call(method, request)


async def test_sending_windows_are_stored_as_they_were_given(organisation: Organisation) -> None:
    unset = await ask(organisation, pb.GetQuietHoursRequest())
    assert (unset.enabled, list(unset.windows), unset.default_time_zone) == (False, [], "UTC")
    week = window("09:00", "20:00", [1, 2, 3, 4, 5])
    request = pb.UpdateQuietHoursRequest(
        enabled=True, windows=[week, window("10:00", "24:00", [6])], default_time_zone="Asia/Tokyo"
    )
    answer = await ask(organisation, request)
    assert list(answer.windows) == list(request.windows)
    assert await ask(organisation, pb.GetQuietHoursRequest()) == answer
    off = await ask(organisation, pb.UpdateQuietHoursRequest())
    assert (off.enabled, list(off.windows), off.default_time_zone) == (False, [], "UTC")


async def test_a_change_is_refused_if_somebody_changed_the_windows_meanwhile(
    organisation: Organisation,
) -> None:
    unset = await ask(organisation, pb.GetQuietHoursRequest())
    tokyo = pb.UpdateQuietHoursRequest(default_time_zone="Asia/Tokyo", if_version=unset.version)
    answer = await ask(organisation, tokyo)
    assert (unset.version, answer.version) == (0, 1)
    with pytest.raises(PreconditionFailed) as refusal:
        await ask(organisation, tokyo)
    assert refusal.value.facts["version"] == 1
    assert "defaultTimeZone" in refusal.value.facts["changedFields"]
    assert await ask(organisation, pb.GetQuietHoursRequest()) == answer


async def test_each_organisation_has_its_own_sending_windows(organisation: Organisation) -> None:
    request = pb.UpdateQuietHoursRequest(enabled=True, windows=[window("09:00", "20:00")])
    await ask(organisation, request)
    assert not (await ask(organisation, pb.GetQuietHoursRequest(), Person())).enabled


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"enabled": True}, "windows"),
        ({"windows": [window("20:00", "09:00")]}, "windows[0].to"),
        ({"windows": [window("9:00", "20:00")]}, "windows[0].from"),
        ({"windows": [window("09:00", "25:00")]}, "windows[0].to"),
        ({"windows": [window("09:00", "20:00", [])]}, "windows[0].days"),
        ({"windows": [window("09:00", "20:00", [1, 1])]}, "windows[0].days"),
        ({"default_time_zone": "Mars/Olympus"}, "defaultTimeZone"),
    ],
)
async def test_invalid_windows_are_refused(
    organisation: Organisation, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await ask(organisation, pb.UpdateQuietHoursRequest(**fields))
    assert [fault.field for fault in caught.value.fields] == [field]


async def submit(organisation: Organisation, campaign: UUID, to: str, zone: str) -> Any:
    contact_id = (await organisation.contact_ids([to]))[to]
    recipient = dispatch_pb2.ChunkRecipient(
        contact_id=contact_id, phone=to, body="Sale today", time_zone=zone
    )
    request = dispatch_pb2.SubmitChunkRequest(
        campaign_id=str(campaign),
        user_id=str(organisation.person.user_id),
        recipients=[recipient],
    )
    stub = dispatch_pb2_grpc.DispatchServiceStub(organisation.messaging.channel)
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller("campaigns").call(stub.SubmitChunk, request)


async def test_a_message_whose_window_closes_before_it_is_sent_is_deferred(
    organisation: Organisation,
) -> None:
    campaign, to = uuid4(), phone(1)
    await organisation.hold(campaign, True)
    taken = await submit(organisation, campaign, to, zone_at(12))
    assert (taken.accepted, len(taken.waiting)) == (1, 0)
    early = pb.UpdateQuietHoursRequest(enabled=True, windows=[window("20:00", "22:00")])
    await ask(organisation, early)
    await organisation.hold(campaign, False)

    async def deferred() -> bool:
        query = text(
            "SELECT status = 'pending' AND attempts = 0 AND next_step_at > now() + interval '6 h'"
            " AND next_step_at < 'infinity' FROM sms_messages WHERE campaign_id = :id"
        )
        async with organisation.database.system() as connection:
            return bool(await connection.scalar(query, {"id": campaign}))

    await wait_until(deferred)
    assert not organisation.provider()
    # A recipient who has a message keeps it, so it is not deferred when the chunk is repeated.
    again = await submit(organisation, campaign, to, zone_at(12))
    assert (again.accepted, len(again.waiting)) == (1, 0)
    await ask(organisation, pb.UpdateQuietHoursRequest())

    async def sent() -> bool:
        return len(organisation.provider()) == 1

    await wait_until(sent)
    assert await organisation.balance() == 999
