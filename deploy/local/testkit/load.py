"""Clients that send requests while a platform restarts or its disk is full, and the responses.

A client follows the API's documentation: it sends a request with an Idempotency-Key, and repeats it
with the same key until it is accepted.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from uuid import uuid4

import httpx

from deploy.local.testkit.organisation import Organisation

_SENDERS = 3
_READS = ("/api/billing/balance", "/api/contacts", "/api/campaigns", "/api/messages/threads")
# Seconds between two requests of a client. Shorter pauses find no more, but take time from the
# processes that restart.
_SENDS_EVERY, _READS_EVERY = 0.15, 0.1
_AGAIN_SECONDS = 0.1
_ANSWER_SECONDS = 60.0
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Outcome:
    """The result of a request: the status and body of its response, or an error."""

    method: str
    path: str
    status: int
    code: str = ""
    request_id: str = ""
    retry_after: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether the platform failed to handle a valid request."""
        return self.status >= _SERVER_ERROR


@dataclass
class Load:
    """A limited number of clients of one organisation.

    `sent` maps each phone number to the id of its accepted text. `unanswered` has the errors of
    requests that got no answer over an open connection.
    """

    organisation: Organisation
    first_number: int
    answers: list[Outcome] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._numbers = count(self.first_number)

    @property
    def failures(self) -> Sequence[Outcome]:
        """The outcomes that show that the platform failed to handle a valid request."""
        return [answer for answer in self.answers if answer.is_failure]

    def give_up(self) -> None:
        """Stop now, also the requests that have not been accepted yet."""
        self._stopping.set()
        self._stopped.set()

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Send requests until the `with` block ends. Then wait until every text is accepted.

        Raises TimeoutError if a text is not accepted within a minute.
        """
        work = [self._send_on] * _SENDERS + [self._read_on]
        threads = [threading.Thread(target=ask, daemon=True) for ask in work]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join(_ANSWER_SECONDS)
            self._stopped.set()
        if any(thread.is_alive() for thread in threads):
            raise TimeoutError("a text was never accepted")

    def _send_on(self) -> None:
        with self._client() as http:
            while not self._stopping.wait(_SENDS_EVERY):
                self._send(http, f"+1212{next(self._numbers)}")

    def _send(self, http: httpx.Client, number: str) -> None:
        headers = {"Idempotency-Key": uuid4().hex}
        body = {"to": number, "message": "Doors open at 7 pm."}
        while not self._stopped.is_set():
            answer = self._ask(http, "POST", "/api/sms/send", json=body, headers=headers)
            if answer is not None and answer.status_code == httpx.codes.CREATED:
                self.sent[number] = answer.json()["id"]
                return
            self._stopped.wait(_AGAIN_SECONDS)

    def _read_on(self) -> None:
        with self._client() as http:
            for path in cycle(_READS):
                if self._stopping.wait(_READS_EVERY):
                    return
                self._ask(http, "GET", path)

    def _client(self) -> httpx.Client:
        api = self.organisation.api
        authorization = {"Authorization": f"Bearer {api.access_token}"}
        return httpx.Client(base_url=api.base_url, headers=authorization, timeout=_ANSWER_SECONDS)

    def _ask(
        self, http: httpx.Client, method: str, path: str, **what: dict[str, str]
    ) -> httpx.Response | None:
        try:
            answer = http.request(method, path, **what)  # type: ignore[arg-type]  # its own words
        except httpx.ConnectError:
            return None
        except httpx.TransportError as error:
            self.unanswered.append(f"{method} {path}: {error!r}")
            return None
        problem = answer.json() if answer.is_error else {}
        self.answers.append(
            Outcome(
                method,
                path,
                answer.status_code,
                str(problem.get("code", "")),
                answer.headers.get("X-Request-Id", ""),
                answer.headers.get("Retry-After", ""),
            )
        )
        return answer
