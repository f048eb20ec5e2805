"""Sign-up, sign-in and sessions over the REST API."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest

from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    fields_at_fault,
    problem,
    refresh,
    sign_up,
)

Rows = Callable[..., list[dict[str, object]]]


def test_sign_up_creates_an_organisation_and_signs_its_owner_in(client: Client) -> None:
    email = f"{uuid4().hex}@Example.COM"
    answer = client.post(
        "/api/auth/register",
        json={"email": email, "password": PASSWORD, "name": "Ann", "orgName": "Acme"},
    )
    assert answer.status_code == 201
    session = answer.json()
    assert set(session) == {"accessToken", "refreshToken", "expiresIn", "user", "sessionEndsAt"}
    assert session["expiresIn"] == 900
    assert session["user"]["email"] == email.lower()
    assert session["user"]["roles"] == ["owner"]
    me = client.get("/api/me", headers=Member(session).headers).json()
    assert me["orgName"] == "Acme"
    assert me["orgId"] == session["user"]["orgId"]


def test_an_organisation_without_a_name_gets_its_owners_name(client: Client) -> None:
    member = sign_up(client, name="Ann Lee")
    assert client.get("/api/me", headers=member.headers).json()["orgName"] == "Ann Lee"


def test_the_time_zone_given_at_sign_up_is_that_of_the_organisation(client: Client) -> None:
    in_kyiv, without = sign_up(client, timeZone="Europe/Kyiv"), sign_up(client)
    assert client.get("/api/org", headers=in_kyiv.headers).json()["timeZone"] == "Europe/Kyiv"
    assert client.get("/api/org", headers=without.headers).json()["timeZone"] == "UTC"


def test_an_email_address_can_sign_up_once_even_in_upper_case(
    client: Client, member: Member
) -> None:
    again = {"email": member.email.upper(), "password": PASSWORD, "name": "Bob"}
    problem(client.post("/api/auth/register", json=again), 409, "email_taken")


def test_concurrent_sign_ups_with_one_email_address_create_one_account(client: Client) -> None:
    given = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, "name": "Ann"}
    statuses: list[int] = []

    def register() -> None:
        statuses.append(client.post("/api/auth/register", json=given).status_code)

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": f"{'a' * 250}@example.com"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"name": "  "}, "name"),
        ({"orgName": "x" * 65}, "orgName"),
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"timeZone": ""}, "timeZone"),
        ({"role": "admin"}, "role"),
        ({"isOperator": True}, "isOperator"),
    ],
)
def test_an_invalid_sign_up_gets_an_error_for_its_field(
    client: Client, changes: dict[str, object], field: str
) -> None:
    given = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, "name": "Ann"}
    answer = client.post("/api/auth/register", json={**given, **changes})
    assert field in fields_at_fault(answer)


def test_passwords_and_tokens_are_stored_only_as_hashes(member: Member, rows: Rows) -> None:
    [user] = rows("SELECT * FROM users WHERE id = :id", id=member.id)
    assert str(user["password_hash"]).startswith("$argon2id$")
    tokens = rows("SELECT * FROM refresh_tokens WHERE org_id = :org", org=member.org_id)
    assert len(tokens) == 1
    assert member.session["refreshToken"] not in str(tokens)


def test_each_sign_in_starts_a_new_session(client: Client, member: Member) -> None:
    given = {"email": member.email.title(), "password": PASSWORD}
    answer = client.post("/api/auth/login", json=given)
    assert answer.status_code == 200
    assert answer.json()["user"] == member.session["user"]
    assert answer.json()["refreshToken"] != member.session["refreshToken"]


def test_a_wrong_password_and_an_unknown_email_address_get_the_same_response(
    client: Client, member: Member
) -> None:
    wrong = {"email": member.email, "password": "not the password"}
    unknown = {"email": f"{uuid4().hex}@example.com", "password": "not the password"}
    first = problem(client.post("/api/auth/login", json=wrong), 401, "bad_credentials")
    second = problem(client.post("/api/auth/login", json=unknown), 401, "bad_credentials")
    assert first["detail"] == second["detail"]


def test_only_someone_with_the_right_password_is_told_that_an_account_is_disabled(
    client: Client, member: Member, rows: Rows
) -> None:
    rows("UPDATE users SET status = 'disabled' WHERE id = :id", id=member.id)
    right = {"email": member.email, "password": PASSWORD}
    wrong = {"email": member.email, "password": "not the password"}
    problem(client.post("/api/auth/login", json=right), 403, "account_disabled")
    problem(client.post("/api/auth/login", json=wrong), 401, "bad_credentials")
    problem(refresh(client, member.session["refreshToken"]), 401, "bad_refresh_token")


def test_sign_out_ends_the_session_at_once(client: Client, member: Member) -> None:
    token = member.session["refreshToken"]
    assert client.get("/api/me", headers=member.headers).status_code == 200
    answer = client.post("/api/auth/logout", json={"refreshToken": token})
    assert (answer.status_code, answer.content) == (204, b"")
    problem(refresh(client, token), 401, "bad_refresh_token")
    problem(client.get("/api/me", headers=member.headers), 401, "unauthenticated")


def test_sign_out_with_an_unknown_token_succeeds(client: Client) -> None:
    assert client.post("/api/auth/logout", json={"refreshToken": "x"}).status_code == 204
