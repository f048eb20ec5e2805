"""Download files of any size without holding them in memory."""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import httpx

from smsblaster.generated.types import Unset
from smsblaster.http import no_connection


def download(
    http: httpx.Client,
    url: str,
    target: str | os.PathLike[str],
    query: Mapping[str, object] | None = None,
) -> Path:
    """Save the response of a URL as a file. The file appears once it is complete.

    Args:
        http: The client's connections.
        url: The path of the route, or a whole address.
        target: The file to write. An existing one is replaced.
        query: The query parameters. Those that are ``UNSET`` are left out.
    """
    path = Path(target)
    params = {
        name: str(value) for name, value in (query or {}).items() if not isinstance(value, Unset)
    }
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with (
            os.fdopen(handle, "wb") as file,
            http.stream("GET", url, params=params or None) as response,
        ):
            _write(response, file)
        Path(name).replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
    return path


def _write(response: httpx.Response, file: BinaryIO) -> None:
    """Write the body of a response to a file.

    Raises:
        ApiError: The connection was lost before the end of the body (``no_connection``).
    """
    try:
        for piece in response.iter_bytes():
            file.write(piece)
    except httpx.RequestError as error:
        raise no_connection(response.url, error) from error
