"""Plain HTTP requests to servers on this machine."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """Status and body of an HTTP response."""

    status: int
    body: bytes

    def text(self) -> str:
        """Return the body as text. Bytes that are not UTF-8 are replaced."""
        return self.body.decode(errors="replace")

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raises ValueError or TypeError for any other body."""
        content = json.loads(self.body)
        if not isinstance(content, dict):
            raise TypeError(f"not a JSON object: {self.text()}")
        return content


def get(url: str, headers: Mapping[str, str] | None = None, timeout: float = 2) -> HttpResponse:
    """Fetch a URL. Raises OSError if there is no valid response within `timeout` seconds."""
    return _request("GET", url, None, headers or {}, timeout)


def post_json(
    url: str,
    content: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> HttpResponse:
    """Post a JSON object. Raises OSError if no valid response comes within `timeout` seconds."""
    headers = {**(headers or {}), "Content-Type": "application/json"}
    return _request("POST", url, json.dumps(content).encode(), headers, timeout)


def _request(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout: float
) -> HttpResponse:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=timeout)
    try:
        connection.request(method, address.path, body, dict(headers))
        response = connection.getresponse()
        return HttpResponse(response.status, response.read())
    except http.client.HTTPException as error:
        raise ConnectionError(f"{url}: {error!r}") from error
    finally:
        connection.close()
