"""Read the version that a request expects (``If-Match``), and write a response's ``ETag``.

The ETag of an object is its version in quotes.
"""

import re
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.field_options import if_match_field

IF_MATCH = "If-Match"
ETAG = "ETag"

# A proxy that compresses answers makes an ETag weak.
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,18})"')
_ANY = "*"
_CHANGING = frozenset({"PUT", "PATCH", "DELETE"})


class ExpectedVersion:
    """Reads ``If-Match`` into the requests of one method."""

    def __init__(self, verb: str, message: Descriptor) -> None:
        self._field = if_match_field(message)
        self._refused = self._field is None and verb in _CHANGING

    def read(self, target: Message, header: str | None, faults: Faults) -> None:
        """Set the expected version of `target`. `header` is None if the request has none."""
        if header is None or header.strip() == _ANY:
            return
        if self._refused:
            faults.add(IF_MATCH, "is not supported for this path")
        if self._field is None:
            return
        match = _VERSION.fullmatch(header.strip())
        if match is None:
            faults.add(IF_MATCH, 'must be one version in quotes, such as "3"')
        else:
            setattr(target, self._field.name, int(match[1]))


def has_version(message: Any) -> bool:
    """Return whether responses of this type have a version."""
    field = message.fields_by_name.get("version")
    return field is not None and field.type == field.TYPE_INT64


def etag_of(answer: Message) -> str | None:
    """Return the ETag header of a response, or None if it has no version."""
    if not has_version(answer.DESCRIPTOR):
        return None
    version: int = answer.version  # type: ignore[attr-defined]  # has_version says so
    return f'"{version}"'
