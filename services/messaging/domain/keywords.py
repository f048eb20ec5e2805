"""The words with which people opt out, opt in and ask for help.

Sources: Twilio's default keywords (OPTOUT and REVOKE since 2025), and 47 CFR 64.1200(a)(10), which
names the replies that revoke consent per se. Twilio matches a whole message only; we also look
past punctuation and accept words other carriers honour, since a person who says stop means it.
"""

import re
from typing import Literal

Keyword = Literal["stop", "start", "help"]

_STOP = frozenset(
    {
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"),
        *("OPTOUT", "REVOKE", "REMOVE", "ARRET"),
    }
)
_START = frozenset(("START", "UNSTOP", "YES"))
_HELP = frozenset(("HELP", "INFO"))

_NOISE = re.compile(r"[\W_]+")
_ACCENTS = str.maketrans("ÊÉÈ", "EEE")


def keyword_of(body: str, opt_out_type: str = "") -> Keyword | None:
    """What ``body`` asks for, if it is one of the words.

    ``opt_out_type`` is Twilio's own finding (STOP, START or HELP), which decides where it is given.
    """
    word = opt_out_type.upper() or _NOISE.sub("", body.upper().translate(_ACCENTS))
    if word in _STOP:
        return "stop"
    if word in _START:
        return "start"
    return "help" if word in _HELP else None
