"""Parse the parts of a multipart form as they arrive."""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from servicekit.errors import InvalidInput
from servicekit.web.errors import UnsupportedMediaType

MAX_FIELD = 64 * 1024
_MAX_FIELDS = 50
_OCTETS = "application/octet-stream"


class FormParts:
    """The parts that were parsed so far. The methods are the parser's callbacks.

    A part named ``file`` is the file. Every other part is a text field, even if it has a file name,
    because several clients give file names to JSON parts too.
    """

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.fields_end = False
        self.file_begun = False
        self.file_data = bytearray()
        self.file_type = _OCTETS
        self.ended = False
        self._in_file = False
        self._header = bytearray()
        self._header_value = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._value = bytearray()

    def part_begin(self) -> None:
        """Begin a part of the form."""
        self._headers.clear()
        self._value.clear()

    def header_field(self, data: bytes, start: int, end: int) -> None:
        """Add a piece to the name of a header."""
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        """Add a piece to the value of a header."""
        self._header_value += data[start:end]

    def header_end(self) -> None:
        """Store the header of the part that has just been read completely."""
        self._headers[bytes(self._header).lower()] = bytes(self._header_value)
        self._header.clear()
        self._header_value.clear()

    def headers_finished(self) -> None:
        """Begin the content of a part.

        Raises `InvalidInput` for a second file, and for a field that comes after a large file.
        """
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._name = options.get(b"name", b"").decode()
        self._in_file = self._name == "file"
        if self._in_file:
            if self.file_begun:
                raise InvalidInput.of("file", "must be given only once")
            self.file_begun = True
            self.file_type = self._headers.get(b"content-type", _OCTETS.encode()).decode()
        elif self.fields_end:
            raise InvalidInput.of(
                self._name,
                "must come before a large file; you can also send it as a query parameter",
            )

    def part_data(self, data: bytes, start: int, end: int) -> None:
        """Add a piece to the content of a part.

        Raises `InvalidInput` for a field that is too long.
        """
        if self._in_file:
            self.file_data += data[start:end]
            return
        self._value += data[start:end]
        if len(self._value) > MAX_FIELD or len(self.fields) >= _MAX_FIELDS:
            raise InvalidInput.of(
                self._name,
                "is too long, or the form has too many fields; send the file in the field `file`",
            )

    def part_end(self) -> None:
        """Finish a part of the form."""
        if not self._in_file:
            self.fields.append((self._name, self._value.decode()))

    def end(self) -> None:
        """Finish the form."""
        self.ended = True


def form_parser(boundary: bytes, parts: FormParts) -> MultipartParser:
    """Return a parser that fills `parts`. Raises `UnsupportedMediaType`."""
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
