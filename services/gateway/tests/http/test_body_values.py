"""How many values a body can have depends on what its lists contain."""

from typing import Any

import pytest

from services.gateway.tests.members import Client, Member, fields_at_fault


@pytest.mark.parametrize("path", ["/api/sms/batch", "/api/sms/quote"])
def test_a_batch_can_have_a_thousand_recipients_with_variables_and_metadata(
    client: Client, member: Member, path: str
) -> None:
    own = {f"name{n}": "x" for n in range(8)}
    people: list[dict[str, Any]] = [
        {"to": f"+1415600{n:04}", "variables": own, "metadata": own} for n in range(1000)
    ]
    people[999]["to"] = ""
    body = {"recipients": people, "message": "{{name0}}"}
    answer = client.post(path, json=body, headers=member.headers)
    assert answer.status_code == 422, answer.text
    assert fields_at_fault(answer) == ["recipients[999].to"]


@pytest.mark.parametrize(
    ("path", "field", "most"),
    [("/api/sms/batch", "metadata", 100_000), ("/api/contacts", "tags", 20_000)],
)
def test_a_body_with_more_values_than_allowed_is_refused(
    client: Client, member: Member, path: str, field: str, most: int
) -> None:
    answer = client.post(path, json={field: [1] * (most + 1)}, headers=member.headers)
    assert answer.status_code == 422
    assert fields_at_fault(answer) == ["body"]
    assert f"at most {most} values" in answer.text
