"""What a user can do about a failed message, as one word. The console shows a link for it."""

from typing import Literal, TypeAlias

from services.messaging.common.domain.platform_codes import SENDER_RELEASED
from services.messaging.common.domain.provider_errors import explain

Cure: TypeAlias = Literal[
    "retry", "correct_number", "change_text", "register", "change_sender", "none", "contact_support"
]

_OF_CODES: dict[Cure, frozenset[int]] = {
    "change_text": frozenset({21602, 21605, 21617, 21618, 21619, 30004, 30007, 30044}),
    "register": frozenset({18601, 18606, 21717, 21719, 21720, 30032, 30034, *range(30440, 30450)}),
    "change_sender": frozenset(
        {21601, 21603, 21606, 21607, 21608, 21659, 21660, 21703, 21704, SENDER_RELEASED}
    ),
    "none": frozenset({21610, 80901}),
}


def cure_of(code: int) -> Cure:
    """Return what a user can do after an error with this code of Twilio."""
    explanation = explain(code)
    if explanation is not None and explanation.retryable:
        return "retry"
    if explanation is not None and explanation.of_number:
        return "correct_number"
    found: Cure
    for found, codes in _OF_CODES.items():
        if code in codes:
            return found
    return "contact_support"
