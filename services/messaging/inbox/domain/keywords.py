"""What an incoming text wants about being texted: no more texts, texts again, or help.

Opting in takes one of the provider's own words and nothing else (Twilio's default keywords): on
anything less, nobody is texted again. Opting out takes what ``opt_out_words`` understands.
"""

import re
from enum import Enum

from services.messaging.inbox.domain.opt_out_words import Request, request_of

_START = frozenset(("START", "UNSTOP", "YES"))
_HELP = frozenset(("HELP", "INFO"))
_NOISE = re.compile(r"[\W_]+")


class Wish(Enum):
    """What a text wants."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    DOUBTFUL = "doubtful"
    """Perhaps to opt out: a person has to decide."""


_FOUND_BY_PROVIDER = {"STOP": Wish.STOP, "START": Wish.START, "HELP": Wish.HELP}


def wish_of(body: str, opt_out_type: str = "") -> Wish | None:
    """Return what ``body`` wants, None for any other text.

    ``opt_out_type`` is Twilio's own finding (STOP, START or HELP), which decides where it is given.
    """
    found = _FOUND_BY_PROVIDER.get(opt_out_type.strip().upper())
    if found:
        return found
    word = _NOISE.sub("", body.upper())
    if word in _START:
        return Wish.START
    if word in _HELP:
        return Wish.HELP
    request = request_of(body)
    if request is None:
        return None
    return Wish.STOP if request is Request.OPT_OUT else Wish.DOUBTFUL
