"""Texts of a campaign, counted by what decides about their price."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from servicekit.phones import InvalidPhone, country_of
from servicekit.segments import segment_count
from services.campaigns.campaigns.domain.recipients import Recipient, Text, chunk_of
from services.campaigns.templates.domain.templates import Template


@dataclass(slots=True)
class Tally:
    """How many texts of how many segments go to which country, over any number of recipients.

    ``texts`` is by country (ISO 3166) and segments. ``invalid`` recipients have a number or a text
    that can't be sent; ``own_numbers`` (E.164) are among those numbers.
    """

    template: Template
    smart_encoding: bool
    own_numbers: Collection[str] = frozenset()
    texts: Counter[tuple[str, int]] = field(default_factory=Counter)
    looked_at: int = 0
    opted_out: int = 0
    invalid: int = 0

    def add(self, recipients: Sequence[Recipient]) -> None:
        """Count ``recipients``, who get what sending the campaign would send them."""
        chunk = chunk_of(recipients, self.template)
        self.looked_at += len(recipients)
        self.opted_out += len(chunk.opted_out)
        self.invalid += len(chunk.blank)
        for text in chunk.texts:
            self._add(text)

    def _add(self, text: Text) -> None:
        country = None if text.phone in self.own_numbers else _country(text.phone)
        if country is None:
            self.invalid += 1
        else:
            segments = segment_count(text.body, smart_encoding=self.smart_encoding)
            self.texts[country, segments] += 1


def _country(phone: str) -> str | None:
    try:
        return country_of(phone)
    except InvalidPhone:
        return None
