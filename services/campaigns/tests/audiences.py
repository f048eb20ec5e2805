"""Audiences of campaigns and events for tests, built as the service builds them."""

from servicekit.db.database import Database
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.results import Results
from services.campaigns.campaigns.support.audience import Audiences
from services.campaigns.events.support.event_audience import EventAudience


def audiences_of(database: Database, contacts: Contacts, results: Results) -> Audiences:
    """Build `Audiences` that use these clients."""
    return Audiences(database, contacts, results, EventAudience(database, contacts))
