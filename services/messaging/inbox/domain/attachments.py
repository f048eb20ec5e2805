"""Pictures and other files that come with a text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from servicekit.text import storable

MAX_ATTACHMENTS = 10
"""Twilio's limit for one message."""

_MAX_TYPE = 100
_IS_WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f]{1,2000}")
_KINDS = {
    "image": "Picture",
    "video": "Video",
    "audio": "Sound",
    "text/vcard": "Contact card",
    "text/x-vcard": "Contact card",
}


@dataclass(frozen=True, slots=True)
class Attachments:
    """How many files came with a text.

    ``types`` are their media types and ``urls`` where the provider keeps them, as far as told.
    """

    count: int = 0
    types: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()

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
    files = [
        (form.get(f"MediaContentType{n}", ""), form.get(f"MediaUrl{n}", ""))
        for n in range(MAX_ATTACHMENTS)
    ]
    return listed_attachments(files, count_in(form.get("NumMedia"), MAX_ATTACHMENTS))


def listed_attachments(files: Iterable[tuple[str, str]], count: int = 0) -> Attachments:
    """Return the attachments of ``files``, each with its media type and its address.

    ``count`` is how many there are at least. What is no web address is left out.
    """
    named = list(islice((file for file in files if any(file)), MAX_ATTACHMENTS))
    types = tuple(storable(media_type)[:_MAX_TYPE] for media_type, _ in named if media_type)
    urls = tuple(storable(url) for _, url in named if _IS_WEB_ADDRESS.fullmatch(url))
    return Attachments(max(count, len(named)), types, urls)


def count_in(value: object, most: int) -> int:
    """Return the count written in ``value``, 0 where there is none, and ``most`` at the most."""
    text = str(value if value is not None else "").strip()
    if not (text.isascii() and text.isdigit()):
        return 0
    return min(most, int(text[:9])) if len(text) <= 9 else most


def _kind(media_type: str) -> str:
    bare = media_type.partition(";")[0].strip().lower()
    return _KINDS.get(bare) or _KINDS.get(bare.partition("/")[0], "Attachment")
