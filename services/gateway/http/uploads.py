"""Read multipart uploads as they arrive, so that no whole file is in memory."""

import hashlib
from collections.abc import Iterator
from typing import IO

from flask import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from servicekit.errors import InvalidInput
from servicekit.web.errors import MalformedRequest, UnsupportedMediaType

_BLOCK = 64 * 1024
_MAX_FIELD = 64 * 1024
_MAX_FIELDS = 50
_OCTETS = "application/octet-stream"


class Upload:
    """A form that is being received: text fields first, then one file named ``file``."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        self._stream = stream
        self._parts = _Parts()
        self._parser = _parser(boundary, self._parts)
        self._digest = hashlib.sha256()

    @classmethod
    def of(cls, request: Request) -> "Upload":
        """Return the upload of `request`. Raises `UnsupportedMediaType`."""
        kind, options = parse_options_header(request.headers.get("Content-Type"))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise UnsupportedMediaType("Send the file as multipart/form-data.")
        return cls(request.stream, boundary)

    @property
    def content_type(self) -> str:
        """The file's content type, as its sender declares it."""
        return self._parts.file_type

    def fields(self) -> list[tuple[str, str]]:
        """Return the names and values of the text fields, reading up to the start of the file.

        Raises:
            InvalidInput: There is no file.
            MalformedRequest: The body is not a form.
        """
        while not self._parts.file_begun:
            if not self._feed():
                raise InvalidInput.of("file", "is required")
        return self._parts.fields

    def chunks(self) -> Iterator[bytes]:
        """Yield the file's bytes in pieces of up to 64 KiB. Raises the same errors as `fields`."""
        more = True
        while more:
            if self._parts.file_data:
                chunk = bytes(self._parts.file_data)
                self._parts.file_data.clear()
                self._digest.update(chunk)
                yield chunk
            more = self._feed()
        if not self._parts.ended:
            raise MalformedRequest("The form is incomplete.", "malformed_form")

    def fingerprint(self) -> bytes:
        """Read the rest of the upload, and return a hash of its parts.

        The raw body can't be hashed: each request has a different boundary. Raises the same errors
        as `fields`.
        """
        for _ in self.chunks():
            pass
        head = repr((self._parts.fields, self.content_type)).encode()
        return hashlib.sha256(head + self._digest.digest()).digest()

    def _feed(self) -> bool:
        block = self._stream.read(_BLOCK)
        try:
            self._parser.write(block)
        except (FormParserError, UnicodeDecodeError):
            message = "The body is not a multipart form."
            raise MalformedRequest(message, "malformed_form") from None
        return bool(block)


class _Parts:
    """The parts that were parsed so far. The methods are the parser's callbacks."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.file_begun = False
        self.file_data = bytearray()
        self.file_type = _OCTETS
        self.ended = False
        self._header = bytearray()
        self._header_value = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._value = bytearray()

    def part_begin(self) -> None:
        self._headers.clear()
        self._value.clear()

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._header_value)
        self._header.clear()
        self._header_value.clear()

    def headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._name = options.get(b"name", b"").decode()
        if self.file_begun:
            raise InvalidInput.of(self._name, "must come before the file, and appear once")
        if self._name == "file":
            self.file_begun = True
            self.file_type = self._headers.get(b"content-type", _OCTETS.encode()).decode()
        elif b"filename" in options:
            raise InvalidInput.of(self._name, "must not be a file; the file must be named file")

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self.file_begun:
            self.file_data += data[start:end]
            return
        self._value += data[start:end]
        if len(self._value) > _MAX_FIELD or len(self.fields) >= _MAX_FIELDS:
            raise InvalidInput.of(self._name, "is too long, or there are too many fields")

    def part_end(self) -> None:
        if not self.file_begun:
            self.fields.append((self._name, self._value.decode()))

    def end(self) -> None:
        self.ended = True


def _parser(boundary: bytes, parts: _Parts) -> MultipartParser:
    try:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": parts.part_begin,
                "on_header_field": parts.header_field,
                "on_header_value": parts.header_value,
                "on_header_end": parts.header_end,
                "on_headers_finished": parts.headers_finished,
                "on_part_data": parts.part_data,
                "on_part_end": parts.part_end,
                "on_end": parts.end,
            },
        )
    except FormParserError:
        raise UnsupportedMediaType("The form's boundary is too long.") from None
