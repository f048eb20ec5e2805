"""Decide which messages need a number that is registered with the US carriers (A2P 10DLC).

Sources: Twilio's guide to A2P 10DLC; the toll-free codes of the North American plan. The US
territories count as part of the US.
"""

from services.messaging.sending.domain.limits import Refusal

UNREGISTERED = Refusal(
    "unregistered_sender",
    "US carriers refuse texts from local numbers that are not registered. Register your brand and"
    " a campaign (A2P 10DLC) and link it to your messaging service, or send only from toll-free"
    " numbers.",
)

_DOMESTIC = frozenset(("US", "PR", "VI", "GU", "AS", "MP"))
_TOLL_FREE = tuple(f"+1{code}" for code in (800, 822, 833, 844, 855, 866, 877, 888))


def is_domestic(country: str) -> bool:
    """Whether messages to `country` go through US carriers."""
    return country in _DOMESTIC


def is_toll_free(phone_number: str) -> bool:
    """Whether a phone number is toll-free in North America."""
    return phone_number.startswith(_TOLL_FREE)


def is_exempt(phone_number: str, country: str) -> bool:
    """Whether a phone number needs no registration: it is toll-free or not a US number."""
    return is_toll_free(phone_number) or not is_domestic(country)
