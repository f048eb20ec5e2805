"""Pages that show the mails which the simulated Postmark has accepted."""

from html import escape

from aiohttp import web

from simulator.html import link, live, page, section, table
from simulator.postmark.mail import Json
from simulator.simulation import Simulation

_LINKS_ONLY = "allow-top-navigation-by-user-activation"
_FRAME = "width:100%;height:14rem;border:0;border-radius:7px;background:#fff;color-scheme:light"
# A link of a mail replaces the whole page, not only the frame.
_OPENED_HERE = '<base target="_top">'


class MailPages:
    """Pages of accepted mails, under `/outbox`.

    Args:
        simulation: The simulator whose mails the pages show.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def mount(self, app: web.Application) -> None:
        """Register the routes of `/outbox` with the application."""
        app.router.add_get("/outbox", self.listing)
        app.router.add_get("/outbox/{id}", self.show)

    async def listing(self, request: web.Request) -> web.StreamResponse:
        """Show all mails, newest first."""
        return page("Mail", section("Mail", live(mail_table(self._sim.postmark.outbox()))))

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show one mail. Scripts in its HTML do not run."""
        mail = self._sim.postmark.find(request.match_info["id"])
        if mail is None:
            return page("Mail", section("There is no such mail."), status=404)
        html_body = ""
        if mail["HtmlBody"]:
            html_body = (
                f'<iframe title="The mail" sandbox="{_LINKS_ONLY}" style="{_FRAME}" '
                f'srcdoc="{escape(_OPENED_HERE + mail["HtmlBody"])}"></iframe>'
            )
        return page(
            mail["Subject"],
            section(
                mail["Subject"],
                f'<p class="soft">From {escape(mail["From"])} to ',
                f"{escape(', '.join(mail['Recipients']))}, {_time(mail)} UTC</p>",
                html_body,
            ),
            section("As plain text", f"<pre>{_linked(mail['TextBody'])}</pre>"),
        )


def mail_table(mails: list[Json]) -> str:
    """Return a table of mails with links to their pages."""
    rows = [
        (
            link(f"/outbox/{mail['MessageID']}", mail["Subject"] or "(no subject)"),
            escape(", ".join(mail["Recipients"])),
            _time(mail),
        )
        for mail in mails
    ]
    return table(("Subject", "To", "Sent (UTC)"), rows, "No mail has been sent yet.")


def _time(mail: Json) -> str:
    return escape(mail["ReceivedAt"][:19].replace("T", " "))


def _linked(text: str) -> str:
    """Return the text of a mail, with its web addresses as links."""
    words = escape(text).split(" ")
    return " ".join(_line_links(word) for word in words)


def _line_links(word: str) -> str:
    lines = [
        f'<a href="{line}">{line}</a>' if line.startswith(("http://", "https://")) else line
        for line in word.split("\n")
    ]
    return "\n".join(lines)
