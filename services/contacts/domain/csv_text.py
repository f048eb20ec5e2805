"""Decode the bytes of a CSV file from any common spreadsheet program."""

import codecs
from collections.abc import Mapping

from services.contacts.domain.other_encodings import NotWestern, WesternText

# UTF-32 first, because its mark begins like that of UTF-16.
_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# First bytes of other uploaded files: workbooks (which are zip files), old workbooks, gzip,
# PDF.
_OTHER_FORMATS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF")
_OTHER_ENCODING = (
    "the file is in an older encoding such as Mac Roman, MS-DOS, Shift_JIS or Windows-1251;"
    " choose “Save as” and “CSV UTF-8” in the spreadsheet"
)
# How texts in ISO-2022-JP begin. They consist of ASCII characters.
_ESCAPES = ("\x1b$", "\x1b(")
_HEAD_BYTES = 4
# The zero bytes of two ASCII characters in UTF-16 without a byte order mark.
_UNMARKED: Mapping[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}


class NotText(ValueError):
    """The file is not readable text. ``message`` is for the user."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TextDecoder:
    """Decodes a file that comes in pieces.

    Reads UTF-8, UTF-16 and, with a byte order mark, UTF-32. A file whose first non-ASCII character
    is not UTF-8 is read as Windows-1252, in which Excel saves "CSV (comma delimited)", unless the
    result doesn't look like words.
    """

    def __init__(self) -> None:
        self.is_windows = False
        """Whether the file is read as Windows-1252."""
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._may_be_windows = True
        self._western = WesternText()

    def decode(self, piece: bytes, last: bool) -> str:
        """Return the text of ``piece``. ``last`` marks the end of the file. Raises ``NotText``."""
        if self._decoder is None:
            self._head += piece
            if len(self._head) < _HEAD_BYTES and not last:
                return ""
            self._decoder, piece = self._begin(), self._head
        if self.is_windows:
            return self._windows(piece, last)
        try:
            text = self._decoder.decode(piece, last)
        except UnicodeDecodeError as error:
            return self._begin_windows(error, last)
        self._may_be_windows = self._may_be_windows and text.isascii()
        if any(escape in text for escape in _ESCAPES):
            raise NotText(_OTHER_ENCODING)
        return text

    def _begin(self) -> codecs.IncrementalDecoder:
        if self._head.startswith(_OTHER_FORMATS):
            raise NotText(
                "the file is not a CSV file; choose “Save as” and “CSV” in the spreadsheet"
            )
        zeros = tuple(byte == 0 for byte in self._head[:_HEAD_BYTES])
        unmarked = _UNMARKED.get(zeros, "utf-8")
        encoding = next((e for bom, e in _BOMS.items() if self._head.startswith(bom)), unmarked)
        self._may_be_windows = encoding == "utf-8"
        return codecs.getincrementaldecoder(encoding)()

    def _begin_windows(self, error: UnicodeDecodeError, last: bool) -> str:
        # The error's object includes the bytes that were left over from the piece before.
        if not self._may_be_windows or not error.object[: error.start].isascii():
            raise NotText("the file is not in UTF-8; save it as “CSV UTF-8”") from None
        self._decoder = codecs.getincrementaldecoder("cp1252")()
        self.is_windows = True
        return self._windows(error.object, last)

    def _windows(self, piece: bytes, last: bool) -> str:
        try:
            text = self._decoder.decode(piece, last) if self._decoder else ""
            self._western.check(text)
        except (UnicodeDecodeError, NotWestern):
            raise NotText(_OTHER_ENCODING) from None
        return text
