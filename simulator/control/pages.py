"""The overview page, and the routes of all web pages."""

from html import escape

from aiohttp import web

from simulator.control import phones
from simulator.control.fault_pages import FaultPages
from simulator.control.mail_pages import MailPages, mail_table
from simulator.control.payment_pages import PaymentPages, session_table
from simulator.control.phone_pages import PhonePages, phone_table, status_text
from simulator.control.registrations import Registrations
from simulator.html import link, live, page, section, table
from simulator.simulation import Simulation
from simulator.twilio.models import Message

SHOWN = 10
UNHAPPY = ("failed", "undelivered")


class Pages:
    """The web pages for people.

    Args:
        simulation: The simulator that the pages show.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def mount(self, app: web.Application) -> None:
        """Register the routes of all pages with the application."""
        app.router.add_get("/", self.overview)
        PhonePages(self._sim).mount(app)
        PaymentPages(self._sim).mount(app)
        MailPages(self._sim).mount(app)
        Registrations(self._sim).mount(app)
        FaultPages(self._sim).mount(app)

    async def overview(self, request: web.Request) -> web.StreamResponse:
        """Show counts and the latest texts, payments and mails."""
        sim = self._sim
        sessions = sim.stripe.all("cs")[::-1][:SHOWN]
        return page(
            "Provider simulator",
            live(
                self._tiles(),
                section("Last messages", _message_table(phones.recent(sim.store, SHOWN))),
                section("Phones", phone_table(phones.latest(sim.store, SHOWN))),
                section("Checkout sessions", session_table(sessions)),
                section("Mail", mail_table(sim.postmark.outbox()[:SHOWN])),
            ),
        )

    def _tiles(self) -> str:
        sim, statuses = self._sim, phones.by_status(self._sim.store)
        tiles = {
            "messages": sum(statuses.values()),
            "delivered": statuses.get("delivered", 0),
            "failed or undelivered": sum(statuses.get(status, 0) for status in UNHAPPY),
            "in progress": len(sim.lifecycle.live),
            "received": statuses.get("received", 0),
            "callbacks waiting": sim.outbound.pending,
            "faults set": len(sim.faults.active),
        }
        shown = "".join(
            f'<div><strong>{count:,}</strong><span class="soft">{escape(name)}</span></div>'
            for name, count in tiles.items()
        )
        return f'<div class="tiles">{shown}</div>'


def _message_table(messages: list[Message]) -> str:
    rows = [
        (
            link(f"/phones/{message.from_number}", message.from_number or "")
            if message.direction == "inbound"
            else escape(message.from_number or "a service's number"),
            escape(message.to_number)
            if message.direction == "inbound"
            else link(f"/phones/{message.to_number}", message.to_number),
            escape(message.body),
            status_text(message),
        )
        for message in messages
    ]
    return table(("From", "To", "Text", "Status"), rows, "Nothing has been sent yet.")
