"""The parts of a running simulator."""

from dataclasses import dataclass

from simulator import clock
from simulator.exchanges import Exchanges
from simulator.faults import Faults
from simulator.outbound import Outbound
from simulator.postmark.mail import Postmark
from simulator.settings import Behaviour, Settings
from simulator.store import Store
from simulator.stripe.events import Events
from simulator.stripe.payments import Payments
from simulator.stripe.reversals import Reversals
from simulator.stripe.state import Stripe
from simulator.twilio.a2p.reviews import Reviews
from simulator.twilio.inbound import Inbound
from simulator.twilio.lifecycle import Lifecycle
from simulator.twilio.state import Twilio


@dataclass(frozen=True, slots=True)
class Simulation:
    """The parts of the simulator that the control API and the web pages show and change."""

    settings: Settings
    store: Store
    faults: Faults
    exchanges: Exchanges
    outbound: Outbound
    twilio: Twilio
    lifecycle: Lifecycle
    inbound: Inbound
    reviews: Reviews
    stripe: Stripe
    events: Events
    payments: Payments
    reversals: Reversals
    postmark: Postmark

    @property
    def behaviour(self) -> Behaviour:
        """How carriers and accounts behave now."""
        return self.twilio.behaviour

    def behave(self, behaviour: Behaviour) -> None:
        """Set how carriers and accounts behave from now on."""
        self.twilio.behaviour = behaviour
        self.stripe.behaviour = behaviour
        self.exchanges.keep(behaviour.keep_exchanges)
        clock.set_ahead(behaviour.clock_ahead_ms)

    def reset(self) -> None:
        """Delete everything except the master account, also the recorded requests and messages."""
        self.faults.clear()
        self.outbound.clear()
        self.lifecycle.clear()
        self.store.clear()
        self.twilio.clear()
        self.stripe.clear()
        self.postmark.clear()
