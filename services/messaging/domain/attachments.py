"""Pictures and other files that come with a text."""

from collections.abc import Mapping
from dataclasses import dataclass

MAX_ATTACHMENTS = 10
"""Twilio's limit for one message."""

_MAX_TYPE = 100
_KINDS = {
    "image": "Picture",
    "video": "Video",
    "audio": "Sound",
    "text/vcard": "Contact card",
    "text/x-vcard": "Contact card",
}


@dataclass(frozen=True, slots=True)
class Attachments:
    """How many files came with a text; ``types`` are their media types, as far as told."""

    count: int = 0
    types: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What stands for them where a text is shown that has no words, such as ``[Picture]``."""
        if not self.count:
            return ""
        kinds = {_kind(media_type) for media_type in self.types}
        kind = kinds.pop() if len(kinds) == 1 else "Attachment"
        return f"[{kind}]" if self.count == 1 else f"[{self.count} x {kind}]"


NO_ATTACHMENTS = Attachments()


def attachments_of(form: Mapping[str, str]) -> Attachments:
    """Return the attachments that an incoming webhook names."""
    types = [form.get(f"MediaContentType{n}", "") for n in range(MAX_ATTACHMENTS)]
    named = tuple(media_type[:_MAX_TYPE] for media_type in types if media_type)
    return Attachments(max(count_in(form.get("NumMedia"), MAX_ATTACHMENTS), len(named)), named)


def count_in(value: object, most: int) -> int:
    """Return the count written in ``value``, 0 where there is none, and ``most`` at the most."""
    text = str(value if value is not None else "").strip()
    if not (text.isascii() and text.isdigit()):
        return 0
    return min(most, int(text[:9])) if len(text) <= 9 else most


def _kind(media_type: str) -> str:
    bare = media_type.partition(";")[0].strip().lower()
    return _KINDS.get(bare) or _KINDS.get(bare.partition("/")[0], "Attachment")
