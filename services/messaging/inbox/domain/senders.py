"""Who an incoming text is from: mostly a phone number, but names and other channels write too.

Sources: Twilio's documentation of addresses (``whatsapp:+1...``, ``messenger:...``,
``rcs:...``), of alphanumeric sender ids, and of the numbers that stand for callers who hide theirs.
"""

import re
from dataclasses import dataclass

from servicekit.phones import InvalidPhone, canonical, is_e164, normalise
from servicekit.text import storable
from services.messaging.sending.domain.limits import Refusal

UNKNOWN = "unknown sender"
"""The address of texts without a sender. Longer than any name that a sender can have."""

CANNOT_REPLY = "cannot_reply"
"""The code of the error for a reply to a sender that can't be answered."""

_MAX_ADDRESS = 320
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_CHANNEL = re.compile(r"([a-z][a-z0-9_-]*):\s*(\S.*)", re.IGNORECASE)
_PLAIN_CHANNELS = frozenset(("sms", "tel"))
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE, typed on a phone's keys.
_HIDDEN = frozenset(("+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253"))


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of an incoming text.

    ``address`` names the conversation: an E.164 number, a short code, a name, or an address of
    another channel. ``number`` is the E.164 number that an address of another channel contains.
    """

    address: str
    number: str | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that an opt-out of the sender covers: they opt out of the organisation's texts."""
        return (self.address, self.number) if self.number else (self.address,)


def sender_of(raw: str) -> Sender:
    """Return the sender that a provider names ``raw``, whatever its form.

    A number is in the one notation of its line, whichever the carrier wrote: else a STOP would be
    noted for a number that nobody texts.
    """
    address = _CONTROL.sub(" ", storable(raw)).strip()[:_MAX_ADDRESS].strip()
    channel = _CHANNEL.fullmatch(address)
    if channel is None:
        return Sender(canonical(address) or UNKNOWN)
    number = canonical(channel[2])
    if channel[1].lower() in _PLAIN_CHANNELS and is_e164(number):
        return Sender(number)
    return Sender(address, number if is_e164(number) else None)


def why_no_reply(address: str) -> Refusal | None:
    """Return why a sender can't be answered, or None for a number that can be texted."""
    if is_e164(address):
        return _why_not_textable(address)
    if address == UNKNOWN:
        return Refusal("unknown_sender", "This message has no sender, so it can't be answered.")
    if _CHANNEL.fullmatch(address):
        return Refusal(
            "other_channel",
            "This message came by another channel than SMS. Replies are sent by SMS only.",
        )
    if _SHORT_CODE.fullmatch(address):
        return Refusal("short_code", "This message came from a short code, which can't be texted.")
    return Refusal(
        "named_sender", "This message came from a named sender, which can't receive texts."
    )


def _why_not_textable(number: str) -> Refusal | None:
    if number in _HIDDEN:
        return Refusal("hidden_number", "The sender hides their number, so it can't be answered.")
    try:
        normalise(number)
    except InvalidPhone as error:
        return Refusal("invalid_number", error.message)
    return None
