"""Find out what an incoming message asks for: no more messages, messages again, or help.

Only a message that is exactly one of Twilio's default keywords opts in, so that nobody is texted
again by mistake. Everything that `opt_out_words` recognises opts out.
"""

import re
from enum import Enum

from services.messaging.inbox.domain.opt_out_words import OptOut, find_opt_out

_START = frozenset(("START", "UNSTOP", "YES"))
_HELP = frozenset(("HELP", "INFO"))
_NOT_LETTERS = re.compile(r"[\W_]+")


class Intent(Enum):
    """What a person wants by a message: to opt out, to opt in, or help."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    POSSIBLE_STOP = "possible_stop"
    """The person may want to opt out. A member of the organisation has to decide."""


_TWILIO_TYPES = {"STOP": Intent.STOP, "START": Intent.START, "HELP": Intent.HELP}


def intent_of(body: str, opt_out_type: str = "") -> Intent | None:
    """Return what a message asks for, or None if it is an ordinary message.

    Args:
        body: The text of the message.
        opt_out_type: What Twilio took it for (STOP, START or HELP). It has priority.
    """
    found = _TWILIO_TYPES.get(opt_out_type.strip().upper())
    if found:
        return found
    word = _NOT_LETTERS.sub("", body.upper())
    if word in _START:
        return Intent.START
    if word in _HELP:
        return Intent.HELP
    opt_out = find_opt_out(body)
    if opt_out is None:
        return None
    return Intent.STOP if opt_out is OptOut.CERTAIN else Intent.POSSIBLE_STOP
