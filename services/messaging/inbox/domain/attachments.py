"""Read the pictures and other files that come with an incoming message."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from servicekit.text import storable
from services.messaging.common.domain.provider_fields import count_in

MAX_ATTACHMENTS = 10
"""Maximum files of one message: Twilio's limit."""

_MAX_TYPE_CHARACTERS = 100
_WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f]{1,2000}")
_LABELS = {
    "image": "Picture",
    "video": "Video",
    "audio": "Sound",
    "text/vcard": "Contact card",
    "text/x-vcard": "Contact card",
}


@dataclass(frozen=True, slots=True)
class Attachments:
    """The files of a message: their media types, and their URLs at Twilio (`urls`).

    Twilio does not always name all files.
    """

    count: int = 0
    types: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()

    def type_at(self, position: int) -> str | None:
        """Return the media type of the file at `urls[position]`, or None if it is unknown."""
        return self.types[position] if len(self.types) == len(self.urls) else None

    @property
    def placeholder(self) -> str:
        """The text to show for a message without text, for example `[Picture]`."""
        if not self.count:
            return ""
        labels = {_label(media_type) for media_type in self.types}
        label = labels.pop() if len(labels) == 1 else "Attachment"
        return f"[{label}]" if self.count == 1 else f"[{self.count} x {label}]"


NO_ATTACHMENTS = Attachments()


def parse_attachments(form: Mapping[str, str]) -> Attachments:
    """Return the attachments in the form fields of an incoming webhook."""
    files = [
        (form.get(f"MediaContentType{n}", ""), form.get(f"MediaUrl{n}", ""))
        for n in range(MAX_ATTACHMENTS)
    ]
    return build_attachments(files, count_in(form.get("NumMedia"), MAX_ATTACHMENTS))


def build_attachments(files: Iterable[tuple[str, str]], count: int = 0) -> Attachments:
    """Return the attachments of `files`. URLs that are not http or https are left out.

    Args:
        files: The media type and the URL of each file.
        count: How many files the message has, if this is more than `files` contains.
    """
    named = list(islice((file for file in files if any(file)), MAX_ATTACHMENTS))
    types = tuple(storable(kind)[:_MAX_TYPE_CHARACTERS] for kind, _ in named if kind)
    urls = tuple(storable(url) for _, url in named if _WEB_ADDRESS.fullmatch(url))
    return Attachments(max(count, len(named)), types, urls)


def _label(media_type: str) -> str:
    bare = media_type.partition(";")[0].strip().lower()
    return _LABELS.get(bare) or _LABELS.get(bare.partition("/")[0], "Attachment")
