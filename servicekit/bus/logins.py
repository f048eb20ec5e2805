"""Logins of the bus: each process may use only its own subjects and consumers.

The logins are derived from ``bus.streams``. ``deploy.bus_logins`` writes them into the
server's configuration.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from servicekit.bus import streams, subjects
from servicekit.bus.streams import STREAMS, Consumer

CONSUMERS: tuple[Consumer, ...] = tuple(
    value for value in vars(streams).values() if isinstance(value, Consumer)
)

_API = "$JS.API"


@dataclass(frozen=True, slots=True)
class Login:
    """What one process may do on the bus.

    Attributes:
        publishes: The subjects on which the process may publish.
        consumers: The consumers that the process may read. It can't read other messages of their
            streams.
        keeps_streams: Whether the process may also change streams and delete acknowledged messages.
        hears: The subjects to which the process may subscribe without a consumer.
    """

    name: str
    publishes: Sequence[str]
    consumers: Sequence[Consumer] = ()
    keeps_streams: bool = False
    hears: Sequence[str] = ()

    @property
    def inbox(self) -> str:
        """The prefix of the subjects on which this process gets responses to its requests.

        No other process can read them.
        """
        return inbox_of(self.name)

    @property
    def may_publish(self) -> Sequence[str]:
        """All subjects on which the process can publish, including requests to JetStream."""
        return [*self.publishes, *self._requests()]

    @property
    def may_subscribe(self) -> Sequence[str]:
        """All subjects to which the process can subscribe, including responses to its requests."""
        return [f"{self.inbox}.>", *self.hears]

    def _requests(self) -> Iterator[str]:
        for stream in STREAMS:
            yield f"{_API}.STREAM.INFO.{stream.name}"
            yield f"{_API}.STREAM.CREATE.{stream.name}"
            if self.keeps_streams:
                yield f"{_API}.STREAM.UPDATE.{stream.name}"
                yield f"{_API}.STREAM.PURGE.{stream.name}"
                yield f"{_API}.CONSUMER.LIST.{stream.name}"
        for consumer in self.consumers:
            place = f"{consumer.stream}.{consumer.name}"
            # A consumer that is created by such a request can read this subject and no other.
            yield f"{_API}.CONSUMER.CREATE.{place}.{consumer.subject}"
            yield f"{_API}.CONSUMER.INFO.{place}"
            yield f"{_API}.CONSUMER.MSG.NEXT.{place}"
            yield f"$JS.ACK.{place}.>"


def inbox_of(login: str) -> str:
    """Return the prefix of the subjects on which the login gets responses to its requests."""
    return f"_INBOX_{login}"


KEEPER = "messaging"
"""The login that may change streams: messaging's, because messaging depends on the streams most."""

LOGINS = (
    Login(
        "gateway",
        ["event.gateway.>", subjects.ANY_HINTS],
        [streams.GATEWAY_AUDIT, streams.GATEWAY_SUBACCOUNTS, streams.GATEWAY_WEBHOOK_NOTICES],
    ),
    Login("stream", [], hears=[subjects.ANY_HINTS]),
    Login(
        "billing",
        ["event.billing.>", subjects.ANY_HINTS],
        [
            streams.BILLING_STRIPE,
            streams.BILLING_MEMBERS,
            streams.BILLING_NOTICES,
            streams.BILLING_WEBHOOKS,
        ],
    ),
    Login("contacts", ["event.contacts.>", subjects.ANY_HINTS], [streams.CONTACTS_WEBHOOKS]),
    Login(
        KEEPER,
        ["event.messaging.>", "job.send.*", subjects.ANY_HINTS],
        [
            streams.MESSAGING_STATUS,
            streams.MESSAGING_INCOMING,
            streams.MESSAGING_COMPLIANCE,
            streams.MESSAGING_LOW_BALANCE,
            streams.MESSAGING_CAMPAIGNS,
            streams.MESSAGING_MEMBERS,
            streams.MESSAGING_MERGES,
            streams.MESSAGING_WEBHOOKS,
        ],
        keeps_streams=True,
    ),
    # This process shares messaging's outbox.
    Login(
        "sender",
        ["event.messaging.>", "job.send.*", subjects.ANY_HINTS],
        [streams.MESSAGING_SENDERS],
    ),
    Login(
        "campaigns",
        ["event.campaigns.>", subjects.ANY_HINTS],
        [
            streams.CAMPAIGNS_MOVED,
            streams.CAMPAIGNS_QUIET_HOURS,
            streams.CAMPAIGNS_MEMBERS,
            streams.CAMPAIGNS_MERGES,
            streams.CAMPAIGNS_WEBHOOKS,
        ],
    ),
    Login(
        "webhooks",
        # Operators replay dead letters through it: it publishes again what a consumer could not
        # handle.
        [
            "webhook.>",
            "event.webhooks.>",
            subjects.ANY_HINTS,
            *(consumer.subject for consumer in CONSUMERS),
        ],
        [streams.WEBHOOKS_OUTCOMES, streams.WEBHOOKS_DEAD_LETTERS, streams.WEBHOOKS_SPOOLED],
    ),
    # It shares the webhooks service's outbox.
    Login(
        "delivery",
        ["event.webhooks.>", subjects.ANY_HINTS],
        [streams.DELIVERY_EVENTS],
    ),
)
