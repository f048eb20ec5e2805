"""Read the query string of a request."""

import re
from urllib.parse import parse_qsl

from servicekit.web.errors import MalformedRequest

_MAX_PARAMETERS = 100
# In a query string "+" means a space. So a phone number that begins with a space was sent with a
# "+", and so was a time that has a space before its offset.
_LOST_PLUS = re.compile(
    r"( [0-9][0-9 ]{3,20})"
    # a number with punctuation, and no date
    r"|( (?=(?:[^0-9]*[0-9]){7})(?!\d{4}-\d\d-\d\d)[0-9][0-9 ().\-/]{5,30})"
    r"|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})? \d\d:\d\d)",
    re.ASCII,
)


def query_parameters(query: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string in order.

    A plus sign means a space there, but clients forget to encode it in phone numbers and in the
    offsets of times. In these it is restored.

    Raises:
        MalformedRequest: The query string can't be read.
    """
    try:
        parameters = parse_qsl(
            query.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_PARAMETERS,
        )
    except ValueError:
        raise MalformedRequest("The query string can't be read.", "malformed_query") from None
    return [
        (name, value.replace(" ", "+", 1) if _LOST_PLUS.fullmatch(value) else value)
        for name, value in parameters
    ]
