"""The keywords of Twilio's opt-out handling and the replies to them, as Twilio documents them."""

from dataclasses import dataclass

STOP_WORDS = frozenset(
    ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE")
)
START_WORDS = frozenset(("START", "UNSTOP", "YES"))
HELP_WORDS = frozenset(("HELP", "INFO"))
REPLIES = {
    "STOP": (
        "You have successfully been unsubscribed. You will not receive any more messages from "
        "this number. Reply START to resubscribe."
    ),
    "START": (
        "You have successfully been re-subscribed to messages from this number. Reply HELP for "
        "help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
TOLL_FREE_REPLIES = {
    "STOP": (
        'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this '
        'number. Text back "unstop" to receive messages again.'
    ),
    "START": (
        'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from '
        "this number."
    ),
    "HELP": REPLIES["HELP"],
}


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword in a text: its kind (STOP, START, HELP) and the reply that Twilio sends."""

    kind: str
    reply: str


def recognise(body: str, *, toll_free: bool) -> Keyword | None:
    """Return the keyword if it is the whole text, or else None.

    Toll-free networks know STOP but no other stop word, and do not know YES.
    """
    word = body.strip().upper()
    replies = TOLL_FREE_REPLIES if toll_free else REPLIES
    stop = frozenset(("STOP",)) if toll_free else STOP_WORDS
    start = START_WORDS - {"YES"} if toll_free else START_WORDS
    for kind, words in (("STOP", stop), ("START", start), ("HELP", HELP_WORDS)):
        if word in words:
            return Keyword(kind, replies[kind])
    return None
