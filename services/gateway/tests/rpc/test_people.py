"""Members can read the names of colleagues by their ids."""

from services.gateway.tests.members import Client, Member, fields_at_fault, join, sign_up
from tests.fixtures.running import Simulator

NOWHERE = "0190e2a0-0000-7000-8000-00000000000a"


def test_every_member_reads_the_names_of_colleagues_only(
    client: Client, simulator: Simulator, member: Member
) -> None:
    colleague, stranger = join(client, simulator, member), sign_up(client)
    ids = {"ids": [member.id, colleague.id, stranger.id, NOWHERE]}
    answer = client.get("/api/org/people", params=ids, headers=colleague.headers)
    found = sorted(answer.json()["items"], key=lambda person: str(person["name"]))
    assert found == [
        {"id": member.id, "name": "Ann Lee", "active": True},
        {"id": colleague.id, "name": "Bea", "active": True},
    ]
    assert client.delete(f"/api/org/members/{colleague.id}", headers=member.headers).is_success
    [gone] = client.get(
        "/api/org/people", params={"ids": colleague.id}, headers=member.headers
    ).json()["items"]
    assert gone == {"id": colleague.id, "name": "Bea", "active": False}


def test_a_request_for_names_of_people_requires_their_ids_and_a_sign_in(
    client: Client, member: Member
) -> None:
    assert fields_at_fault(client.get("/api/org/people", headers=member.headers)) == ["ids"]
    assert client.get("/api/org/people", params={"ids": NOWHERE}).status_code == 401


def test_the_audit_log_shows_names(client: Client, member: Member) -> None:
    client.patch("/api/org", json={"name": "Acme"}, headers=member.headers)
    entries = client.get("/api/audit", headers=member.headers).json()["items"]
    assert {entry["actorName"] for entry in entries if entry["actorUserId"]} == {"Ann Lee"}
