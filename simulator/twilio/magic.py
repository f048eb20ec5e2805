"""Phone numbers that decide how a message to them ends, for use in tests.

The numbers that are refused at once are Twilio's own test numbers. The numbers with later outcomes
are the simulator's: the exchanges 555 to 557 of any area code.
"""

from dataclasses import dataclass

REFUSED_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
REFUSED_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
ACCEPTED_FROM = "+15005550006"
REFUSED_PURCHASE = {"+15005550000": 21422, "+15005550001": 21421}
EMPTY_AREA_CODE = "533"


@dataclass(frozen=True, slots=True)
class Fate:
    """The final status of an accepted message.

    Attributes:
        status: `delivered`, `undelivered`, `failed`, or `sent` if no delivery report ever comes.
                error_code: Twilio's error code, or None if the message did not fail.
    """

    status: str
    error_code: int | None = None


DELIVERED = Fate("delivered")
NO_RECEIPT = Fate("sent")
FATES = {
    "3003": Fate("undelivered", 30003),
    "3004": Fate("undelivered", 30004),
    "3005": Fate("undelivered", 30005),
    "3006": Fate("undelivered", 30006),
    "3007": Fate("undelivered", 30007),
    "3008": Fate("undelivered", 30008),
    "0034": Fate("undelivered", 30034),
    "0022": Fate("undelivered", 30022),
    "0001": Fate("failed", 30001),
    "0036": Fate("failed", 30036),
}


def fate_of(to_number: str) -> Fate:
    """Return how an accepted message to this number will end."""
    exchange, line = to_number[-7:-4], to_number[-4:]
    if exchange == "557":
        return NO_RECEIPT
    if exchange in ("555", "556"):
        return FATES.get(line, DELIVERED)
    return DELIVERED
