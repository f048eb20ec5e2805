"""The texts of event messages: the event's own texts, or the platform's texts."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.campaigns.campaigns.domain.drafts import TextSource


@dataclass(frozen=True, slots=True)
class EventText:
    """The text of an event's messages of one type.

    The platform's text has version 0.
    """

    notification_type: str
    source: TextSource
    version: int = 0

    @property
    def is_default(self) -> bool:
        """Whether this is the platform's text and not the event's own."""
        return self.version == 0


DEFAULTS: Mapping[str, str] = {
    "invitation": (
        "Hi {{firstName}}, you're invited to {{eventName}} on {{eventDate}} at {{eventTime}}."
        " Reply STOP to opt out."
    ),
    "rsvp_reminder": (
        "Hi {{firstName}}, please tell us whether you're coming to {{eventName}} on {{eventDate}}."
    ),
    "match_reveal": "Hi {{firstName}}, your matches for {{eventName}} are ready: {{matchNames}}",
    "event_reminder": (
        "Reminder: {{eventName}} is on {{eventDate}} at {{eventTime}}. See you there,"
        " {{firstName}}!"
    ),
    "new_rsvps": "{{newRsvps}} more people RSVP'd for {{eventName}}.",
    "question_set": (
        "Hi {{firstName}}, there are new questions for {{eventName}}: {{questionSetTitle}}"
    ),
}
"""The platform's text for each type of event message, in the order of the contract's types."""
