"""Build the use case that decides who may open a live stream. Two processes use it."""

from servicekit.db.database import Database
from services.gateway.domain.stream_tickets import TicketCodec
from services.gateway.settings import GatewaySettings, StreamSettings
from services.gateway.storage.stream_access import SessionRules
from services.gateway.usecases.open_stream import OpenStream


def open_stream_of(database: Database, settings: GatewaySettings | StreamSettings) -> OpenStream:
    """Return the use case ``OpenStream`` with the rules for sessions in ``settings``."""
    rules = SessionRules(settings.session_length(), settings.operator_second_factor)
    return OpenStream(database, TicketCodec(settings.token_keys()), rules)
