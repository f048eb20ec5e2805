"""Fields with a user's id accept only active users of the caller's organisation."""

from uuid import uuid4

from google.protobuf.descriptor import Descriptor

from services.gateway.http.contract import contract_modules, public_methods
from services.gateway.http.transcode.rules import rules_of
from services.gateway.tests.members import Client, Member, join, problem, sign_up
from smsblaster.options.v1 import fields_pb2
from tests.fixtures.running import Simulator

Answer = tuple[int, str, list[dict[str, str]]]

PASSED_ON: Answer = (503, "service_unavailable", [])
STRANGER: Answer = (
    422,
    "not_a_member",
    [{"field": "userId", "message": "is not an active user of your organisation"}],
)


def share(client: Client, by: Member, user_id: str) -> Answer:
    """Try to make a user an organizer. Return status, code and invalid fields of the response.

    The campaigns service is not running here, so a request that is passed on to it gets 503.
    """
    answer = client.put(
        f"/api/events/{uuid4()}/organizers/{user_id}",
        json={"permission": "view"},
        headers=by.headers,
    )
    document = problem(answer, answer.status_code, answer.json()["code"])
    return answer.status_code, document["code"], document.get("errors", [])


def test_a_request_with_a_user_of_the_organisation_is_passed_on(
    client: Client, simulator: Simulator, member: Member
) -> None:
    joined = join(client, simulator, member)
    assert share(client, member, joined.id) == PASSED_ON
    assert share(client, joined, member.id.upper()) == PASSED_ON


def test_a_user_of_another_organisation_is_refused(client: Client, member: Member) -> None:
    stranger = sign_up(client)
    assert share(client, member, stranger.id) == STRANGER
    assert share(client, member, str(uuid4())) == STRANGER
    assert share(client, stranger, stranger.id) == PASSED_ON


def test_a_deactivated_user_is_refused(
    client: Client, simulator: Simulator, member: Member
) -> None:
    joined = join(client, simulator, member)
    gone = client.delete(f"/api/org/members/{joined.id}", headers=member.headers)
    assert gone.status_code == 204
    assert share(client, member, joined.id) == STRANGER


def test_a_deactivated_organizer_can_still_be_removed(client: Client, member: Member) -> None:
    path = f"/api/events/{uuid4()}/organizers/{uuid4()}"
    problem(client.delete(path, headers=member.headers), 503, "service_unavailable")


def marked_fields(message: Descriptor) -> list[str]:
    """Return the fields with a member's id in a message and in its nested messages."""
    inner = [name for each in message.nested_types for name in marked_fields(each)]
    marked = (f for f in message.fields if f.GetOptions().Extensions[fields_pb2.org_member])
    return inner + [f.full_name for f in marked]


def test_every_field_with_the_id_of_a_member_is_checked() -> None:
    looked_at = [field for method in public_methods() for field in method.member_fields]
    messages = [
        message
        for module in contract_modules()
        for message in module.DESCRIPTOR.message_types_by_name.values()
    ]
    marked = [name for message in messages for name in marked_fields(message)]
    assert sorted(marked) == sorted(field.full_name for field in looked_at)
    assert sorted(marked) == [
        "smsblaster.billing.v1.TransferBalanceRequest.to_user_id",
        "smsblaster.events.v1.SetOrganizerRequest.user_id",
    ]
    assert all(rules_of(field).string.uuid for field in looked_at)
