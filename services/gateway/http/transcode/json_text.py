"""Parse strict JSON: RFC 8259, but without texts that different parsers read differently."""

import json
import math
from typing import Any, NoReturn


class MalformedJson(ValueError):
    """The text is not JSON, or not all parsers read it in the same way."""


def parse_json(body: bytes | str) -> Any:
    """Return the value of a JSON text in UTF-8.

    Raises:
        MalformedJson: The text is not JSON, or it has another encoding, a byte order mark, NaN or
            infinities, numbers too large for a double, duplicate keys, or very deep nesting.
    """
    try:
        return _DECODER.decode(body if isinstance(body, str) else body.decode("utf-8"))
    except RecursionError:
        raise MalformedJson("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise MalformedJson("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except MalformedJson:
        raise
    except ValueError:
        raise MalformedJson("a number has too many digits") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("an object has the same key twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise MalformedJson("a number is too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not a JSON value")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_float=_finite, parse_constant=_no_constant
)
