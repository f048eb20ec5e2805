"""Settings of gRPC connections: dead servers are noticed in seconds, new ones found in a minute."""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
MAX_METADATA_BYTES = 128 * 1024

Options = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How a connection is watched and how it ends, in seconds.

    Attributes:
        quiet: How long the other side may send nothing before it is pinged.
        answer: How long the other side may take to answer the ping. ``quiet`` and ``answer``
            together are less than the deadline of a call, so that there is time to repeat the call
            at another replica.
        age: The age at which a server closes a connection; gRPC varies it by a tenth. Then the
            client resolves the name again and finds new replicas.
        finishing: How long calls on an old connection may continue before gRPC ends them. It must
            be longer than the longest call, an export.
    """

    quiet: float = 5
    answer: float = 3
    age: float = 60
    finishing: float = 2 * 3600

    def of_client(self) -> Options:
        """Return the gRPC options of a client's channel: message sizes, and pings to the server."""
        return [*_SIZES, *self._watched(self.quiet)]

    def of_server(self) -> Options:
        """Return the gRPC options of a server: message sizes, pings, and the age of connections.

        The server allows the pings of its clients.
        """
        return [
            *_SIZES,
            # A server can wait longer, because nobody waits for the calls of a client that is gone.
            *self._watched(2 * self.quiet),
            # By default a client that pings more often than every five minutes is disconnected.
            ("grpc.http2.min_ping_interval_without_data_ms", _milliseconds(self.quiet / 2)),
            ("grpc.max_connection_age_ms", _milliseconds(self.age)),
            ("grpc.max_connection_age_grace_ms", _milliseconds(self.finishing)),
        ]

    def _watched(self, quiet: float) -> Options:
        return [
            ("grpc.keepalive_time_ms", _milliseconds(quiet)),
            ("grpc.keepalive_timeout_ms", _milliseconds(self.answer)),
            # After most calls gRPC sends a ping to measure the connection. Until it is answered, no
            # other ping is sent, and by default gRPC waits a minute for the answer.
            ("grpc.http2.ping_timeout_ms", _milliseconds(self.answer)),
            # A connection without calls is watched too, so that it is not dead when the next call
            # needs it.
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.max_pings_without_data", 0),
        ]


LIFETIMES = Lifetimes()

_SIZES: Options = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
