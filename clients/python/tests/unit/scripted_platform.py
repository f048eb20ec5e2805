"""A fake platform that gives the responses which a test lists, one after the other."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from smsblaster import ApiError, Client

Answer = httpx.Response | Exception

BALANCE = {
    "balanceCents": 5,
    "currency": "usd",
    "payer": "member",
    "ownBalanceCents": 5,
    "organisationBalanceCents": 0,
    "totalBalanceCents": 5,
}


class Platform:
    """Gives each request the next response of a list, and stores the requests."""

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


class BrokenBody(httpx.SyncByteStream):
    """A body whose connection is lost after its first bytes."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"a,b\n"
        raise httpx.ReadError("connection lost")


def problem(status: int, code: str, after: str | None = None, **more: object) -> httpx.Response:
    """Return a response with a problem document."""
    headers = {"Retry-After": after} if after else {}
    content = {"status": status, "code": code, "detail": "No.", "requestId": "r-1", **more}
    return httpx.Response(status, json=content, headers=headers)


def balance(client: Client) -> object:
    """Ask for the balance."""
    return client.billing.balance()


def refusal(client: Client, call: Callable[[Client], object] = balance) -> ApiError:
    """Return the error of a call that fails."""
    with pytest.raises(ApiError) as caught:
        call(client)
    return caught.value
