"""Serve ``StreamService``: tickets for the live stream."""

from servicekit.identity import current
from servicekit.rpc.server import Context
from services.gateway.domain import clients
from services.gateway.usecases.open_stream import OpenStream
from smsblaster.stream.v1 import stream_pb2, stream_pb2_grpc


class StreamService(stream_pb2_grpc.StreamServiceServicer):
    """Implements ``stream/v1/stream.proto``. ``url`` is the public URL of the live stream."""

    def __init__(self, open_stream: OpenStream, url: str) -> None:
        self._open_stream = open_stream
        self._url = url

    async def CreateTicket(
        self, request: stream_pb2.CreateTicketRequest, context: Context
    ) -> stream_pb2.Ticket:
        """Create a ticket that opens one live stream of the caller's session."""
        text, expires_at = await self._open_stream.create_ticket(
            current(), clients.current().session_id
        )
        ticket = stream_pb2.Ticket(url=self._url, ticket=text)
        ticket.expires_at.FromDatetime(expires_at)
        return ticket
