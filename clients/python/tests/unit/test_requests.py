"""Requests are repeated with the same key when that is safe. Every failure is an ``ApiError``."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from smsblaster import ApiError, Client
from smsblaster.files import download
from smsblaster.generated.facts import API_VERSION
from tests.unit.scripted_platform import BALANCE, BrokenBody, Platform, balance, problem, refusal

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


def new_list(client: Client) -> object:
    return client.lists.create("Guests")


@pytest.mark.parametrize(
    "first",
    [
        problem(500, "internal_error", "7"),
        httpx.Response(502, text="Bad gateway", headers={"Retry-After": "7"}),
        problem(503, "unavailable", "7"),
        httpx.Response(504, text="Late", headers={"Retry-After": "7"}),
        problem(429, "rate_limited", "7"),
        problem(409, "request_in_progress", "7"),
    ],
    ids=["500", "502", "503", "504", "429", "an earlier try under way"],
)
def test_a_failed_request_is_repeated_with_the_same_key_after_the_seconds_in_retry_after(
    first: httpx.Response, pauses: list[float]
) -> None:
    platform = Platform(first, httpx.Response(201, json=_LIST))
    assert platform.client().lists.create("Guests").name == "Guests"
    assert pauses == [7.0]
    assert len(platform.requests) == 2
    assert len(platform.keys() - {None}) == 1
    assert platform.requests[0].content == platform.requests[1].content


def test_each_call_has_its_own_idempotency_key() -> None:
    platform = Platform(httpx.Response(201, json=_LIST), httpx.Response(201, json=_LIST))
    client = platform.client()
    new_list(client)
    new_list(client)
    assert len(platform.keys()) == 2


def test_an_idempotency_key_that_the_caller_gives_is_sent() -> None:
    platform = Platform(problem(402, "insufficient_balance"))
    client = platform.client()
    refusal(client, lambda it: it.messages.send("+14155550123", "Hi", idempotency_key="order-7"))
    assert platform.keys() == {"order-7"}


def test_without_retry_after_the_pauses_between_tries_grow(pauses: list[float]) -> None:
    platform = Platform(*(httpx.ReadTimeout("late") for _ in range(4)), problem(503, "unavailable"))
    assert refusal(platform.client(), new_list).status == 503
    assert [0.25 * 2**n <= pause <= 0.5 * 2**n for n, pause in enumerate(pauses)] == [True] * 4
    assert len(platform.keys()) == 1


def test_if_retry_after_is_too_long_the_error_is_raised_at_once(pauses: list[float]) -> None:
    error = refusal(Platform(problem(429, "rate_limited", "3600")).client())
    assert (error.retry_after, pauses) == (3600.0, [])


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422])
def test_a_refused_request_is_not_repeated(status: int) -> None:
    platform = Platform(problem(status, "some_code"))
    assert refusal(platform.client()).status == status


Call = Callable[[Client], object]


@pytest.mark.parametrize(
    "call",
    [
        lambda it: it.campaigns.pause(uuid4()),
        lambda it: it.contacts.delete(uuid4()),
        lambda it: it.webhook_endpoints.create("https://a.example"),
        lambda it: it.webhook_listeners.create(),
    ],
    ids=["PATCH", "DELETE", "a new endpoint", "a new listener"],
)
@pytest.mark.parametrize(
    "first",
    [lambda: httpx.ReadTimeout("late"), lambda: problem(503, "x", "7"), lambda: problem(500, "x")],
    ids=["a lost response", "503", "500"],
)
def test_a_request_without_a_key_that_may_have_been_done_is_not_repeated(
    first: Callable[[], httpx.Response | Exception], call: Call
) -> None:
    platform = Platform(first())
    error = refusal(platform.client(), call)
    assert len(platform.requests) == 1
    assert error.idempotency_key is None


def test_a_request_that_was_certainly_not_done_is_repeated_even_without_a_key() -> None:
    platform = Platform(problem(429, "rate_limited", "7"), problem(404, "not_found"))
    create = refusal(platform.client(), lambda it: it.webhook_endpoints.create("https://a.example"))
    assert (create.status, len(platform.requests)) == (404, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda it, key: it.messages.send("+14155550123", "Hi", idempotency_key=key),
        lambda it, key: it.messages.retry(uuid4(), idempotency_key=key),
        lambda it, key: it.campaigns.create("Doors", message="Hi", idempotency_key=key),
        lambda it, key: it.campaigns.retry(uuid4(), start=True, idempotency_key=key),
        lambda it, key: it.inbox.reply(uuid4(), "Hi", idempotency_key=key),
    ],
    ids=["send", "retry", "a campaign", "a campaign again", "reply"],
)
def test_the_error_has_the_key_with_which_the_caller_tries_again(
    call: Callable[[Client, str | None], object],
) -> None:
    platform = Platform(*(problem(500, "internal_error") for _ in range(6)))
    error = refusal(platform.client(), lambda it: call(it, None))
    assert error.idempotency_key is not None
    refusal(platform.client(max_retries=0), lambda it: call(it, error.idempotency_key))
    assert platform.keys() == {error.idempotency_key}
    assert len(platform.requests) == 6


def test_a_request_that_could_not_be_sent_is_repeated() -> None:
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
    ("answer", "after"),
    [
        (httpx.Response(503, text="<html>Later</html>", headers={"Retry-After": "9"}), 9.0),
        (httpx.Response(301, headers={"Location": "https://elsewhere.example"}), None),
        (httpx.Response(404, json=["not", "ours"]), None),
        (httpx.Response(204), None),
    ],
    ids=["a proxy's page", "a redirect", "other JSON", "nothing"],
)
def test_a_response_that_is_not_from_the_api_raises_an_error(
    answer: httpx.Response, after: float | None
) -> None:
    error = refusal(Platform(answer).client(max_retries=0))
    assert (error.code, error.retry_after) == ("unexpected_response", after)


def test_unknown_values_and_fields_of_a_later_api_version_are_kept() -> None:
    later = {**BALANCE, "payer": "a_later_word", "later": 1}
    found = Platform(httpx.Response(200, json=later)).client().billing.balance()
    assert found.payer == "a_later_word"
    assert found.additional_properties == {"later": 1}


def test_the_next_page_of_a_list_is_fetched_only_when_it_is_needed() -> None:
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


def test_a_text_that_is_not_an_id_is_refused_without_a_request() -> None:
    platform = Platform()
    assert refusal(platform.client(), lambda it: it.contacts.get("../me")).code == "invalid_request"
    assert platform.requests == []


def test_every_request_contains_the_api_key_and_the_api_version() -> None:
    platform = Platform(httpx.Response(200, json=BALANCE))
    balance(platform.client())
    [request] = platform.requests
    assert request.headers["Authorization"] == "Bearer sk_test"
    assert request.headers["SMSBlaster-Version"] == API_VERSION
    assert request.headers["User-Agent"].startswith("smsblaster-python/")


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("sk_тест", "https://sms.example.org"),
        ("", "https://sms.example.org"),
        ("sk_test", "https://sms.example.org:port"),
        ("sk_test", "sms.example.org"),
    ],
    ids=["a key that is not ASCII", "no key", "no address", "no scheme"],
)
def test_a_client_with_an_invalid_api_key_or_address_cannot_be_created(key: str, url: str) -> None:
    with pytest.raises(ApiError) as refused:
        Client(key, url)
    assert refused.value.code == "invalid_request"


def test_an_idempotency_key_that_is_not_ascii_is_refused_without_a_request() -> None:
    platform = Platform()
    send = refusal(platform.client(), lambda it: it.messages.send("+1", "Hi", idempotency_key="ü"))
    assert (send.code, platform.requests) == ("invalid_request", [])


def test_a_download_whose_connection_is_lost_leaves_no_file(tmp_path: Path) -> None:
    client = Platform(httpx.Response(200, stream=BrokenBody())).client()
    http = client.api.get_httpx_client()
    error = refusal(client, lambda _: download(http, "/api/export", tmp_path / "a.csv"))
    assert error.code == "no_connection"
    assert list(tmp_path.iterdir()) == []
