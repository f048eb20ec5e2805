"""The API key of the command line: from the environment, or from a private file."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import httpx

KEY = "SMSBLASTER_API_KEY"
URL = "SMSBLASTER_URL"

_LOCAL = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key and the installation that it belongs to."""

    api_key: str
    url: str


def path() -> Path:
    """Return the file for the credentials. It may not exist."""
    return Path(click.get_app_dir("smsblaster")) / "credentials.json"


def load() -> Credentials | None:
    """Return the credentials: those in the environment, else those in the file, else None.

    Raises:
        click.ClickException: The file is damaged, or its key belongs to another installation than
            the one that the environment names.
    """
    stored = _stored()
    key = os.environ.get(KEY)
    if key:
        return Credentials(key, os.environ.get(URL) or (stored.url if stored else _LOCAL))
    if stored:
        url = os.environ.get(URL) or stored.url
        if _origin(url) != _origin(stored.url):
            raise click.ClickException(
                f"{URL} is {url}, but the stored key belongs to {stored.url}. Set {KEY} too, or "
                f"run: smsblaster login --url {url}"
            )
        return Credentials(stored.api_key, url)
    return None


def save(credentials: Credentials) -> Path:
    """Write the credentials to the file."""
    target = path()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A temporary file is created with the mode 0600.
    handle, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(credentials), file)
    Path(name).replace(target)
    return target


def delete() -> bool:
    """Delete the file. Returns whether it existed."""
    existed = path().exists()
    path().unlink(missing_ok=True)
    return existed


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Return the scheme, the host and the port of an address."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise click.ClickException(f"{url!r} is not an address: {error}.") from None
    return parts.scheme, parts.host, parts.port


def _stored() -> Credentials | None:
    try:
        read = json.loads(path().read_text("utf-8"))
        return Credentials(str(read["api_key"]), str(read["url"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise click.ClickException(f"{path()} is damaged. Run: smsblaster login") from None
