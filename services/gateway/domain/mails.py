"""The mails that identity sends: their words, in text and in HTML, and what templates are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from servicekit.mail import Mail

PASSWORD_RESET = "password_reset"  # noqa: S105 (a kind of mail)
EMAIL_VERIFICATION = "email_verification"
INVITATION = "invitation"
SIGN_IN_GUESSES = "sign_in_guesses"
MEMBER_REMOVED = "member_removed"
MEMBER_DEMOTED = "member_demoted"
ALERTS = frozenset({SIGN_IN_GUESSES, MEMBER_REMOVED, MEMBER_DEMOTED})
"""Kinds that tell a user what happened; their links carry no token."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail of one kind says. ``path`` is the page of the console that the link opens.

    ``{org_name}`` and ``{member}``, the address of the member it is about, are filled in.
    """

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
    SIGN_IN_GUESSES: Letter(
        "Somebody is guessing your SMSBlaster password",
        "There were many wrong passwords for your account. For a while it can be signed in to only "
        "from networks where you have signed in before. You stay signed in where you are.",
        "Set a new password",
        "/forgot-password",
        "If you can't sign in, set a new password: that also lets you in. Otherwise you need do "
        "nothing, unless your password is easy to guess or used elsewhere.",
    ),
    MEMBER_REMOVED: Letter(
        "{member} no longer has access to {org_name}",
        "{member} was removed from {org_name}. Their API keys and open invitations were revoked. "
        "Campaigns that they had scheduled are drafts again, and those that were running are "
        "paused.",
        "Review the campaigns",
        "/campaigns",
        "Whoever schedules, starts or resumes such a campaign takes it over and pays for it.",
    ),
    MEMBER_DEMOTED: Letter(
        "{member} has a lower role in {org_name}",
        "The role of {member} in {org_name} was lowered. API keys and open invitations that the "
        "new role does not allow were revoked.",
        "Review the members",
        "/settings/members",
        "Invite the people again who are still to join.",
    ),
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a mail goes to, and what fills it in. ``member`` is empty where it is about nobody."""

    to: str
    org_name: str
    member: str = ""


def compose(kind: str, addressee: Addressee, app_url: str, token: str, reference: str) -> Mail:
    """The mail of this kind, with a link into the app at ``app_url``.

    ``token`` goes into the link, unless it is empty. ``reference`` is our own id of the mail.
    """
    letter = _LETTERS[kind]
    names = {"org_name": " ".join(addressee.org_name.split()), "member": addressee.member}
    link = f"{app_url.rstrip('/')}{letter.path}"
    if token:
        link += f"?{urlencode({'token': token})}"
    opening = letter.opening.format(**names)
    html = (
        f"<p>{escape(opening)}</p>"
        f'<p><a href="{escape(link)}">{escape(letter.action)}</a></p>'
        f"<p>{escape(letter.closing)}</p>"
    )
    return Mail(
        to=(addressee.to,),
        subject=letter.subject.format(**names),
        text=f"{opening}\n\n{letter.action}: {link}\n\n{letter.closing}\n",
        html=html,
        tag=kind.replace("_", "-"),
        model={"action_url": link, **names},
        reference=reference,
    )
