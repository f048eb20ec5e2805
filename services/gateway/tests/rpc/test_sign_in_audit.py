"""The audit log says who signed in, who tried to, and from where."""

from collections.abc import Callable
from uuid import uuid4

from services.gateway.tests.members import PASSWORD, Client, Member, sign_up

Rows = Callable[..., list[dict[str, object]]]
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone)"}


def sign_in(client: Client, email: str, password: str) -> int:
    given = {"email": email, "password": password}
    return client.post("/api/auth/login", json=given, headers=PHONE).status_code


def entries(client: Client, member: Member, action: str) -> list[dict[str, object]]:
    answer = client.get("/api/audit", params={"action": action}, headers=member.headers)
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def test_a_sign_in_is_audited_with_its_ip_address_and_client(
    client: Client, member: Member
) -> None:
    assert sign_in(client, member.email, PASSWORD) == 200
    [entry] = entries(client, member, "signed_in")
    assert entry["actorUserId"] == member.id
    assert entry["meta"] == {"address": "127.0.0.1", "userAgent": PHONE["User-Agent"]}


def test_a_wrong_password_is_audited_in_the_organisation_of_its_account(
    client: Client, member: Member
) -> None:
    other = sign_up(client)
    assert sign_in(client, member.email, "not the password") == 401
    [entry] = entries(client, member, "sign_in_failed")
    assert (entry["actorUserId"], entry["entityId"]) == (None, member.id)
    assert entry["meta"] == {"address": "127.0.0.1", "userAgent": PHONE["User-Agent"]}
    assert entries(client, other, "sign_in_failed") == []


def test_a_failed_sign_in_to_an_unknown_account_is_in_no_audit_log(
    client: Client, rows: Rows
) -> None:
    address = f"{uuid4().hex}@example.com"
    assert sign_in(client, address, "not the password") == 401
    assert rows("SELECT FROM audit_logs WHERE meta::text LIKE :found", found=f"%{address}%") == []


def test_guesses_beyond_the_limit_are_one_audit_entry(client: Client, member: Member) -> None:
    answers = [sign_in(client, member.email, "guess") for _ in range(35)]
    assert answers == [401] * 30 + [429] * 5
    assert len(entries(client, member, "sign_in_failed")) == 30
    assert len(entries(client, member, "sign_in_blocked")) == 1


def test_a_sign_out_is_audited_once(client: Client, member: Member) -> None:
    body = {"refreshToken": member.session["refreshToken"]}
    for _ in range(2):
        client.post("/api/auth/logout", json=body)
    watcher = client.post("/api/auth/login", json={"email": member.email, "password": PASSWORD})
    assert len(entries(client, Member(watcher.json()), "signed_out")) == 1
