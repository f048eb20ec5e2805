"""Requests are repeated when that is safe, with the same key, and end in one kind of error."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from smsblaster import ApiError, Client

Answer = httpx.Response | Exception

_BALANCE = {
    "balanceCents": 5,
    "currency": "usd",
    "payer": "member",
    "ownBalanceCents": 5,
    "organisationBalanceCents": 0,
    "totalBalanceCents": 5,
}
_LIST = {
    "id": str(uuid4()),
    "name": "Guests",
    "memberCount": 0,
    "createdAt": "2026-02-03T04:05:06.789Z",
    "filter": None,
    "optedOutCount": None,
    "newCount": None,
    "version": 1,
}


class Platform:
    """Answers requests in the order of a script, and keeps what it got."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def client(self, **options: Any) -> Client:
        """Return a client of this platform."""
        transport = httpx.MockTransport(self._answer)
        return Client("sk_test", "https://sms.example.org", transport=transport, **options)

    def keys(self) -> set[str | None]:
        """Return the idempotency keys of all requests."""
        return {request.headers.get("Idempotency-Key") for request in self.requests}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses between tries, which are not waited for."""
    noted: list[float] = []
    monkeypatch.setattr(time, "sleep", noted.append)
    return noted


def problem(status: int, code: str, after: str | None = None, **more: object) -> httpx.Response:
    headers = {"Retry-After": after} if after else {}
    content = {"status": status, "code": code, "detail": "No.", "requestId": "r-1", **more}
    return httpx.Response(status, json=content, headers=headers)


def new_list(client: Client) -> object:
    return client.lists.create("Guests")


def balance(client: Client) -> object:
    return client.billing.balance()


def refusal(client: Client, call: Callable[[Client], object] = balance) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call(client)
    return caught.value


@pytest.mark.parametrize(
    "first",
    [
        problem(503, "unavailable", "7"),
        problem(429, "rate_limited", "7"),
        problem(409, "request_in_progress", "7"),
    ],
    ids=["503", "429", "an earlier try under way"],
)
def test_a_request_is_repeated_after_retry_after_with_the_same_key(
    first: httpx.Response, pauses: list[float]
) -> None:
    platform = Platform(first, httpx.Response(201, json=_LIST))
    assert platform.client().lists.create("Guests").name == "Guests"
    assert pauses == [7.0]
    assert len(platform.requests) == 2
    assert len(platform.keys() - {None}) == 1
    assert platform.requests[0].content == platform.requests[1].content


def test_two_calls_have_two_keys() -> None:
    platform = Platform(httpx.Response(201, json=_LIST), httpx.Response(201, json=_LIST))
    client = platform.client()
    new_list(client)
    new_list(client)
    assert len(platform.keys()) == 2


def test_a_key_of_the_caller_is_sent() -> None:
    platform = Platform(problem(402, "insufficient_balance"))
    client = platform.client()
    refusal(client, lambda it: it.messages.send("+14155550123", "Hi", idempotency_key="order-7"))
    assert platform.keys() == {"order-7"}


def test_pauses_grow_without_retry_after(pauses: list[float]) -> None:
    platform = Platform(*(httpx.ReadTimeout("late") for _ in range(4)), problem(503, "unavailable"))
    assert refusal(platform.client(), new_list).status == 503
    assert [0.25 * 2**n <= pause <= 0.5 * 2**n for n, pause in enumerate(pauses)] == [True] * 4
    assert len(platform.keys()) == 1


def test_a_long_retry_after_is_not_waited_for(pauses: list[float]) -> None:
    error = refusal(Platform(problem(429, "rate_limited", "3600")).client())
    assert (error.retry_after, pauses) == (3600.0, [])


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422, 500])
def test_what_another_try_does_not_change_is_not_repeated(status: int) -> None:
    platform = Platform(problem(status, "some_code"))
    assert refusal(platform.client()).status == status


def test_a_change_without_a_key_is_not_repeated_after_a_lost_response() -> None:
    platform = Platform(httpx.ReadTimeout("late"))
    assert (
        refusal(platform.client(), lambda it: it.campaigns.pause(uuid4())).code == "no_connection"
    )
    platform = Platform(httpx.ReadTimeout("late"))
    create = refusal(platform.client(), lambda it: it.webhook_endpoints.create("https://a.example"))
    assert create.code == "no_connection"


def test_a_change_that_was_never_sent_is_repeated() -> None:
    platform = Platform(httpx.ConnectError("refused"), problem(404, "campaign_not_found"))
    assert refusal(platform.client(), lambda it: it.campaigns.pause(uuid4())).status == 404


def test_an_error_has_code_fields_and_request_id() -> None:
    wrong = [{"field": "to", "message": "The number is too short."}]
    error = refusal(
        Platform(problem(422, "invalid_number", errors=wrong, furtherErrors=2)).client()
    )
    assert (error.code, error.status, error.request_id) == ("invalid_number", 422, "r-1")
    assert [(each.field, each.message) for each in error.fields] == [
        (w["field"], w["message"]) for w in wrong
    ]
    assert error.problem["furtherErrors"] == 2
    assert "too short" in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(502, text="<html>Bad gateway</html>"),
        httpx.Response(301, headers={"Location": "https://elsewhere.example"}),
        httpx.Response(404, json=["not", "ours"]),
        httpx.Response(204),
    ],
    ids=["a proxy's page", "a redirect", "other JSON", "nothing"],
)
def test_an_answer_of_something_else_is_an_error_too(answer: httpx.Response) -> None:
    assert refusal(Platform(answer).client()).code == "unexpected_response"


def test_unknown_words_and_fields_of_a_later_version_are_kept() -> None:
    later = {**_BALANCE, "payer": "a_later_word", "later": 1}
    found = Platform(httpx.Response(200, json=later)).client().billing.balance()
    assert found.payer == "a_later_word"
    assert found.additional_properties == {"later": 1}


def test_lists_fetch_pages_as_they_are_needed() -> None:
    first = {"items": [_LIST, _LIST], "nextCursor": "c2"}
    platform = Platform(
        httpx.Response(200, json=first),
        httpx.Response(200, json={"items": [_LIST], "nextCursor": None}),
    )
    rows = platform.client().lists.list()
    next(rows)
    assert len(platform.requests) == 1
    assert len(list(rows)) == 2
    assert [request.url.params.get("cursor") for request in platform.requests] == [None, "c2"]


def test_a_word_that_is_no_id_never_leaves_the_client() -> None:
    platform = Platform()
    assert refusal(platform.client(), lambda it: it.contacts.get("../me")).code == "invalid_request"
    assert platform.requests == []


def test_the_key_and_the_version_are_sent() -> None:
    platform = Platform(httpx.Response(200, json=_BALANCE))
    balance(platform.client())
    [request] = platform.requests
    assert request.headers["Authorization"] == "Bearer sk_test"
    assert request.headers["User-Agent"].startswith("smsblaster-python/")
