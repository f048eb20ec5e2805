"""Read uploads as they arrive, so that no large file is in memory.

A file is sent as the request's body (``text/csv``), or in a multipart form. The parts of a form
come in any order, so the form is read ahead until every field is known.
"""

import hashlib
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import IO

from flask import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from servicekit.errors import InvalidInput
from servicekit.web.errors import MalformedRequest, UnsupportedMediaType
from services.gateway.http.form_parts import FormParts, form_parser
from services.gateway.http.query import query_parameters

FORM = "multipart/form-data"
CSV = "text/csv"
_BLOCK = 64 * 1024
# A file up to this size may come before the form's fields. If all 16 threads receive such files,
# these take up half of the temporary disk that the deployments have.
READ_AHEAD = 8 * 1024 * 1024
_IN_MEMORY = 256 * 1024


class Upload(ABC):
    """A file that is being received, and the fields that were sent with it."""

    def __init__(self, parameters: list[tuple[str, str]]) -> None:
        self._parameters = parameters
        self._digest = hashlib.sha256()
        self._source = self._pieces()

    @property
    @abstractmethod
    def content_type(self) -> str:
        """The file's content type, as its sender declares it."""

    @abstractmethod
    def _form_fields(self) -> list[tuple[str, str]]:
        """Return the names and values of the fields that the body has beside the file."""

    @abstractmethod
    def _pieces(self) -> Iterator[bytes]:
        """Yield the file's bytes in pieces of up to 64 KiB."""

    def fields(self) -> list[tuple[str, str]]:
        """Return the names and values of the fields, in the query string and in the body.

        Raises:
            InvalidInput: There is no file.
            MalformedRequest: The body is not a form.
        """
        return [*self._parameters, *self._form_fields()]

    def chunks(self) -> Iterator[bytes]:
        """Yield the rest of the file in small pieces. Raises the same errors as `fields`."""
        for piece in self._source:
            self._digest.update(piece)
            yield piece

    def fingerprint(self) -> bytes:
        """Read the rest of the upload, and return a hash of its fields and its file.

        The raw body can't be hashed: each form has a different boundary. Raises the same errors as
        `fields`.
        """
        for _ in self.chunks():
            pass
        head = repr((self.fields(), self.content_type)).encode()
        return hashlib.sha256(head + self._digest.digest()).digest()


class _Form(Upload):
    """A form with text fields and one file named ``file``, in any order."""

    def __init__(
        self, parameters: list[tuple[str, str]], stream: IO[bytes], boundary: bytes
    ) -> None:
        super().__init__(parameters)
        self._stream = stream
        self._parts = FormParts()
        self._parser = form_parser(boundary, self._parts)
        # Closed when it has been read.
        self._ahead = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115

    @property
    def content_type(self) -> str:
        return self._parts.file_type

    def _form_fields(self) -> list[tuple[str, str]]:
        more = True
        while more and not self._parts.fields_end:
            more = self._feed()
            self._ahead.write(self._taken())
            self._parts.fields_end = self._ahead.tell() > READ_AHEAD
        if not self._parts.file_begun:
            raise InvalidInput.of("file", "is required")
        if not more:
            self._check_end()
            self._parts.fields_end = True
        return self._parts.fields

    def _pieces(self) -> Iterator[bytes]:
        with self._ahead:
            self._ahead.seek(0)
            while piece := self._ahead.read(_BLOCK):
                yield piece
        more = True
        while more:
            more = self._feed()
            if piece := self._taken():
                yield piece
        self._check_end()

    def _taken(self) -> bytes:
        """Return the bytes of the file that were just parsed."""
        taken = bytes(self._parts.file_data)
        self._parts.file_data.clear()
        return taken

    def _check_end(self) -> None:
        if not self._parts.ended:
            raise MalformedRequest("The form is incomplete.", "malformed_form")

    def _feed(self) -> bool:
        block = self._stream.read(_BLOCK)
        try:
            self._parser.write(block)
        except (FormParserError, UnicodeDecodeError):
            message = "The body is not a multipart form."
            raise MalformedRequest(message, "malformed_form") from None
        return bool(block)


class _Body(Upload):
    """An upload whose body is the file itself, without a form."""

    def __init__(
        self, parameters: list[tuple[str, str]], stream: IO[bytes], content_type: str
    ) -> None:
        super().__init__(parameters)
        self._stream = stream
        self._content_type = content_type

    @property
    def content_type(self) -> str:
        return self._content_type

    def _form_fields(self) -> list[tuple[str, str]]:
        return []

    def _pieces(self) -> Iterator[bytes]:
        while piece := self._stream.read(_BLOCK):
            yield piece


def upload_of(request: Request) -> Upload:
    """Return the upload of `request`.

    Raises:
        MalformedRequest: The query string can't be read.
        UnsupportedMediaType: The body is neither a form nor CSV.
    """
    content_type = request.headers.get("Content-Type") or ""
    kind, options = parse_options_header(content_type)
    parameters = query_parameters(request.query_string)
    if kind == CSV.encode():
        return _Body(parameters, request.stream, content_type)
    boundary = options.get(b"boundary")
    if kind != FORM.encode() or not boundary:
        raise UnsupportedMediaType(f"Send the file as {FORM}, or as the body with {CSV}.")
    return _Form(parameters, request.stream, boundary)
