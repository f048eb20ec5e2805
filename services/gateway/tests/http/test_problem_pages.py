"""The URL in a problem's ``type`` leads to a page that explains the problem."""

import pytest

from services.gateway.domain.problem_codes import problem_codes
from services.gateway.tests.members import Client, Member, problem


def test_the_type_of_a_problem_leads_to_its_page(client: Client) -> None:
    told = problem(client.get("/api/me"), 401, "unauthenticated")
    page = client.get(told["type"])
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'href="/api/docs/reference/account#refreshSession"' in page.text


def test_the_page_of_error_codes_lists_every_code(client: Client) -> None:
    page = client.get("/api/problems").text
    assert all(f'href="/api/problems/{code}"' in page for code in problem_codes())


@pytest.mark.parametrize("code", ["nonsense", "%3Cb%3E_not_found", "a_b"])
def test_an_unknown_error_code_has_no_page(client: Client, code: str) -> None:
    problem(client.get(f"/api/problems/{code}"), 404, "route_not_found")


def test_an_error_code_that_ends_in_not_found_has_a_page(client: Client) -> None:
    assert "There is no such campaign." in client.get("/api/problems/campaign_not_found").text


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ({}, 'Bearer realm="SMSBlaster API"'),
        ({"Authorization": "Bearer x"}, 'Bearer realm="SMSBlaster API", error="invalid_token"'),
        ({"X-Api-Key": "x"}, 'Bearer realm="SMSBlaster API", error="invalid_token"'),
    ],
)
def test_a_request_without_valid_credentials_is_told_how_to_authenticate(
    client: Client, headers: dict[str, str], challenge: str
) -> None:
    answer = client.get("/api/me", headers=headers)
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == challenge


def test_a_problem_of_an_authenticated_request_does_not_ask_for_credentials(
    client: Client, member: Member
) -> None:
    answer = client.get("/api/nothing", headers=member.headers)
    assert "WWW-Authenticate" not in answer.headers
