"""Pages that show payments, and buttons to refund and dispute them."""

from html import escape

from aiohttp import web

from simulator.html import back_to, button, link, live, money, page, section, table
from simulator.simulation import Simulation
from simulator.stripe.errors import StripeError
from simulator.stripe.forms import Json

LISTED = 100


class PaymentPages:
    """Pages under `/payments`.

    Args:
        simulation: The simulator whose payments the pages show.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def mount(self, app: web.Application) -> None:
        """Register the routes of `/payments` with the application."""
        app.router.add_get("/payments", self.listing)
        app.router.add_post("/payments", self.act)

    async def listing(self, request: web.Request) -> web.StreamResponse:
        """Show sessions, payments, disputes and events."""
        stripe = self._sim.stripe
        disputes = table(
            ("Dispute", "Amount", "Status", ""),
            [_dispute_row(dispute) for dispute in stripe.all("dp")[::-1][:LISTED]],
            "No disputes.",
        )
        events = table(
            ("Event", "Type", "Taken", ""),
            [_event_row(event) for event in stripe.all("evt")[::-1][:LISTED]],
            "No events yet.",
        )
        sessions = stripe.all("cs")[::-1][:LISTED]
        return page(
            "Payments",
            live(
                section("Checkout sessions", session_table(sessions)),
                section("Payments", self._payment_table()),
                section("Disputes", disputes),
                section("Events", events),
            ),
        )

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Carry out the action of the button that was pressed."""
        form = await request.post()
        key = str(form.get("id", ""))
        try:
            await self._do(str(form.get("action", "")), key)
        except StripeError as error:
            return page("Payments", section("That did not work", escape(error.message)))
        return back_to("/payments")

    async def _do(self, action: str, key: str) -> None:
        payments, reversals = self._sim.payments, self._sim.reversals
        if action == "refund":
            await reversals.refund_payment(key, None)
        elif action == "dispute":
            await reversals.dispute_payment(key, None, "fraudulent")
        elif action in ("won", "lost"):
            await reversals.close_dispute(key, action)
        elif action in ("arrive", "fail"):
            await payments.settle(key, failed=action == "fail")
        elif action == "resend":
            self._sim.events.resend(key)

    def _payment_table(self) -> str:
        rows = [_payment_row(payment) for payment in self._sim.stripe.money_view()[::-1][:LISTED]]
        return table(("Payment", "Amount", "Status", "Refunded", ""), rows, "Nobody has paid yet.")


def session_table(sessions: list[Json]) -> str:
    """Return a table of sessions with links to their pages."""
    rows = [
        (
            link(f"/checkout/{session['id']}", session["id"]),
            money(session["amount_total"], session["currency"]),
            escape(f"{session['status']}, {session['payment_status']}"),
        )
        for session in sessions
    ]
    return table(("Session", "Amount", "Status"), rows, "No checkout has been opened yet.")


def _payment_row(payment: Json) -> tuple[str, ...]:
    key, actions = payment["payment_intent"], ""
    if payment["status"] == "processing":
        session = payment["checkout_session"] or ""
        actions = button("/payments", "Money arrives", action="arrive", id=session)
        actions += button("/payments", "Payment fails", action="fail", id=session)
    elif payment["amount_received"] > payment["amount_refunded"]:
        actions = button("/payments", "Refund", action="refund", id=key)
        actions += button("/payments", "Dispute", action="dispute", id=key)
    return (
        escape(key),
        money(payment["amount"], payment["currency"]),
        escape(payment["status"]),
        money(payment["amount_refunded"], payment["currency"]),
        actions,
    )


def _dispute_row(dispute: Json) -> tuple[str, ...]:
    actions = ""
    if dispute["status"] not in ("won", "lost", "warning_closed"):
        actions = button("/payments", "Won", action="won", id=dispute["id"])
        actions += button("/payments", "Lost", action="lost", id=dispute["id"])
    amount = money(dispute["amount"], dispute["currency"])
    return escape(dispute["id"]), amount, escape(dispute["status"]), actions


def _event_row(event: Json) -> tuple[str, ...]:
    taken = "no" if event["pending_webhooks"] else "yes"
    resend = button("/payments", "Send again", action="resend", id=event["id"])
    return escape(event["id"]), escape(event["type"]), taken, resend
