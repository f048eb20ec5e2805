"""Recipients of a campaign, and the texts that they get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.campaigns.domain.templates import Template, sendable


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact on a list. ``values`` has all of ``CONTACT_VARIABLES``."""

    contact_id: UUID
    phone: str
    opted_out: bool
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Text:
    """What one recipient gets."""

    contact_id: UUID
    phone: str
    body: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """The texts for some recipients, and how many of those are passed over.

    ``opted_out`` have said that they want none; ``blank`` would get a text that can't be sent:
    an empty one, or one that is too long.
    """

    texts: Sequence[Text]
    opted_out: int
    blank: int


def chunk_of(recipients: Sequence[Recipient], template: Template) -> Chunk:
    """Render ``template`` for ``recipients``."""
    wanting = [r for r in recipients if not r.opted_out]
    rendered = [Text(r.contact_id, r.phone, template.render(r.values)) for r in wanting]
    texts = [text for text in rendered if sendable(text.body)]
    return Chunk(texts, len(recipients) - len(wanting), len(rendered) - len(texts))
