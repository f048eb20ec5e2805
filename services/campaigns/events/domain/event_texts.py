"""What an event's notifications say, where nobody wrote anything else."""

from collections.abc import Mapping

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
"""The platform's text of each type of notification, in the order of the contract's types."""
