"""The web pages for a payer: the checkout and the receipt."""

from html import escape

from aiohttp import web

from simulator.html import lone_page, money
from simulator.stripe.errors import StripeError
from simulator.stripe.forms import Json
from simulator.stripe.payments import Payments
from simulator.stripe.state import Stripe

DECLINED_CARD = "4000000000000002"
GOOD_CARD = "4242 4242 4242 4242"

_CARDS = "".join(
    f"<li><code>{number}</code> {what}</li>"
    for number, what in {
        "4000 0000 0000 0002": "is declined",
        "4000 0000 0000 9995": "has insufficient funds",
        "4000 0000 0000 0259": "pays, and is disputed",
        "4000 0000 0000 1976": "pays, and gets an inquiry",
        "4000 0000 0000 5126": "pays, and a refund fails later",
        "4000 0000 0000 7726": "pays, and a refund is pending at first",
        "4000 0000 0000 0341": "pays, and is declined later if it is saved",
        "4000 0027 6000 3184": "pays, and needs the payer later if it is saved",
    }.items()
)


class CheckoutPages:
    """Shows a Checkout Session, and lets the payer pay, decline or cancel.

    Args:
        stripe: Contains the sessions.
        payments: Pays the sessions.
    """

    def __init__(self, stripe: Stripe, payments: Payments) -> None:
        self._stripe = stripe
        self._payments = payments

    def mount(self, app: web.Application) -> None:
        """Register the routes of the payer's pages with the application."""
        app.router.add_get("/checkout/{session_id}", self.show)
        app.router.add_post("/checkout/{session_id}", self.decide)
        app.router.add_get("/receipts/{charge_id}", self.receipt)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the page on which the payer pays a session."""
        session = self._stripe.find(request.match_info["session_id"])
        if session is None:
            return _message("There is no such checkout.", 404)
        return self._checkout(session, "")

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """Pay, decline, pay later or cancel. Then send the payer's browser back to the shop."""
        session = self._stripe.find(request.match_info["session_id"])
        if session is None:
            return _message("There is no such checkout.", 404)
        form = await request.post()
        action = str(form.get("action", "pay"))
        if action == "cancel":
            return _return_to(session, session["cancel_url"])
        card = DECLINED_CARD if action == "decline" else str(form.get("card", ""))
        try:
            await self._payments.pay(session["id"], card, later=action == "later")
        except StripeError as error:
            return self._checkout(session, error.message)
        return _return_to(session, session["success_url"])

    async def receipt(self, request: web.Request) -> web.StreamResponse:
        """Show the receipt: the amounts paid and refunded."""
        charge = self._stripe.find(request.match_info["charge_id"])
        if charge is None or charge["object"] != "charge":
            return _message("There is no such receipt.", 404)
        currency, card = charge["currency"], charge["payment_method_details"]["card"]
        refunded = ""
        if charge["amount_refunded"]:
            refunded = f"<p>Refunded: {money(charge['amount_refunded'], currency)}</p>"
        return lone_page(
            "Receipt",
            "<section><h1>Receipt</h1>",
            f'<p class="amount">{money(charge["amount"], currency)}</p>',
            f"<p>{escape(charge['description'] or 'Payment')}</p>{refunded}",
            f'<p class="soft">Card ending in {escape(card["last4"])}<br>{escape(charge["id"])}</p>',
            "</section>",
        )

    def _checkout(self, session: Json, problem: str) -> web.Response:
        if session["status"] != "open":
            return _message(f"This checkout is {session['status']}.", 200)
        notice = f'<p class="notice bad">{escape(problem)}</p>' if problem else ""
        items = self._stripe.private_of(session["id"]).get("line_items", [])
        names = ", ".join(f"{item['name']} × {item['quantity']}" for item in items)  # noqa: RUF001
        return lone_page(
            "Checkout",
            f'<section><p class="soft">{escape(names)}</p>',
            f'<p class="amount">{money(session["amount_total"], session["currency"])}</p>{notice}',
            '<form method="post"><label for="card">Card number</label>',
            f'<input id="card" name="card" inputmode="numeric" value="{GOOD_CARD}">',
            '<div class="row"><button class="main" name="action" value="pay">Pay</button>',
            '<button name="action" value="decline">Decline</button>',
            '<button name="action" value="later">Pay later</button>',
            '<button name="action" value="cancel" formnovalidate>Cancel</button></div></form>',
            '<p class="soft">Simulated payment: no money moves.</p></section>',
            f"<details><summary>Other test cards</summary><ul>{_CARDS}</ul></details>",
        )


def _return_to(session: Json, address: str | None) -> web.Response:
    if not address:
        return _message("Done. You can close this page.", 200)
    target = address.replace("{CHECKOUT_SESSION_ID}", session["id"])
    return web.Response(status=303, headers={"Location": target})


def _message(text: str, status: int) -> web.Response:
    return lone_page("Checkout", f"<section><h1>{escape(text)}</h1></section>", status=status)
