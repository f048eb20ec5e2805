"""Every stream and every consumer of the bus, in one place.

The data is in Postgres, and the bus only announces changes quickly. Streams may be lost at any
time; a process that finds a stream missing creates it again from this file. The permissions of each
service are derived from this file as well (``bus.logins``).
"""

from dataclasses import dataclass

from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from servicekit.bus import subjects

_DAY = 24 * 3600.0

# Streams with the retention "limits" remember message ids for their de-duplication window even
# after an acknowledgement; streams with the retention "work queue" forget them. So every consumer
# has an inbox of its own. Messages that every consumer has acknowledged are deleted (``bus.trim``);
# messages that nobody fetches are deleted at the stream's age limit. A full stream refuses
# messages. They are not lost: the publisher has them in Postgres, or asks the provider to send them
# again. The stream JOBS may drop its oldest messages when it is full, because the work that they
# announce is also found in Postgres.
STREAMS: tuple[StreamConfig, ...] = (
    StreamConfig(
        name="WEBHOOKS",
        subjects=["webhook.>"],
        retention=RetentionPolicy.LIMITS,
        max_age=3 * _DAY,
        duplicate_window=120.0,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
    ),
    StreamConfig(
        name="EVENTS",
        subjects=["event.>"],
        retention=RetentionPolicy.LIMITS,
        max_age=3 * _DAY,
        duplicate_window=120.0,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
    ),
    StreamConfig(
        name="JOBS",
        subjects=["job.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        max_age=_DAY,
        duplicate_window=120.0,
        discard=DiscardPolicy.OLD,
        storage=StorageType.FILE,
    ),
)


@dataclass(frozen=True, slots=True)
class Consumer:
    """A durable pull consumer: which process reads which subject.

    Each consumer reads one subject, so that the server can limit a login to that subject. A
    consumer that must read another subject gets another name; otherwise two releases that run at
    the same time would keep changing its subject.

    ``ack_wait`` is the seconds after which an unacknowledged message is delivered again. It must be
    longer than the time to handle a batch. If a process is killed, its messages are delivered again
    only after this time. ``batch`` is how many messages are fetched and handled at once. ``linger``
    is the seconds to wait for more messages after a batch that was not full; one large batch costs
    less than many small ones.
    """

    name: str
    stream: str
    subject: str
    ack_wait: float = 10.0
    batch: int = 100
    linger: float = 0.0

    def config(self) -> ConsumerConfig:
        """Return the configuration of this consumer, for the NATS server.

        Deliveries have no limit there, because the platform counts them itself.
        """
        return ConsumerConfig(
            name=self.name,
            durable_name=self.name,
            filter_subject=self.subject,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self.ack_wait,
            max_deliver=-1,
            max_ack_pending=2000,
        )


# Each event causes a request to Stripe.
BILLING_STRIPE = Consumer("billing-stripe", "WEBHOOKS", subjects.STRIPE_WEBHOOK, batch=10)
BILLING_MEMBERS = Consumer("billing-members", "EVENTS", subjects.MEMBER_REMOVED)
BILLING_NOTICES = Consumer("billing-notices", "EVENTS", subjects.ANY_NOTICE, linger=0.1)
# A message of this subject has up to fifty callbacks.
MESSAGING_STATUS = Consumer(
    "messaging-status", "WEBHOOKS", subjects.TWILIO_STATUS_WEBHOOK, batch=40, linger=0.1
)
MESSAGING_INCOMING = Consumer("messaging-incoming", "WEBHOOKS", subjects.TWILIO_INCOMING_WEBHOOK)
MESSAGING_COMPLIANCE = Consumer(
    "messaging-compliance", "WEBHOOKS", subjects.TWILIO_COMPLIANCE_WEBHOOK
)
# Each event causes a request to Twilio.
MESSAGING_LOW_BALANCE = Consumer(
    "messaging-low-balance", "EVENTS", subjects.LOW_BALANCE, ack_wait=20.0, batch=1
)
MESSAGING_CAMPAIGNS = Consumer("messaging-campaigns", "EVENTS", subjects.CAMPAIGN_CREATED)
# A sender reports every ten seconds that it is still at work.
MESSAGING_SENDERS = Consumer("messaging-senders", "JOBS", "job.send.>", ack_wait=30.0, batch=1)
CAMPAIGNS_MOVED = Consumer("campaigns-moved", "EVENTS", subjects.CAMPAIGN_MOVED, linger=0.25)
CAMPAIGNS_QUIET_HOURS = Consumer("campaigns-quiet-hours", "EVENTS", subjects.QUIET_HOURS_CHANGED)
CAMPAIGNS_MEMBERS = Consumer("campaigns-members", "EVENTS", subjects.MEMBER_REMOVED)
MESSAGING_MEMBERS = Consumer("messaging-members", "EVENTS", subjects.MEMBER_REMOVED)
MESSAGING_MERGES = Consumer(
    "messaging-merges", "EVENTS", subjects.CONTACTS_MERGED, ack_wait=60.0, batch=1
)
CAMPAIGNS_MERGES = Consumer(
    "campaigns-merges", "EVENTS", subjects.CONTACTS_MERGED, ack_wait=60.0, batch=1
)
GATEWAY_AUDIT = Consumer("gateway-audit", "EVENTS", subjects.ANY_AUDIT)
GATEWAY_WEBHOOK_NOTICES = Consumer("gateway-webhook-notices", "EVENTS", subjects.notice("webhooks"))
GATEWAY_SUBACCOUNTS = Consumer("gateway-subaccounts", "EVENTS", subjects.SUBACCOUNT_CREATED)
WEBHOOKS_OUTCOMES = Consumer(
    "webhooks-outcomes", "EVENTS", subjects.ANY_WEBHOOK_HANDLED, linger=0.5
)
WEBHOOKS_DEAD_LETTERS = Consumer("webhooks-dead-letters", "EVENTS", subjects.ANY_DEAD_LETTER)
WEBHOOKS_SPOOLED = Consumer("webhooks-spooled", "WEBHOOKS", subjects.SPOOLED_WEBHOOK)
# Consumers of the types of events that customers' webhook endpoints get, one per publishing
# service.
BILLING_WEBHOOKS = Consumer("billing-webhooks", "EVENTS", subjects.WEBHOOK_SUBSCRIBED)
CAMPAIGNS_WEBHOOKS = Consumer("campaigns-webhooks", "EVENTS", subjects.WEBHOOK_SUBSCRIBED)
CONTACTS_WEBHOOKS = Consumer("contacts-webhooks", "EVENTS", subjects.WEBHOOK_SUBSCRIBED)
MESSAGING_WEBHOOKS = Consumer("messaging-webhooks", "EVENTS", subjects.WEBHOOK_SUBSCRIBED)
# A message has many events, and each becomes a row and a delivery to each endpoint.
DELIVERY_EVENTS = Consumer(
    "delivery-events", "EVENTS", subjects.ANY_CUSTOMER_EVENTS, ack_wait=60.0, batch=20
)
