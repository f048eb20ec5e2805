"""An organisation can require a second factor of its members, and the platform of operators."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import PASSWORD, Client, Member, join, problem, sign_up
from services.gateway.tests.second_factors import Rows, challenge, complete, set_up
from tests.fixtures.running import Simulator, listening


def require(client: Client, member: Member, *, required: bool = True) -> Any:
    body = {"secondFactorRequired": required}
    return client.patch("/api/org", json=body, headers=member.headers)


def listed(client: Client, member: Member) -> dict[str, bool]:
    items = client.get("/api/org/members", headers=member.headers).json()["items"]
    return {item["id"]: item["hasSecondFactor"] for item in items}


def test_members_without_a_second_factor_can_only_set_one_up(
    client: Client, member: Member, rows: Rows, simulator: Simulator
) -> None:
    colleague = join(client, simulator, member)
    set_up(client, member, rows)
    assert listed(client, member) == {member.id: True, colleague.id: False}
    assert client.get("/api/org", headers=colleague.headers).status_code == 200
    assert require(client, member).json()["secondFactorRequired"] is True
    problem(client.get("/api/org", headers=colleague.headers), 403, "second_factor_required")
    problem(client.get("/api/contacts", headers=colleague.headers), 403, "second_factor_required")
    for path in ("/api/me", "/api/me/sessions", "/api/me/second-factor"):
        assert client.get(path, headers=colleague.headers).status_code == 200, path
    assert client.get("/api/me/second-factor", headers=colleague.headers).json()["isRequired"]
    set_up(client, colleague, rows)
    assert client.get("/api/org", headers=colleague.headers).status_code == 200
    assert require(client, member, required=False).json()["secondFactorRequired"] is False


def test_only_admins_with_a_second_factor_can_require_it(
    client: Client, member: Member, rows: Rows, simulator: Simulator
) -> None:
    colleague = join(client, simulator, member)
    problem(require(client, member), 409, "second_factor_off")
    set_up(client, colleague, rows)
    problem(require(client, colleague), 403, "forbidden")
    assert client.get("/api/org", headers=member.headers).json()["secondFactorRequired"] is False


def test_api_keys_need_no_second_factor(
    client: Client, member: Member, rows: Rows, simulator: Simulator
) -> None:
    admin = join(client, simulator, member, "admin")
    body = {"name": "shop", "scopes": ["read"]}
    made = client.post("/api/api-keys", json=body, headers=admin.headers).json()
    set_up(client, member, rows)
    require(client, member)
    problem(client.get("/api/org", headers=admin.headers), 403, "second_factor_required")
    key = {"X-Api-Key": made["key"]}
    assert client.get("/api/org", headers=key).status_code == 200


def test_an_admin_resets_the_second_factor_of_a_colleague(
    client: Client, member: Member, rows: Rows, simulator: Simulator
) -> None:
    colleague = join(client, simulator, member)
    app = set_up(client, colleague, rows)
    waiting = challenge(client, colleague)
    path = f"/api/org/members/{colleague.id}/second-factor"
    for _ in range(2):
        assert client.delete(path, headers=member.headers).status_code == 204
    problem(complete(client, waiting, app.code), 401, "bad_challenge")
    problem(client.get("/api/me", headers=colleague.headers), 401, "unauthenticated")
    given = {"email": colleague.email, "password": PASSWORD}
    assert client.post("/api/auth/login", json=given).json()["accessToken"]
    [entry] = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'second_factor_reset'",
        org=member.org_id,
    )
    assert (str(entry["actor_user_id"]), entry["entity_id"]) == (member.id, colleague.id)
    mailed = "SELECT FROM mails WHERE user_id = :user AND kind = 'second_factor_reset'"
    assert len(rows(mailed, user=colleague.id)) == 1


def test_users_cannot_reset_their_own_second_factor_or_that_of_users_with_more_rights(
    client: Client, member: Member, rows: Rows, simulator: Simulator
) -> None:
    admin, colleague = join(client, simulator, member, "admin"), join(client, simulator, member)
    stranger = sign_up(client)
    for user in (member, stranger):
        set_up(client, user, rows)

    def reset(by: Member, of: str) -> Any:
        return client.delete(f"/api/org/members/{of}/second-factor", headers=by.headers)

    problem(reset(member, member.id), 409, "own_account")
    problem(reset(admin, member.id), 403, "forbidden")
    problem(reset(colleague, admin.id), 403, "forbidden")
    problem(reset(member, stranger.id), 403, "cross_org_access")
    problem(reset(member, str(uuid4())), 404, "user_not_found")
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=admin.id)
    problem(reset(member, admin.id), 403, "forbidden")
    assert len(rows("SELECT FROM second_factors WHERE org_id = :o", o=stranger.org_id)) == 1


@pytest.fixture(scope="module")
def strict(settings: GatewaySettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Return a client of a gateway that requires second factors of operators, as is the default."""
    changes = {"operator_second_factor": True, "ops_listen": listening()}
    folder = tmp_path_factory.mktemp("strict")
    with (
        serving(settings.model_copy(update=changes), folder) as url,
        Client(base_url=url, timeout=60) as client,
    ):
        yield client


def test_operators_need_a_second_factor(strict: Client, member: Member, rows: Rows) -> None:
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=member.id)
    problem(strict.get("/api/admin/users", headers=member.headers), 403, "second_factor_required")
    assert strict.get("/api/me/second-factor", headers=member.headers).json()["isRequired"]
    set_up(strict, member, rows)
    assert strict.get("/api/admin/users", headers=member.headers).status_code == 200


def test_an_operator_resets_the_second_factor_of_any_user(
    strict: Client, member: Member, rows: Rows
) -> None:
    operator = sign_up(strict)
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=operator.id)
    set_up(strict, operator, rows)
    set_up(strict, member, rows)

    def reset(by: Member, of: str) -> Any:
        return strict.delete(f"/api/admin/users/{of}/second-factor", headers=by.headers)

    problem(reset(member, member.id), 403, "forbidden")
    problem(reset(operator, operator.id), 409, "own_account")
    problem(reset(operator, str(uuid4())), 404, "user_not_found")
    assert reset(operator, member.id).status_code == 204
    assert rows("SELECT FROM second_factors WHERE org_id = :o", o=member.org_id) == []
    problem(strict.get("/api/me", headers=member.headers), 401, "unauthenticated")


def test_operators_need_a_second_factor_unless_the_setting_is_off() -> None:
    assert GatewaySettings.model_fields["operator_second_factor"].default is True
