"""The bytes of a CSV file as text, whatever the spreadsheet that wrote it."""

import codecs

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# First bytes of what people upload instead: workbooks (which are zip files), old workbooks, gzip,
# PDF.
_OTHER_FORMATS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF")
_HEAD_BYTES = 4


class NotText(ValueError):
    """The file is no text; ``message`` says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TextDecoder:
    """Decodes a file that comes in pieces.

    UTF-8 and, with a byte order mark, UTF-16. A file whose first character beyond ASCII is not
    UTF-8 is taken for Windows-1252, in which Excel saves "CSV (comma delimited)".
    """

    def __init__(self) -> None:
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._may_be_windows = True

    def decode(self, piece: bytes, last: bool) -> str:
        """The text of ``piece``; ``last`` is the end of the file. Raises ``NotText``."""
        if self._decoder is None:
            self._head += piece
            if len(self._head) < _HEAD_BYTES and not last:
                return ""
            self._decoder, piece = self._begin(), self._head
        try:
            text = self._decoder.decode(piece, last)
        except UnicodeDecodeError as error:
            return self._decode_windows(error, last)
        self._may_be_windows = self._may_be_windows and text.isascii()
        return text

    def _begin(self) -> codecs.IncrementalDecoder:
        if self._head.startswith(_OTHER_FORMATS):
            raise NotText("is not a CSV file; in the spreadsheet choose “Save as” and CSV")
        encoding = next((e for bom, e in _BOMS.items() if self._head.startswith(bom)), "utf-8")
        self._may_be_windows = encoding == "utf-8"
        return codecs.getincrementaldecoder(encoding)()

    def _decode_windows(self, error: UnicodeDecodeError, last: bool) -> str:
        # What the error holds includes the bytes that were kept from the piece before.
        if not self._may_be_windows or not error.object[: error.start].isascii():
            raise NotText("is not text in UTF-8; save it as “CSV UTF-8”") from None
        self._decoder = codecs.getincrementaldecoder("cp1252")()
        self._may_be_windows = False
        try:
            return self._decoder.decode(error.object, last)
        except UnicodeDecodeError:
            raise NotText("is not text in UTF-8; save it as “CSV UTF-8”") from None
