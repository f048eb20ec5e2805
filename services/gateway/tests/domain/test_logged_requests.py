"""The request log contains no names, and only one entry a minute about a looping client."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from servicekit.ids import id_at, new_id
from services.gateway.domain.logged_requests import problem_of
from services.gateway.http.request_log import FirstOfMinute
from services.gateway.tests.storage.test_request_log import a_request


@pytest.mark.parametrize("code", ["template_in_use", "list_in_use"])
def test_a_problem_detail_that_names_campaigns_is_not_logged(code: str) -> None:
    document: dict[str, Any] = {"code": code, "detail": "Campaigns need this: Secretive."}
    assert problem_of(document) == (code, None, [])


def test_a_problem_detail_without_names_is_logged() -> None:
    document = {"code": "forbidden", "detail": "This needs an admin."}
    assert problem_of(document) == ("forbidden", "This needs an admin.", [])


def test_only_the_first_request_of_a_caller_in_a_minute_counts_as_first() -> None:
    org_id, key_id, user_id, first = new_id(), new_id(), new_id(), FirstOfMinute()

    def is_first(second: int, api_key_id: UUID | None = None) -> bool:
        id_ = id_at(datetime(2026, 3, 1, 12, 0, tzinfo=UTC) + timedelta(seconds=second))
        request = a_request(org_id, id=id_, user_id=user_id, api_key_id=api_key_id)
        return first.is_first(request)

    assert [is_first(0, key_id), is_first(1), is_first(2, key_id), is_first(59)] == [
        *(True, True),
        *(False, False),
    ]
    assert [is_first(60, key_id), is_first(61, key_id)] == [True, False]
