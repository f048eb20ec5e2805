"""Form-encoded parameters, with names that may be repeated."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, quote_plus

import orjson

SECRET_WORDS = ("secret", "token", "password", "card[number]", "cardnumber", "authorization")


class Form:
    """Parameters of a query string or a form body, in the order they came.

    Args:
        encoded: `application/x-www-form-urlencoded` text.
    """

    __slots__ = ("_last", "pairs")

    def __init__(self, encoded: str) -> None:
        self.pairs = parse_qsl(encoded, keep_blank_values=True) if encoded else []
        self._last = dict(self.pairs)

    def get(self, name: str, default: str = "") -> str:
        """Return the last value of a parameter, or the default."""
        return self._last.get(name, default)

    def optional(self, name: str) -> str | None:
        """Return the last value of a parameter, or None when it was not sent."""
        return self._last.get(name)

    def all(self, name: str) -> list[str]:
        """Return all values of a repeated parameter."""
        return [value for key, value in self.pairs if key == name]

    def __contains__(self, name: str) -> bool:
        return name in self._last


def encode_form(params: Mapping[str, str]) -> str:
    """Encode parameters as a form body. Most of Twilio's values need no escaping."""
    return "&".join(f"{name}={_quoted(value)}" for name, value in params.items())


def _quoted(value: str) -> str:
    return value if value.isascii() and value.isalnum() else quote_plus(value)


def recordable(pairs: list[tuple[str, str]]) -> bytes:
    """Return parameters as JSON to store. Repeated names become lists, and secrets are replaced.

    The tokens of pages are kept, because they are not secrets.
    """
    params: dict[str, str | list[str]] = {}
    for name, value in pairs:
        shown = "[removed]" if _is_secret(name) else value
        known = params.get(name)
        if known is None:
            params[name] = shown
        elif isinstance(known, list):
            known.append(shown)
        else:
            params[name] = [known, shown]
    return orjson.dumps(params)


@lru_cache(maxsize=1000)
def _is_secret(name: str) -> bool:
    lowered = name.lower()
    return lowered != "pagetoken" and any(word in lowered for word in SECRET_WORDS)
