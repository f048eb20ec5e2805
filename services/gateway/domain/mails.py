"""The mails that identity sends: their words, in text and in HTML, and what templates are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from servicekit.mail import Mail

PASSWORD_RESET = "password_reset"  # noqa: S105 (a kind of mail)
EMAIL_VERIFICATION = "email_verification"
INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail of one kind says. ``path`` is the page of the console that the link opens."""

    subject: str
    opening: str
    action: str
    path: str
    closing: str


_LETTERS: Mapping[str, Letter] = {
    PASSWORD_RESET: Letter(
        "Reset your SMSBlaster password",
        "Somebody asked for a new password for this address.",
        "Set a new password",
        "/reset",
        "The link works once, within an hour. If it was not you, do nothing: your password stays.",
    ),
    EMAIL_VERIFICATION: Letter(
        "Verify your e-mail address",
        "Please confirm that this is your address.",
        "Verify the address",
        "/verify",
        "The link works once, within two days. If you have no account with us, do nothing.",
    ),
    INVITATION: Letter(
        "You are invited to {org_name} on SMSBlaster",
        "You are invited to join {org_name} on SMSBlaster.",
        "Join",
        "/accept-invitation",
        "The link works once, within seven days. If you expected no invitation, do nothing.",
    ),
}


def compose(kind: str, to: str, org_name: str, app_url: str, token: str, reference: str) -> Mail:
    """The mail of this kind to ``to``, with a link into the app at ``app_url`` with ``token``.

    ``reference`` is our own id of it.
    """
    letter = _LETTERS[kind]
    name = " ".join(org_name.split())
    link = f"{app_url.rstrip('/')}{letter.path}?{urlencode({'token': token})}"
    opening = letter.opening.format(org_name=name)
    html = (
        f"<p>{escape(opening)}</p>"
        f'<p><a href="{escape(link)}">{escape(letter.action)}</a></p>'
        f"<p>{escape(letter.closing)}</p>"
    )
    return Mail(
        to=(to,),
        subject=letter.subject.format(org_name=name),
        text=f"{opening}\n\n{letter.action}: {link}\n\n{letter.closing}\n",
        html=html,
        tag=kind.replace("_", "-"),
        model={"action_url": link, "org_name": name},
        reference=reference,
    )
