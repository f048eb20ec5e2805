"""Read an HTTP request into the contract's message, and report all of its faults together."""

from typing import Any

from flask import Request
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from servicekit.api_json.names import holds_file, is_map
from servicekit.errors import InvalidInput
from servicekit.rpc.validation import validate
from servicekit.web.errors import MalformedRequest, UnsupportedMediaType
from services.gateway.http.contract import Method
from services.gateway.http.query import query_parameters
from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.field_options import is_gateway_filled
from services.gateway.http.transcode.json_text import MalformedJson, parse_json
from services.gateway.http.transcode.reading import MessageReader
from services.gateway.http.transcode.text_fields import TextReader
from services.gateway.http.versions import IF_MATCH, ExpectedVersion

# Maximum of values in a body: four times the contract's longest list. Checked before reading.
_MAX_VALUES = 20_000
# The same if the items of a list have maps, such as the variables of each recipient.
_MAX_VALUES_WITH_MAPS = 100_000


class RequestReader:
    """Reads the requests of one method."""

    def __init__(self, method: Method) -> None:
        message = method.descriptor.input_type
        others = [
            field.json_name
            for field in message.fields
            if field.json_name not in method.variables
            and not holds_file(field)
            and not is_gateway_filled(field)
        ]
        self._method = method
        self._class = method.request_class
        self._expected_version = ExpectedVersion(method.verb, message)
        self._path = TextReader(message, method.variables)
        self._query = TextReader(message, () if method.has_body else others)
        self._form = TextReader(message, others)
        self._body = None if method.uploads else _body_reader(method)
        self._max_values = _MAX_VALUES_WITH_MAPS if _lists_maps(message) else _MAX_VALUES

    def read(self, request: Request, body: bytes) -> Message:
        """Return the message from the path, the query string and `body`.

        Raises:
            InvalidInput: Fields are invalid.
            MalformedRequest: The body is not JSON, or the query string can't be read.
            UnsupportedMediaType: The body's content type is not JSON.
        """
        fields = self._parse(request, body)
        message, faults = self._start(request)
        self._query.read(message, query_parameters(request.query_string), faults)
        if self._body is not None:
            self._body.read(message, fields, "", faults)
        return _checked(message, faults)

    def read_form(self, request: Request, fields: list[tuple[str, str]]) -> Message:
        """Return the first message of an upload from its fields. Raises `InvalidInput`."""
        message, faults = self._start(request)
        self._form.read(message, fields, faults)
        return _checked(message, faults)

    def _start(self, request: Request) -> tuple[Message, Faults]:
        """Return a message with the values of the path and ``If-Match``, and the faults so far."""
        message = self._class()
        faults = Faults()
        self._path.read(message, (request.view_args or {}).items(), faults)
        self._expected_version.read(message, request.headers.get(IF_MATCH), faults)
        return message, faults

    def _parse(self, request: Request, body: bytes) -> dict[str, Any]:
        if not body:
            if self._method.needs_body:
                raise InvalidInput.of("body", "is required")
            return {}
        if self._body is None:
            raise InvalidInput.of("body", "must be empty for this request")
        _check_content_type(request)
        try:
            fields = parse_json(body)
        except MalformedJson as error:
            raise MalformedRequest(f"The body is not JSON: {error}.", "malformed_json") from None
        if type(fields) is not dict:
            raise InvalidInput.of("body", "must be a JSON object")
        # There is a comma between any two values; strings may contain more commas.
        most = self._max_values
        if body.count(b",") >= most and _count_values(fields) > most:
            raise InvalidInput.of("body", f"must have at most {most} values")
        return fields


def _body_reader(method: Method) -> MessageReader | None:
    if not method.has_body:
        return None
    return MessageReader().compile(
        method.descriptor.input_type, without=method.variables, clears=method.verb == "PATCH"
    )


def _lists_maps(message: Descriptor) -> bool:
    """Return whether a message has a list whose items have maps."""
    lists = (field for field in message.fields if field.is_repeated and not is_map(field))
    items = (field.message_type for field in lists if field.message_type)
    return any(is_map(field) for item in items for field in item.fields)


def _count_values(value: Any) -> int:
    """Return the number of values in a JSON value, including itself."""
    count, open_values = 0, [value]
    while open_values:
        value = open_values.pop()
        count += 1
        if type(value) is dict:
            open_values.extend(value.values())
        elif type(value) is list:
            open_values.extend(value)
    return count


def _check_content_type(request: Request) -> None:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType("Send the body as application/json in UTF-8.")


def _checked(message: Message, faults: Faults) -> Message:
    """Return `message` if it satisfies the contract's rules. Raises `InvalidInput`.

    Each field is reported once, with its first fault.
    """
    found, further = list(faults), faults.further
    try:
        validate(message)
    except InvalidInput as invalid:
        found += invalid.fields
        further += invalid.further
    if found:
        first = {fault.field: fault for fault in reversed(found)}
        raise InvalidInput(list(first.values())[::-1], further=further)
    return message
