"""Pages that show the outbox."""

from html import escape

from aiohttp import web

from simulator.html import link, live, page, section, table
from simulator.postmark.mail import Json
from simulator.simulation import Simulation


class MailPages:
    """Pages under `/outbox`.

    Args:
        simulation: The simulator whose mails the pages show.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
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
                '<iframe sandbox style="width:100%;min-height:24rem;border:0;background:#fff" '
                f'srcdoc="{escape(mail["HtmlBody"])}"></iframe>'
            )
        return page(
            mail["Subject"],
            section(
                mail["Subject"],
                f'<p class="soft">From {escape(mail["From"])} to ',
                f"{escape(', '.join(mail['Recipients']))}, {escape(mail['ReceivedAt'])}</p>",
                html_body,
                f"<pre>{_linked(mail['TextBody'])}</pre>",
            ),
        )


def mail_table(mails: list[Json]) -> str:
    """Return a table of mails with links to their pages."""
    rows = [
        (
            link(f"/outbox/{mail['MessageID']}", mail["Subject"] or "(no subject)"),
            escape(", ".join(mail["Recipients"])),
            escape(mail["ReceivedAt"][:19].replace("T", " ")),
        )
        for mail in mails
    ]
    return table(("Subject", "To", "Sent (UTC)"), rows, "No mail has been sent yet.")


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
