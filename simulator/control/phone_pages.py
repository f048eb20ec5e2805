"""Web pages that act as people's phones: they show a conversation, and send texts."""

from datetime import UTC, datetime
from html import escape

from aiohttp import web

from simulator.control import phones
from simulator.control.phones import Phone
from simulator.html import back_to, link, live, page, section, table
from simulator.simulation import Simulation
from simulator.twilio.inbound import Text
from simulator.twilio.models import Message
from simulator.twilio.phones import normalize

LISTED = 100


class PhonePages:
    """Pages under `/phones`.

    Args:
        simulation: The simulator whose messages the pages show.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def mount(self, app: web.Application) -> None:
        """Register the routes of `/phones` with the application."""
        app.router.add_get("/phones", self.listing)
        app.router.add_post("/phones", self.open)
        app.router.add_get("/phones/{number}", self.show)
        app.router.add_post("/phones/{number}", self.text)

    async def listing(self, request: web.Request) -> web.StreamResponse:
        """Show the phones with the latest texts, and a form to open any other phone."""
        return page(
            "Phones",
            section("Phones", live(phone_table(phones.latest(self._sim.store, LISTED)))),
            section(
                "Open another phone",
                '<form method="post"><label for="number">Phone number</label>',
                '<input id="number" name="number" placeholder="+1 212 555 0123" required>',
                '<div class="row"><button>Open</button></div></form>',
            ),
        )

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Open the page of the phone whose number was typed."""
        number = normalize(str((await request.post()).get("number", "")))
        return back_to(f"/phones/{number}" if number else "/phones")

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show one phone: the conversation, and a form to text back."""
        number = request.match_info["number"]
        talk = phones.conversation(self._sim.store, number)
        bubbles = "".join(_bubble(message) for message in talk)
        nothing = '<p class="soft">No texts yet.</p>'
        return page(
            f"Phone {number}",
            section(f"Phone {number}", live(f'<div class="talk">{bubbles or nothing}</div>')),
            section("Text back", self._form(_last_partner(talk))),
        )

    async def text(self, request: web.Request) -> web.StreamResponse:
        """Send the typed text from the phone that this page shows."""
        number, form = request.match_info["number"], await request.post()
        to_number = str(form.get("to", ""))
        if to_number in self._sim.twilio.owned:
            await self._sim.inbound.receive(Text(number, to_number, str(form.get("body", ""))))
        return back_to(f"/phones/{number}")

    def _form(self, partner: str | None) -> str:
        numbers = sorted(self._sim.twilio.owned)
        if not numbers:
            return '<p class="soft">No account has bought a number yet.</p>'
        options = "".join(
            f"<option{' selected' if number == partner else ''}>{escape(number)}</option>"
            for number in numbers
        )
        return (
            f'<form method="post"><label for="to">To</label><select id="to" name="to">{options}'
            '</select><label for="body">Text</label>'
            '<input id="body" name="body" placeholder="STOP, HELP, or anything" required autofocus>'
            '<div class="row"><button class="main">Send</button></div></form>'
        )


def phone_table(found: list[Phone]) -> str:
    """Return a table of phones with links to their conversations."""
    rows = [(link(f"/phones/{phone.number}", phone.number), str(phone.texts)) for phone in found]
    return table(("Number", "Recent texts"), rows, "Nobody has been texted yet.")


def status_text(message: Message) -> str:
    """Return a message's status, coloured, with its error code."""
    kind = {"delivered": "good", "failed": "bad", "undelivered": "bad"}.get(message.status, "soft")
    code = f" {message.error_code}" if message.error_code is not None else ""
    return f'<span class="{kind}">{escape(message.status)}{code}</span>'


def _bubble(message: Message) -> str:
    is_mine = message.direction == "inbound"
    partner = message.to_number if is_mine else message.from_number
    media = f" · {len(message.media_urls)} pictures" if message.media_urls else ""
    return (
        f'<p class="{"mine" if is_mine else "theirs"}">{escape(message.body)}'
        f"<small>{'to' if is_mine else 'from'} {escape(partner or 'a service')}{media} · "
        f"{_time(message)} · {status_text(message)}</small></p>"
    )


def _time(message: Message) -> str:
    """Return the time of a text in UTC, in the form that the pages show."""
    sent = datetime.fromtimestamp(message.requested_at // 1000, UTC)
    return f"{sent:%Y-%m-%d %H:%M:%S} UTC"


def _last_partner(talk: list[Message]) -> str | None:
    if not talk:
        return None
    last = talk[-1]
    return last.to_number if last.direction == "inbound" else last.from_number
