"""Parse who an incoming message is from: usually a phone number, but also names and channels.

Sources: Twilio's documentation of addresses (`whatsapp:+1...`, `messenger:...`, `rcs:...`), of
alphanumeric sender ids, and of the numbers that stand for callers who hide theirs.
"""

import re
from dataclasses import dataclass

from servicekit.phones import InvalidPhone, canonical, is_e164, normalise
from servicekit.text import storable
from services.messaging.sending.domain.limits import Refusal

UNKNOWN = "unknown sender"
"""The address to store for messages that come without one. It is longer than any real one."""

CANNOT_REPLY = "cannot_reply"
"""The error code for a reply to an address that can't receive messages."""

_MAX_CHARACTERS = 320
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_CHANNEL = re.compile(r"([a-z][a-z0-9_-]*):\s*(\S.*)", re.IGNORECASE)
_PLAIN_CHANNELS = frozenset(("sms", "tel"))
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE, typed on the keys of a phone.
_HIDDEN = frozenset(("+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253"))


@dataclass(frozen=True, slots=True)
class FromAddress:
    """The address that an incoming message came from.

    `value` identifies the conversation: an E.164 phone number, a short code, a name, or an address
    of another channel. `number` is the E.164 phone number, also if it is part of an address of
    another channel.
    """

    value: str
    number: str | None = None

    @property
    def opt_out_addresses(self) -> tuple[str, ...]:
        """The addresses that an opt-out covers: a phone number is opted out on every channel."""
        return (self.value, self.number) if self.number else (self.value,)


def parse_from_address(raw: str) -> FromAddress:
    """Parse the address that a message came from, as Twilio reports it. Every text is accepted.

    Phone numbers are converted to E.164, because carriers write them in several formats. Otherwise
    a STOP would be stored for a number that no message is sent to.
    """
    address = _CONTROL.sub(" ", storable(raw)).strip()[:_MAX_CHARACTERS].strip()
    channel = _CHANNEL.fullmatch(address)
    if channel is None:
        return FromAddress(canonical(address) or UNKNOWN)
    number = canonical(channel[2])
    if channel[1].lower() in _PLAIN_CHANNELS and is_e164(number):
        return FromAddress(number)
    return FromAddress(address, number if is_e164(number) else None)


def reply_refusal(address: str) -> Refusal | None:
    """Return why an address can't receive a reply, or None if it can."""
    if is_e164(address):
        return _number_refusal(address)
    if address == UNKNOWN:
        return Refusal("unknown_sender", "This message has no sender, so you can't reply to it.")
    if _CHANNEL.fullmatch(address):
        return Refusal(
            "other_channel",
            "This message did not come by SMS. Replies are sent by SMS only.",
        )
    if _SHORT_CODE.fullmatch(address):
        return Refusal(
            "short_code", "This message came from a short code, which can't receive texts."
        )
    return Refusal(
        "named_sender", "This message came from a sender name, which can't receive texts."
    )


def _number_refusal(number: str) -> Refusal | None:
    if number in _HIDDEN:
        return Refusal("hidden_number", "The sender hides their number, so you can't reply.")
    try:
        normalise(number)
    except InvalidPhone as error:
        return Refusal("invalid_number", error.message)
    return None
