"""Put the parts of the simulator together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from aiohttp import web

from simulator import clock
from simulator.browsers import OwnPagesOnly
from simulator.control.api import ControlApi
from simulator.control.money_back import MoneyBackControl
from simulator.control.pages import Pages
from simulator.control.record import Record
from simulator.edge import Edge, Route
from simulator.exchanges import Exchanges
from simulator.faults import Faults
from simulator.outbound import Outbound
from simulator.postmark import errors as postmark_errors
from simulator.postmark.mail import Postmark
from simulator.postmark.routes import routes as postmark_routes
from simulator.settings import Behaviour, Settings
from simulator.simulation import Simulation
from simulator.store import Store
from simulator.stripe import errors as stripe_errors
from simulator.stripe.events import Events
from simulator.stripe.page import CheckoutPages
from simulator.stripe.payments import Payments
from simulator.stripe.reversals import Reversals
from simulator.stripe.routes import StripeApi
from simulator.stripe.routes import routes as stripe_routes
from simulator.stripe.state import Stripe
from simulator.twilio import errors as twilio_errors
from simulator.twilio import message_rows
from simulator.twilio.a2p.event_streams import Emitter
from simulator.twilio.a2p.reviews import Reviews
from simulator.twilio.callbacks import Callbacks
from simulator.twilio.inbound import Inbound
from simulator.twilio.lifecycle import Lifecycle
from simulator.twilio.messages import Messages
from simulator.twilio.routes import routes as twilio_routes
from simulator.twilio.state import Twilio

MAX_BODY_BYTES = 50 * 1024 * 1024


def build(settings: Settings, behaviour: Behaviour) -> web.Application:
    """Build the whole simulator as an HTTP application.

    Args:
        settings: The state folder, and the credentials that the simulator accepts.
        behaviour: How carriers and accounts behave at start.
    """
    simulation = assemble(settings, behaviour)
    own_pages = OwnPagesOnly(settings)
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[own_pages.refuse_others])
    app.cleanup_ctx.append(_running(simulation))
    messages = Messages(simulation.lifecycle, simulation.faults)
    stripe_api = StripeApi(simulation.payments, simulation.reversals, simulation.events)
    shared = simulation.store, simulation.faults, simulation.exchanges
    for edge, routes in (
        (
            Edge("twilio", twilio_errors.bare_error, *shared),
            twilio_routes(simulation.twilio, messages, simulation.reviews),
        ),
        (
            Edge("stripe", stripe_errors.bare_error, *shared),
            stripe_routes(simulation.stripe, stripe_api),
        ),
        (
            Edge("postmark", postmark_errors.bare_error, *shared),
            postmark_routes(simulation.postmark),
        ),
    ):
        _mount(app, edge, routes)
    ControlApi(simulation, Record(simulation.store)).mount(app)
    MoneyBackControl(simulation.reversals).mount(app)
    CheckoutPages(simulation.stripe, simulation.payments).mount(app)
    Pages(simulation).mount(app)
    return app


def assemble(settings: Settings, behaviour: Behaviour) -> Simulation:
    """Build all parts except the HTTP routes, with their state from the state folder."""
    clock.set_ahead(behaviour.clock_ahead_ms)
    store = Store(settings.state_dir)
    faults = Faults()
    outbound = Outbound(store, faults, settings.callback_concurrency)
    twilio = Twilio(settings, behaviour, store)
    lifecycle = Lifecycle(twilio, Callbacks(twilio, outbound, faults))
    stripe = Stripe(settings, behaviour, store)
    events = Events(stripe, outbound, faults)
    reversals = Reversals(stripe, events)
    return Simulation(
        settings=settings,
        store=store,
        faults=faults,
        exchanges=Exchanges(behaviour.keep_exchanges),
        outbound=outbound,
        twilio=twilio,
        lifecycle=lifecycle,
        inbound=Inbound(twilio, lifecycle, outbound),
        reviews=Reviews(twilio, Emitter(twilio, outbound), outbound),
        stripe=stripe,
        events=events,
        payments=Payments(stripe, events, reversals),
        reversals=reversals,
        postmark=Postmark(settings, store),
    )


def _mount(app: web.Application, edge: Edge, routes: Iterable[Route]) -> None:
    for route in routes:
        app.router.add_route(route.method, route.path, edge.endpoint(route))


def _running(
    simulation: Simulation,
) -> Callable[[web.Application], AsyncIterator[None]]:
    """Return a context that starts the background tasks with the server and stops them with it."""

    async def run(_: web.Application) -> AsyncIterator[None]:
        await simulation.outbound.start()
        for message in message_rows.unfinished(simulation.store):
            simulation.lifecycle.begin(message)
        simulation.events.resume()
        simulation.reversals.resume()
        simulation.reviews.resume()
        tasks = [
            asyncio.create_task(simulation.lifecycle.run()),
            asyncio.create_task(simulation.payments.run()),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await simulation.outbound.stop()
        simulation.store.close()

    return run
