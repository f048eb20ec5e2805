"""Parse parameters that contain JSON, which Trust Hub and Event Streams have."""

from typing import Any

import orjson

from simulator.twilio.errors import TwilioError


def json_object(text: str) -> dict[str, Any]:
    """Return the JSON object in a parameter.

    Raises:
        TwilioError: 20001 if the text is not a JSON object.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise TwilioError(20001) from None
    if not isinstance(value, dict):
        raise TwilioError(20001)
    return value
