"""Removing or demoting a member revokes their API keys and invitations."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from servicekit.modes import org_in_test_mode
from services.gateway.tests.mailbox import mailed_token
from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    invite,
    join,
    problem,
)
from smsblaster.identity.v1 import events_pb2
from tests.fixtures.running import Simulator
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, Any]]]


def accept(client: Client, token: str) -> int:
    given = {"token": token, "name": "Eve", "password": PASSWORD}
    return client.post("/api/auth/accept-invitation", json=given).status_code


def invitation_by(client: Client, simulator: Simulator, by: Member, role: str) -> str:
    """Create an invitation, and return its mailed token."""
    return mailed_token(simulator, invite(client, by, role)["email"], "/accept-invitation")


def make_key(client: Client, by: Member) -> str:
    wanted = {"name": uuid4().hex, "scopes": ["read"]}
    answer = client.post("/api/api-keys", json=wanted, headers=by.headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def remove(client: Client, user: Member, by: Member) -> None:
    answer = client.delete(f"/api/org/members/{user.id}", headers=by.headers)
    assert answer.status_code == 204, answer.text


def set_role(client: Client, user: Member, role: str, by: Member) -> None:
    path = f"/api/org/members/{user.id}"
    assert client.patch(path, json={"role": role}, headers=by.headers).status_code == 200


def disable(client: Client, rows: Rows, user: Member, by: Member) -> None:
    """Disable a member as an operator does."""
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=by.id)
    path = f"/api/admin/users/{user.id}"
    answer = client.patch(path, json={"status": "disabled"}, headers=by.headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("by_operator", [False, True])
def test_removing_an_owner_revokes_their_invitations_and_keys(
    client: Client, simulator: Simulator, member: Member, rows: Rows, by_operator: bool
) -> None:
    gone = join(client, simulator, member, "owner")
    token = invitation_by(client, simulator, gone, "owner")
    key = make_key(client, gone)
    if by_operator:
        disable(client, rows, gone, member)
    else:
        remove(client, gone, member)
    assert accept(client, token) == 422
    rows("UPDATE users SET status = 'active' WHERE id = :id", id=gone.id)
    assert accept(client, token) == 422
    problem(client.get("/api/me", headers={"X-Api-Key": key}), 401, "unauthenticated")
    listed = client.get("/api/org/invitations", headers=member.headers).json()["items"]
    assert [each["status"] for each in listed] == ["revoked", "accepted"]


def test_a_removal_alerts_the_owners_and_is_published_on_the_bus(
    client: Client, simulator: Simulator, member: Member, rows: Rows
) -> None:
    gone, admin = join(client, simulator, member, "owner"), join(client, simulator, member, "admin")
    remove(client, gone, member)

    def alerts(address: str) -> list[str]:
        mails = simulator.mails(address)
        return [mail["Subject"] for mail in mails if mail["Tag"] == "member-removed"]

    wait_until_sync(lambda: alerts(member.email))
    assert alerts(member.email) == [f"{gone.email} no longer has access to Ann Lee"]
    assert alerts(gone.email) == alerts(admin.email) == []
    said: list[dict[str, Any]] = rows(
        "SELECT payload FROM outbox WHERE subject = 'event.gateway.member_removed'"
    )
    events = [events_pb2.MemberRemoved.FromString(row["payload"]) for row in said]
    told = [event for event in events if event.user_id == gone.id]
    test_org = str(org_in_test_mode(UUID(member.org_id)))
    assert {event.org_id for event in told} == {member.org_id, test_org}
    assert all(event.HasField("removed_at") for event in told)


def test_when_an_owner_becomes_an_admin_their_invitations_of_owners_are_revoked(
    client: Client, simulator: Simulator, member: Member
) -> None:
    demoted = join(client, simulator, member, "owner")
    as_owner = invitation_by(client, simulator, demoted, "owner")
    as_member = invitation_by(client, simulator, demoted, "member")
    key = make_key(client, demoted)
    set_role(client, demoted, "admin", by=member)
    assert accept(client, as_owner) == 422
    assert accept(client, as_member) == 201
    assert client.get("/api/me", headers={"X-Api-Key": key}).status_code == 200


def test_when_an_admin_becomes_a_member_their_keys_and_invitations_are_revoked(
    client: Client, simulator: Simulator, member: Member
) -> None:
    demoted = join(client, simulator, member, "admin")
    token, key = invitation_by(client, simulator, demoted, "member"), make_key(client, demoted)
    set_role(client, demoted, "member", by=member)
    assert accept(client, token) == 422
    problem(client.get("/api/me", headers={"X-Api-Key": key}), 401, "unauthenticated")
    wait_until_sync(
        lambda: [m for m in simulator.mails(member.email) if m["Tag"] == "member-demoted"],
    )


def test_a_promotion_revokes_no_keys_and_no_invitations(
    client: Client, simulator: Simulator, member: Member
) -> None:
    risen = join(client, simulator, member, "admin")
    token, key = invitation_by(client, simulator, risen, "member"), make_key(client, risen)
    set_role(client, risen, "owner", by=member)
    assert accept(client, token) == 201
    assert client.get("/api/me", headers={"X-Api-Key": key}).status_code == 200


def test_an_open_invitation_of_a_removed_inviter_cannot_be_accepted(
    client: Client, simulator: Simulator, member: Member, rows: Rows
) -> None:
    """The previous release removes or demotes a member but leaves the invitation open."""
    gone = join(client, simulator, member, "owner")
    token = invitation_by(client, simulator, gone, "owner")
    rows("UPDATE users SET status = 'disabled' WHERE id = :id", id=gone.id)
    assert accept(client, token) == 422
    rows("UPDATE users SET status = 'active' WHERE id = :id", id=gone.id)
    rows("UPDATE user_profiles SET role = 'admin' WHERE user_id = :id", id=gone.id)
    assert accept(client, token) == 422


def test_two_owners_who_remove_each_other_simultaneously_leave_one(
    client: Client, simulator: Simulator, member: Member, rows: Rows
) -> None:
    other = join(client, simulator, member, "owner")
    third = join(client, simulator, member, "owner")
    statuses: list[int] = []

    def attempt(user: Member, by: Member) -> None:
        path = f"/api/org/members/{user.id}"
        statuses.append(client.delete(path, headers=by.headers).status_code)

    threads = [
        threading.Thread(target=attempt, args=pair) for pair in ((member, other), (other, member))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    active = rows(
        "SELECT id FROM users WHERE org_id = :org AND status = 'active'", org=third.org_id
    )
    assert len(active) == 2
    assert statuses.count(204) == 1
