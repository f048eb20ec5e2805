"""The platform's REST API, as an operator's program calls it."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode
from uuid import uuid4

import urllib3

Json = dict[str, Any]

_TIMEOUT_SECONDS = 60.0
_PAGE = 200


class ApiError(Exception):
    """The platform refused a request, or could not be reached. Then the status is 0."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = dict(problem)
        super().__init__(str(problem.get("detail") or f"The platform answered {status}."))


class Api:
    """Calls the API of one installation.

    Args:
        url: The address of the platform.
        access_token: The operator's token, or an empty string for requests without one.
    """

    def __init__(self, url: str, access_token: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}

    def get(self, path: str, **query: object) -> Json:
        """Return the response of a GET. Parameters that are None are left out."""
        given = urlencode({name: value for name, value in query.items() if value is not None})
        return self._send("GET", f"{path}?{given}" if given else path, None)

    def post(self, path: str, **body: object) -> Json:
        """Return the response of a POST. Fields that are None are left out.

        It is sent once. Its key lets the platform recognise a repetition by a proxy.
        """
        return self._send("POST", path, {k: v for k, v in body.items() if v is not None})

    def put(self, path: str, **body: object) -> Json:
        """Return the response of a PUT. Fields that are None are left out."""
        return self._send("PUT", path, {k: v for k, v in body.items() if v is not None})

    def items(self, path: str, limit: int, **query: object) -> Iterator[Json]:
        """Yield up to `limit` items of a list, page by page."""
        cursor: object = None
        while limit > 0:
            page = self.get(path, limit=min(limit, _PAGE), cursor=cursor, **query)
            yield from page["items"]
            limit -= len(page["items"])
            cursor = page["nextCursor"]
            if not cursor:
                return

    def _send(self, method: str, path: str, body: Json | None) -> Json:
        headers = {
            **self._headers,
            "Accept": "application/json",
            **({} if body is None else {"Content-Type": "application/json"}),
            **({"Idempotency-Key": str(uuid4())} if method == "POST" else {}),
        }
        try:
            response = urllib3.request(
                method,
                self._url + path,
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=_TIMEOUT_SECONDS,
                retries=False,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise ApiError(0, _no_connection(self._url, error)) from error
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise ApiError(response.status, _object(response.data))
        return _object(response.data)


def _no_connection(url: str, error: Exception) -> Json:
    return {"code": "no_connection", "detail": f"{url} could not be reached: {error}."}


def _object(data: bytes) -> Json:
    """Return the JSON object of a response; empty if it has none, as behind a broken proxy."""
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return cast("Json", value) if isinstance(value, dict) else {}
