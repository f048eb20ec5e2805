"""The paths of A2P registration."""

from simulator.twilio.a2p import addresses, brands, bundles, campaigns, entities, event_streams
from simulator.twilio.a2p.brands import BrandRegistrations
from simulator.twilio.a2p.bundles import BundleUpdates
from simulator.twilio.a2p.campaigns import CampaignRegistrations
from simulator.twilio.a2p.reviews import Reviews
from simulator.twilio.auth import TwilioHandler

TRUST_HUB = "/trusthub.twilio.com/v1"
BRANDS = "/messaging.twilio.com/v1/a2p/BrandRegistrations"
CAMPAIGNS = "/messaging.twilio.com/v1/Services/{service_sid}/Compliance/Usa2p"
ADDRESSES = "/api.twilio.com/2010-04-01/Accounts/{account_sid}/Addresses"
EVENTS = "/events.twilio.com/v1"

Table = tuple[tuple[str, str, TwilioHandler], ...]


def a2p_routes(reviews: Reviews) -> Table:
    """Return method, path and handler of each endpoint for A2P registration."""
    brand, campaign = BrandRegistrations(reviews), CampaignRegistrations(reviews)
    return (
        *_bundle_routes(BundleUpdates(reviews)),
        *_entity_routes(),
        ("GET", ADDRESSES + ".json", addresses.listing),
        ("POST", ADDRESSES + ".json", addresses.create),
        ("GET", ADDRESSES + "/{sid}.json", addresses.fetch),
        ("POST", ADDRESSES + "/{sid}.json", addresses.update),
        ("GET", BRANDS, brands.listing),
        ("POST", BRANDS, brand.create),
        ("GET", BRANDS + "/{sid}", brands.fetch),
        ("POST", BRANDS + "/{sid}", brand.update),
        ("GET", CAMPAIGNS + "/Usecases", campaigns.use_cases),
        ("GET", CAMPAIGNS, campaigns.listing),
        ("POST", CAMPAIGNS, campaign.create),
        ("GET", CAMPAIGNS + "/{sid}", campaigns.fetch),
        ("DELETE", CAMPAIGNS + "/{sid}", campaigns.delete),
        *_event_routes(),
    )


def _bundle_routes(updates: BundleUpdates) -> Table:
    table: list[tuple[str, str, TwilioHandler]] = []
    for collection in ("CustomerProfiles", "TrustProducts"):
        path = f"{TRUST_HUB}/{collection}"
        one = path + "/{bundle_sid}"
        table += [
            ("GET", path, bundles.listing),
            ("POST", path, bundles.create),
            ("GET", one, bundles.fetch),
            ("POST", one, updates.update),
            ("GET", one + "/EntityAssignments", bundles.list_assignments),
            ("POST", one + "/EntityAssignments", bundles.assign),
            ("POST", one + "/Evaluations", bundles.evaluation),
        ]
    return tuple(table)


def _entity_routes() -> Table:
    table: list[tuple[str, str, TwilioHandler]] = []
    for collection in ("EndUsers", "SupportingDocuments"):
        path = f"{TRUST_HUB}/{collection}"
        table += [
            ("GET", path, entities.listing),
            ("POST", path, entities.create),
            ("GET", path + "/{sid}", entities.fetch),
            ("POST", path + "/{sid}", entities.update),
            ("DELETE", path + "/{sid}", entities.delete),
        ]
    return tuple(table)


def _event_routes() -> Table:
    sinks, subscriptions = EVENTS + "/Sinks", EVENTS + "/Subscriptions"
    return (
        ("GET", sinks, event_streams.list_sinks),
        ("POST", sinks, event_streams.create_sink),
        ("GET", sinks + "/{sid}", event_streams.fetch_sink),
        ("DELETE", sinks + "/{sid}", event_streams.delete_sink),
        ("POST", sinks + "/{sid}/Test", event_streams.test_sink),
        ("POST", sinks + "/{sid}/Validate", event_streams.validate_sink),
        ("GET", subscriptions, event_streams.list_subscriptions),
        ("POST", subscriptions, event_streams.create_subscription),
        ("GET", subscriptions + "/{sid}", event_streams.fetch_subscription),
        ("DELETE", subscriptions + "/{sid}", event_streams.delete_subscription),
        ("GET", subscriptions + "/{sid}/SubscribedEvents", event_streams.list_types),
        ("POST", subscriptions + "/{sid}/SubscribedEvents", event_streams.add_type),
    )
