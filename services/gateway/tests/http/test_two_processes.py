"""A change that one gateway process makes takes effect in every other process."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import Client, Member, join
from tests.fixtures.running import Simulator, listening

_TIMES = 5


@pytest.fixture(scope="module")
def elsewhere(
    settings: GatewaySettings, gateway_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """Yield a client of a second process of the same gateway."""
    folder = tmp_path_factory.mktemp("elsewhere")
    own = settings.model_copy(update={"ops_listen": listening()})
    with serving(own, folder) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def _status(elsewhere: Client, headers: dict[str, str]) -> int:
    return elsewhere.get("/api/me", headers=headers).status_code


def test_a_revoked_key_is_refused_by_every_process(
    client: Client, elsewhere: Client, member: Member
) -> None:
    for _ in range(_TIMES):
        given = {"name": uuid4().hex, "scopes": ["read"]}
        made = client.post("/api/api-keys", json=given, headers=member.headers).json()
        key = {"X-Api-Key": made["key"]}
        assert _status(elsewhere, key) == 200
        client.delete(f"/api/api-keys/{made['apiKey']['id']}", headers=member.headers)
        assert _status(elsewhere, key) == 401


def test_a_deactivated_member_is_refused_by_every_process(
    client: Client, elsewhere: Client, simulator: Simulator, member: Member
) -> None:
    joined = join(client, simulator, member)
    assert _status(elsewhere, joined.headers) == 200
    client.delete(f"/api/org/members/{joined.id}", headers=member.headers)
    assert _status(elsewhere, joined.headers) == 401


def test_an_ended_session_is_refused_by_every_process(
    client: Client, elsewhere: Client, member: Member
) -> None:
    assert _status(elsewhere, member.headers) == 200
    client.post("/api/auth/logout", json={"refreshToken": member.session["refreshToken"]})
    assert _status(elsewhere, member.headers) == 401


def test_a_changed_role_takes_effect_in_every_process(
    client: Client, elsewhere: Client, simulator: Simulator, member: Member
) -> None:
    joined = join(client, simulator, member)

    def may_invite() -> bool:
        given = {"email": f"{uuid4().hex}@example.com", "role": "member"}
        answer = elsewhere.post("/api/org/invitations", json=given, headers=joined.headers)
        return answer.status_code == 201

    assert not may_invite()
    for role, may in [("admin", True), ("member", False)] * _TIMES:
        changed = {"role": role}
        client.patch(f"/api/org/members/{joined.id}", json=changed, headers=member.headers)
        assert may_invite() is may
