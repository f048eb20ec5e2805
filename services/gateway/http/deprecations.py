"""Tell clients in the headers of responses that they use something deprecated.

The headers are `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from services.gateway.http.contract import ContractError, Method
from smsblaster.options.v1 import deprecation_pb2

_LINK = '</api/docs/guides/versions>; rel="deprecation"; type="text/html"'
_SHORTEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when something is deprecated, and from when on it may stop working.

    `sunset` is None if no day is planned.
    """

    since: date
    sunset: date | None
    instead: str

    def words(self) -> str:
        """Return the sentences that the documentation has."""
        end = f" It may stop working on {self.sunset}." if self.sunset else ""
        return f"Deprecated since {self.since}. {self.instead}{end}"


def deprecation_of(element: MethodDescriptor | FieldDescriptor) -> Deprecation | None:
    """Return the deprecation of a method or a field, or None if it is not deprecated.

    Raises:
        ContractError: The day or the replacement is missing, or `sunset` comes within a year.
    """
    found = _option(element)
    is_deprecated = element.GetOptions().deprecated
    if is_deprecated != bool(found.since and found.instead):
        raise ContractError(
            f"{element.full_name}: write deprecated = true together with since and instead"
        )
    if not is_deprecated:
        return None
    since = date.fromisoformat(found.since)
    sunset = date.fromisoformat(found.sunset) if found.sunset else None
    if sunset is not None and sunset - since < _SHORTEST:
        raise ContractError(f"{element.full_name}: the sunset is less than a year after {since}")
    return Deprecation(since, sunset, found.instead)


def _option(element: MethodDescriptor | FieldDescriptor) -> deprecation_pb2.Deprecation:
    if isinstance(element, MethodDescriptor):
        return element.GetOptions().Extensions[deprecation_pb2.deprecated_method]
    return element.GetOptions().Extensions[deprecation_pb2.deprecated_field]


class UsedDeprecations:
    """The headers about the deprecated things that requests of one method use.

    Raises:
        ContractError: A field inside a message or list of the request is deprecated. Requests are
            not searched for such fields, so their users would not learn of it.
    """

    def __init__(self, method: Method) -> None:
        self._of_method = deprecation_of(method.descriptor)
        fields = method.descriptor.input_type.fields
        self._fields = {
            field.name: found for field in fields if (found := deprecation_of(field)) is not None
        }
        for field in _nested_fields(method.descriptor.input_type):
            if deprecation_of(field) is not None:
                raise ContractError(
                    f"{field.full_name}: responses can't tell yet that a request uses it,"
                    " because it is not a field of the request itself"
                )

    @property
    def exist(self) -> bool:
        """Whether requests can use something deprecated."""
        return self._of_method is not None or bool(self._fields)

    def headers(self, message: Message | None = None) -> Mapping[str, str]:
        """Return the headers for a request. Without `message`, only those about its method."""
        used = [self._of_method] if self._of_method else []
        if message is not None and self._fields:
            given = (field.name for field, _ in message.ListFields())
            used += [self._fields[name] for name in given if name in self._fields]
        return _headers(used) if used else {}


def _nested_fields(request: Descriptor) -> Iterator[FieldDescriptor]:
    """Yield the fields of all messages inside a request."""
    seen, messages = {request.full_name}, [request]
    while messages:
        inside = [field.message_type for field in messages.pop().fields if field.message_type]
        for message in inside:
            if message.full_name not in seen:
                seen.add(message.full_name)
                messages.append(message)
                yield from message.fields


def _headers(used: Iterable[Deprecation]) -> dict[str, str]:
    """Return the headers for the earliest days among `used`."""
    used = list(used)
    headers = {
        "Deprecation": f"@{int(_start(min(each.since for each in used)).timestamp())}",
        "Link": _LINK,
    }
    sunsets = [each.sunset for each in used if each.sunset is not None]
    if sunsets:
        headers["Sunset"] = format_datetime(_start(min(sunsets)), usegmt=True)
    return headers


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
