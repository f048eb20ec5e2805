"""The public REST API, as any client sees it."""

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

Json = dict[str, Any]

_TIMEOUT = 30.0
_PAGE = 200


class ApiProblem(Exception):
    """The API refused a request. Has the status, the stable code and the problem document."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.problem = _problem_of(answer)
        self.code = str(self.problem.get("code", ""))
        request = answer.request
        super().__init__(f"{request.method} {request.url.path}: {self.status} {self.problem}")

    @property
    def fields(self) -> set[str]:
        """The names of the fields that are wrong."""
        return {error["field"] for error in self.problem.get("errors", ())}

    @property
    def message(self) -> str:
        """The error message for people."""
        faults = [error["message"] for error in self.problem.get("errors", ())]
        return "; ".join(faults) or str(self.problem.get("detail", ""))


class Api:
    """A client of one gateway's REST API.

    Every method raises ApiProblem if the status is 400 or above, and httpx.TransportError if there
    is no response.
    """

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=_TIMEOUT)
        self.base_url = base_url
        self.access_token = ""

    def __enter__(self) -> Self:
        """Return this client; the end of the block closes its connections."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def sign_in_with(self, access_token: str) -> None:
        """Send this token with every request from now on."""
        self.access_token = access_token
        self._http.headers["Authorization"] = f"Bearer {access_token}"

    def get(self, path: str, **query: str | int) -> Json:
        """Read a resource, and return its JSON. A query in `path` counts if there is no `query`."""
        return _content(self._http.get(path, params=query or None))

    def post(self, path: str, body: Mapping[str, Any], key: str | None = None) -> Json:
        """Post a JSON body, and return the JSON of the response.

        Sends `key` as the Idempotency-Key, if given.
        """
        return _content(self.post_raw(path, body, key))

    def post_raw(
        self, path: str, body: Mapping[str, Any], key: str | None = None
    ) -> httpx.Response:
        """Post a JSON body. Return the whole response, also if it is an error."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._http.post(path, json=body, headers=headers)

    def patch(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """Change some fields of a resource, and return its JSON."""
        return _content(self._http.patch(path, json=body or {}))

    def put(self, path: str, body: Mapping[str, Any]) -> Json:
        """Replace a whole resource, and return its JSON."""
        return _content(self._http.put(path, json=body))

    def delete(self, path: str) -> None:
        """Delete a resource."""
        _content(self._http.delete(path))

    def download(self, path: str, **query: str | int) -> str:
        """Download a text file."""
        answer = self._http.get(path, params=query)
        if answer.is_error:
            raise ApiProblem(answer)
        return answer.text

    def upload(self, path: str, file: bytes, fields: Mapping[str, str] | None = None) -> Json:
        """Post a form with text fields first and then a CSV file."""
        files = {"file": ("contacts.csv", file, "text/csv")}
        return _content(self._http.post(path, data=dict(fields or {}), files=files))

    def every(self, path: str) -> Iterator[Json]:
        """Yield the items of all pages of a list."""
        query: dict[str, str | int] = {"limit": _PAGE}
        while True:
            page = self.get(path, **query)
            yield from page["items"]
            if page["nextCursor"] is None:
                return
            query["cursor"] = page["nextCursor"]


def refusal_of(call: Callable[[], object]) -> ApiProblem | None:
    """Call a function that uses the API. Return the ApiProblem, or None if it succeeds."""
    try:
        call()
    except ApiProblem as problem:
        return problem
    return None


def _content(answer: httpx.Response) -> Json:
    if answer.is_error:
        raise ApiProblem(answer)
    content: Json = answer.json() if answer.content else {}
    return content


def _problem_of(answer: httpx.Response) -> Json:
    try:
        problem = answer.json()
    except ValueError:
        return {"detail": answer.text[:500]}
    return problem if isinstance(problem, dict) else {"detail": answer.text[:500]}
