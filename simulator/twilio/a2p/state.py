"""All A2P registrations, in memory and in the database."""

from collections.abc import Iterator

from simulator.clock import now_ms
from simulator.collection import Collection
from simulator.store import Store, Write
from simulator.twilio.a2p.models import (
    PRIMARY_POLICY,
    Address,
    Brand,
    Bundle,
    Campaign,
    Entity,
    Sink,
    Subscription,
)

PRIMARY_SID = "BU" + "0" * 31 + "1"


class A2p:
    """The profiles, brands, campaigns, sinks and subscriptions of all accounts.

    Args:
        store: The database.
        master_sid: The master account. Its primary customer profile is approved from the start.
    """

    def __init__(self, store: Store, master_sid: str) -> None:
        self._store = store
        self._master_sid = master_sid
        self.bundles = Collection(store, "twilio.bundle", Bundle)
        self.entities = Collection(store, "twilio.entity", Entity)
        self.addresses = Collection(store, "twilio.address", Address)
        self.brands = Collection(store, "twilio.brand", Brand)
        self.campaigns = Collection(store, "twilio.campaign", Campaign)
        self.sinks = Collection(store, "twilio.sink", Sink)
        self.subscriptions = Collection(store, "twilio.subscription", Subscription)
        self._ensure_primary()

    def campaign_of(self, service_sid: str | None) -> Campaign | None:
        """Return the campaign for which a messaging service is registered."""
        return next((c for c in self.campaigns if c.service_sid == service_sid), None)

    def entities_of(self, bundle: Bundle) -> Iterator[Entity]:
        """Return the end users and documents that a bundle consists of."""
        for assignment in bundle.assignments:
            entity = self.entities.get(assignment["object_sid"])
            if entity is not None:
                yield entity

    def attributes_of(self, brand: Brand) -> dict[str, str]:
        """Return the attributes of all end users in a brand's customer profile."""
        bundle = self.bundles.get(brand.profile_sid)
        told: dict[str, str] = {}
        for entity in self.entities_of(bundle) if bundle else ():
            told.update(entity.attributes)
        return told

    def clear(self) -> None:
        """Delete everything except the primary customer profile."""
        for each in (self.bundles, self.entities, self.addresses, self.brands, self.campaigns):
            each.clear()
        self.sinks.clear()
        self.subscriptions.clear()
        self._ensure_primary()

    def _ensure_primary(self) -> None:
        if PRIMARY_SID in self.bundles:
            return
        at = now_ms()
        writes: list[Write] = []
        primary = Bundle(
            PRIMARY_SID,
            self._master_sid,
            "CustomerProfiles",
            "Simulated platform",
            "platform@example.com",
            PRIMARY_POLICY,
            at,
            at,
            "twilio-approved",
        )
        self.bundles.put(writes, PRIMARY_SID, primary)
        self._store.write_now(writes)
