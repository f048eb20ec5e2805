"""Examples of a campaign's messages, and recipients for whom a placeholder is empty."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.campaigns.campaigns.domain.recipients import OutgoingMessage, Recipient

_PREVIEWS = 2
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as one recipient would read it."""

    message: OutgoingMessage
    segments: int


@dataclass(slots=True)
class EmptyVariable:
    """A placeholder that is empty for some recipients, with their count and the first of them."""

    recipients: int = 0
    examples: list[Recipient] = field(default_factory=list)


@dataclass(slots=True)
class Samples:
    """Collects the first messages, the longest message, and the empty placeholders by name.

    `variables` are the placeholders of the text.
    """

    variables: Sequence[str]
    first: list[Preview] = field(default_factory=list)
    longest: Preview | None = None
    empty: dict[str, EmptyVariable] = field(default_factory=dict)

    def add_message(self, message: OutgoingMessage, segments: int) -> None:
        """Keep the message as an example if it is one of the first, or the longest so far."""
        if len(self.first) < _PREVIEWS:
            self.first.append(Preview(message, segments))
        if self.longest is None or _size(message, segments) > _size(
            self.longest.message, self.longest.segments
        ):
            self.longest = Preview(message, segments)

    def add_recipient(self, recipient: Recipient) -> None:
        """Record which placeholders are empty for a recipient who would get a message."""
        for name in self.variables:
            if not recipient.values.get(name):
                found = self.empty.setdefault(name, EmptyVariable())
                found.recipients += 1
                if len(found.examples) < _EXAMPLES:
                    found.examples.append(recipient)

    @property
    def previews(self) -> Sequence[Preview]:
        """The first messages, and the longest message at the end."""
        if self.longest is None:
            return ()
        return [*(each for each in self.first if each != self.longest), self.longest]


def _size(message: OutgoingMessage, segments: int) -> tuple[int, int]:
    return segments, len(message.body)
