"""An owner says how long messages are kept."""

from dataclasses import replace

import pytest

from servicekit.errors import Forbidden, InvalidInput, PreconditionFailed
from servicekit.identity import acting_as
from services.messaging.tests.organisation import Organisation
from smsblaster.messaging.v1 import message_retention_pb2, message_retention_pb2_grpc


async def get(organisation: Organisation) -> message_retention_pb2.MessageRetention:
    stub = message_retention_pb2_grpc.MessageRetentionServiceStub(organisation.messaging.channel)
    request = message_retention_pb2.GetMessageRetentionRequest()
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller().call(stub.GetMessageRetention, request)


async def put(
    organisation: Organisation,
    days: int | None,
    if_version: int | None = None,
    role: str = "owner",
) -> message_retention_pb2.MessageRetention:
    stub = message_retention_pb2_grpc.MessageRetentionServiceStub(organisation.messaging.channel)
    request = message_retention_pb2.PutMessageRetentionRequest(days=days, if_version=if_version)
    caller = replace(organisation.person.identity(), roles=frozenset({role}))
    with acting_as(caller):
        return await organisation.messaging.caller().call(stub.PutMessageRetention, request)


async def test_messages_are_kept_for_ever_until_an_owner_says_otherwise(
    bare_organisation: Organisation,
) -> None:
    found = await get(bare_organisation)
    assert (found.HasField("days"), found.version) == (False, 0)
    assert (await put(bare_organisation, 365)).days == 365
    assert (await get(bare_organisation)).days == 365
    assert not (await put(bare_organisation, None)).HasField("days")


async def test_only_an_owner_can_set_how_long_messages_are_kept(
    bare_organisation: Organisation,
) -> None:
    for role in ("admin", "member"):
        with pytest.raises(Forbidden):
            await put(bare_organisation, 365, role=role)
    assert not (await get(bare_organisation)).HasField("days")


@pytest.mark.parametrize("days", [0, 89, 3_651])
async def test_messages_cannot_be_kept_for_less_than_90_days_or_more_than_ten_years(
    bare_organisation: Organisation, days: int
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await put(bare_organisation, days)
    assert [each.field for each in refusal.value.fields] == ["days"]


async def test_a_change_is_refused_if_somebody_changed_the_setting_meanwhile(
    bare_organisation: Organisation,
) -> None:
    first = await put(bare_organisation, 365, if_version=0)
    await put(bare_organisation, 400, if_version=first.version)
    with pytest.raises(PreconditionFailed) as refusal:
        await put(bare_organisation, 500, if_version=first.version)
    assert refusal.value.facts == {"version": 2, "changedFields": ["days"]}
