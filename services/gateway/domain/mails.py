"""The mails about accounts: their text and HTML, and the values for templates."""

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
"""The kinds of mail that are alerts. Alerts only inform, so their links carry no token."""


@dataclass(frozen=True, slots=True)
class MailText:
    """The text of a kind of mail. `path` is the page that the link opens.

    ``{org_name}`` and ``{member}`` (the address of the member whom it is about) are filled in.
    """

    subject: str
    opening: str
    action: str
    path: str
    closing: str


_TEXTS: Mapping[str, MailText] = {
    PASSWORD_RESET: MailText(
        "Reset your SMSBlaster password",
        "We received a request to reset the password of this account.",
        "Set a new password",
        "/reset",
        "The link works once, within an hour. If you did not ask for it, ignore this email: your "
        "password stays the same.",
    ),
    EMAIL_VERIFICATION: MailText(
        "Verify your email address",
        "Please confirm that this is your email address.",
        "Verify the address",
        "/verify",
        "The link works once, within two days. If you did not sign up, ignore this email.",
    ),
    INVITATION: MailText(
        "You are invited to {org_name} on SMSBlaster",
        "You are invited to join {org_name} on SMSBlaster.",
        "Join",
        "/accept-invitation",
        "The link works once, within seven days. If you did not expect an invitation, ignore this "
        "email.",
    ),
    SIGN_IN_GUESSES: MailText(
        "Someone is guessing your SMSBlaster password",
        "There were many sign-in attempts with a wrong password for your account. For a while, you "
        "can sign in only from networks that you have used before. Your open sessions stay open.",
        "Set a new password",
        "/forgot-password",
        "If you can't sign in, set a new password; then you can sign in again. Otherwise you don't "
        "need to do anything, unless your password is easy to guess or used elsewhere.",
    ),
    MEMBER_REMOVED: MailText(
        "{member} no longer has access to {org_name}",
        "{member} was removed from {org_name}. Their API keys and open invitations were revoked. "
        "Their scheduled campaigns are drafts again, their running campaigns are paused, and their "
        "scheduled texts are held.",
        "Review the campaigns",
        "/campaigns",
        "A member who schedules, starts or resumes one of these takes it over.",
    ),
    MEMBER_DEMOTED: MailText(
        "{member} has a lower role in {org_name}",
        "The role of {member} in {org_name} was lowered. API keys and open invitations that the "
        "new role does not allow were revoked.",
        "Review the members",
        "/settings/members",
        "If people should still join, invite them again.",
    ),
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """The recipient of a mail, and values for its text. `member` is empty if there is none."""

    to: str
    org_name: str
    member: str = ""


def compose(kind: str, addressee: Addressee, app_url: str, token: str, reference: str) -> Mail:
    """Return a mail of this kind with a link into the app.

    Args:
        kind: The kind of mail.
        addressee: The recipient.
        app_url: The base address of the link.
        token: Added to the link, unless it is empty.
        reference: Our own id of the mail.
    """
    words = _TEXTS[kind]
    names = {"org_name": " ".join(addressee.org_name.split()), "member": addressee.member}
    link = f"{app_url.rstrip('/')}{words.path}"
    if token:
        link += f"?{urlencode({'token': token})}"
    opening = words.opening.format(**names)
    html = (
        f"<p>{escape(opening)}</p>"
        f'<p><a href="{escape(link)}">{escape(words.action)}</a></p>'
        f"<p>{escape(words.closing)}</p>"
    )
    return Mail(
        to=(addressee.to,),
        subject=words.subject.format(**names),
        text=f"{opening}\n\n{words.action}: {link}\n\n{words.closing}\n",
        html=html,
        tag=kind.replace("_", "-"),
        model={"action_url": link, **names},
        reference=reference,
    )
