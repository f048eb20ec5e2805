"""A list of a hundred rows needs as many SQL statements in the gateway as one of ten."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from services.gateway.tests.members import Client, Member
from tests.fixtures.statements import FEW, MANY, counting_statements

Rows = Callable[..., list[dict[str, Any]]]

_MEMBERS = """
WITH added AS (
  INSERT INTO users (id, org_id, email, password_hash, name)
  SELECT uuidv7(), :org_id, gen_random_uuid() || '@example.com', 'none', 'Bea'
  FROM generate_series(1, :count) RETURNING id
)
INSERT INTO user_profiles (user_id, org_id, role) SELECT id, :org_id, 'member' FROM added
"""
_INVITATIONS = """
INSERT INTO invitations (id, org_id, email, role, invited_by, expires_at)
SELECT uuidv7(), :org_id, gen_random_uuid() || '@example.com', 'member', :user_id,
  now() + interval '1 day'
FROM generate_series(1, :count)
"""
_KEYS = """
INSERT INTO api_keys (id, org_id, user_id, name, key_hash, prefix, scopes)
SELECT uuidv7(), :org_id, :user_id, 'Key ' || n, decode(md5(gen_random_uuid()::text), 'hex'),
  'sk_x', ARRAY['read']
FROM generate_series(1, :count) AS n
"""
_AUDIT = """
INSERT INTO audit_logs (id, org_id, actor_user_id, action, entity_type, entity_id, meta)
SELECT uuidv7(), :org_id, :user_id, 'org_updated', 'org', 'x', '{}'
FROM generate_series(1, :count)
"""


@pytest.mark.parametrize(
    ("path", "insert"),
    [
        ("/api/org/members", _MEMBERS),
        ("/api/org/invitations", _INVITATIONS),
        ("/api/api-keys", _KEYS),
        ("/api/audit", _AUDIT),
    ],
)
def test_the_number_of_statements_does_not_grow_with_the_rows_of_a_list(
    client: Client, member: Member, rows: Rows, path: str, insert: str
) -> None:
    known = {"org_id": member.org_id, "user_id": member.id, "count": MANY}
    rows(insert, **{name: known[name] for name in known if f":{name}" in insert})

    def statements(limit: int) -> dict[str, int]:
        served = uuid4().hex
        with counting_statements(served) as counted:
            headers = {**member.headers, "X-Request-Id": served}
            answer = client.get(path, params={"limit": limit}, headers=headers)
        assert len(answer.json()["items"]) == limit, answer.text
        assert counted
        return dict(counted)

    assert statements(MANY) == statements(FEW)
