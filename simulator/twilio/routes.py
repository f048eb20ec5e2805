"""Twilio's paths and their handlers. The paths with the most requests come first."""

from simulator.edge import Call, Reply, Route
from simulator.twilio import accounts, inventory, keys, lookup, media, numbers, services
from simulator.twilio.a2p.reviews import Reviews
from simulator.twilio.a2p.routes import a2p_routes
from simulator.twilio.auth import TwilioHandler, endpoint
from simulator.twilio.errors import TwilioError
from simulator.twilio.messages import Messages
from simulator.twilio.state import Twilio

API = "/api.twilio.com/2010-04-01"
ACCOUNT = API + "/Accounts/{account_sid}"
SERVICES = "/messaging.twilio.com/v1/Services"
SERVICE = SERVICES + "/{service_sid}"
TOKENS = "/accounts.twilio.com/v1/AuthTokens"
LOOKUP = "/lookups.twilio.com/v2/PhoneNumbers/{number}"
HOSTS = (
    "api.twilio.com",
    "messaging.twilio.com",
    "accounts.twilio.com",
    "lookups.twilio.com",
    "trusthub.twilio.com",
    "events.twilio.com",
)

NUMBER_ROUTES: tuple[tuple[str, str, TwilioHandler], ...] = (
    ("GET", "/IncomingPhoneNumbers.json", numbers.listing),
    ("POST", "/IncomingPhoneNumbers.json", numbers.buy),
    ("POST", "/IncomingPhoneNumbers/Local.json", numbers.buy),
    ("POST", "/IncomingPhoneNumbers/TollFree.json", numbers.buy),
    ("GET", "/IncomingPhoneNumbers/{sid}.json", numbers.fetch),
    ("POST", "/IncomingPhoneNumbers/{sid}.json", numbers.update),
    ("DELETE", "/IncomingPhoneNumbers/{sid}.json", numbers.release),
    ("GET", "/AvailablePhoneNumbers.json", inventory.countries),
    ("GET", "/AvailablePhoneNumbers/{country}.json", inventory.country),
    ("GET", "/AvailablePhoneNumbers/{country}/{kind}.json", inventory.search),
    ("GET", "/Balance.json", accounts.balance),
    ("GET", "/Usage/Records.json", accounts.usage),
    ("GET", "/Usage/Records/{period}.json", accounts.usage),
)
KEY_ROUTES: tuple[tuple[str, str, TwilioHandler], ...] = (
    ("GET", "", keys.listing),
    ("POST", "", keys.create),
    ("GET", "/{sid}", keys.fetch),
    ("POST", "/{sid}", keys.update),
    ("DELETE", "/{sid}", keys.delete),
)
ACCOUNT_ROUTES: tuple[tuple[str, str, TwilioHandler], ...] = (
    ("GET", API + "/Accounts.json", accounts.listing),
    ("POST", API + "/Accounts.json", accounts.create),
    ("GET", ACCOUNT + ".json", accounts.fetch),
    ("POST", ACCOUNT + ".json", accounts.update),
    ("POST", TOKENS + "/Secondary", keys.create_secondary_token),
    ("DELETE", TOKENS + "/Secondary", keys.delete_secondary_token),
    ("POST", TOKENS + "/Promote", keys.promote_token),
)
OTHER_ROUTES: tuple[tuple[str, str, TwilioHandler], ...] = (
    ("GET", SERVICES, services.listing),
    ("POST", SERVICES, services.create),
    ("GET", SERVICE, services.fetch),
    ("POST", SERVICE, services.update),
    ("DELETE", SERVICE, services.delete),
    ("GET", SERVICE + "/PhoneNumbers", services.list_numbers),
    ("POST", SERVICE + "/PhoneNumbers", services.add_number),
    ("GET", SERVICE + "/PhoneNumbers/{sid}", services.fetch_number),
    ("DELETE", SERVICE + "/PhoneNumbers/{sid}", services.remove_number),
    ("GET", LOOKUP, lookup.fetch),
)


def routes(twilio: Twilio, messages: Messages, reviews: Reviews) -> list[Route]:
    """Return all of Twilio's endpoints. Each checks the caller's credentials first."""
    message_routes: tuple[tuple[str, str, TwilioHandler], ...] = (
        ("POST", ACCOUNT + "/Messages.json", messages.create),
        ("GET", ACCOUNT + "/Messages.json", messages.listing),
        ("GET", ACCOUNT + "/Messages/{sid}.json", messages.fetch),
        ("GET", ACCOUNT + "/Messages/{sid}/Media.json", media.listing),
        ("GET", ACCOUNT + "/Messages/{sid}/Media/{media}", media.content),
        ("POST", ACCOUNT + "/Messages/{sid}.json", messages.update),
        ("DELETE", ACCOUNT + "/Messages/{sid}.json", messages.delete),
    )
    owned = tuple((method, ACCOUNT + path, handler) for method, path, handler in NUMBER_ROUTES)
    plain = message_routes + owned + OTHER_ROUTES + a2p_routes(reviews)
    managing = ACCOUNT_ROUTES + _key_routes()
    return [
        *(Route(method, path, endpoint(twilio, handler)) for method, path, handler in plain),
        *(
            Route(method, path, endpoint(twilio, handler, manages_accounts=True))
            for method, path, handler in managing
        ),
        *(Route("*", f"/{host}/{{path:.*}}", _unknown) for host in HOSTS),
    ]


def _key_routes() -> tuple[tuple[str, str, TwilioHandler], ...]:
    return tuple(
        (method, f"{ACCOUNT}/{collection}{path}.json", handler)
        for collection in ("Keys", "SigningKeys")
        for method, path, handler in KEY_ROUTES
    )


def _unknown(call: Call) -> Reply:
    raise TwilioError(20404, call.path)
