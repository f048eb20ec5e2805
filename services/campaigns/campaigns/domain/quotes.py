"""Count the messages of a campaign by country and segments, on which their price depends."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from servicekit.phones import InvalidPhone, country_of
from servicekit.segments import segment_count
from services.campaigns.campaigns.domain.recipients import OutgoingMessage, Recipient, chunk_of
from services.campaigns.campaigns.domain.samples import Samples
from services.campaigns.templates.domain.templates import Template


@dataclass(slots=True)
class Tally:
    """Counts of messages by country (ISO 3166) and segments.

    `invalid` counts recipients whose phone number or text can't be used. The organisation's own
    phone numbers (`own_numbers`, E.164) are counted as invalid too. `samples` are examples of the
    messages.
    """

    template: Template
    smart_encoding: bool
    own_numbers: Collection[str] = frozenset()
    messages: Counter[tuple[str, int]] = field(default_factory=Counter)
    looked_at: int = 0
    opted_out: int = 0
    invalid: int = 0
    samples: Samples = field(init=False)

    def __post_init__(self) -> None:
        """Create the collector of examples."""
        self.samples = Samples(self.template.variables)

    def add(self, recipients: Sequence[Recipient]) -> None:
        """Count the messages that the campaign would send to `recipients`."""
        chunk = chunk_of(recipients, self.template)
        self.looked_at += len(recipients)
        self.opted_out += len(chunk.opted_out)
        self.invalid += len(chunk.invalid)
        for message in chunk.messages:
            self._add(message)
        for recipient in recipients:
            if not recipient.opted_out:
                self.samples.add_recipient(recipient)

    def _add(self, message: OutgoingMessage) -> None:
        is_own = message.phone in self.own_numbers
        country = None if is_own else _country(message.phone)
        if country is None:
            self.invalid += 1
        else:
            segments = segment_count(message.body, smart_encoding=self.smart_encoding)
            self.messages[country, segments] += 1
            self.samples.add_message(message, segments)


def _country(phone: str) -> str | None:
    try:
        return country_of(phone)
    except InvalidPhone:
        return None
