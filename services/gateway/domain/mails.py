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
PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a kind of mail)
EMAIL_CHANGE_CURRENT = "email_change_current"
EMAIL_CHANGE_NEW = "email_change_new"
SECOND_FACTOR_ON = "second_factor_on"
SECOND_FACTOR_OFF = "second_factor_off"
SECOND_FACTOR_RESET = "second_factor_reset"
SECOND_FACTOR_GUESSES = "second_factor_guesses"
WEBHOOK_FAILING = "webhook_failing"
WEBHOOK_DISABLED = "webhook_disabled"
WEBHOOK_ALERTS = frozenset({WEBHOOK_FAILING, WEBHOOK_DISABLED})
"""Mails to owners about webhook endpoints."""
ALERTS = frozenset(
    {
        SIGN_IN_GUESSES,
        MEMBER_REMOVED,
        MEMBER_DEMOTED,
        PASSWORD_CHANGED,
        SECOND_FACTOR_ON,
        SECOND_FACTOR_OFF,
        SECOND_FACTOR_RESET,
        SECOND_FACTOR_GUESSES,
    }
    | WEBHOOK_ALERTS
)
"""The kinds of mail that are alerts. Alerts only inform, so their links carry no token."""


@dataclass(frozen=True, slots=True)
class MailText:
    """The text of a kind of mail. `path` is the path of the page that its link opens.

    ``{org_name}`` and ``{member}`` are filled in. The latter is the email address of the member
    whom the mail is about.
    """

    subject: str
    opening: str
    action: str
    path: str
    closing: str


_ACCOUNT_TEXTS: Mapping[str, MailText] = {
    PASSWORD_RESET: MailText(
        "Reset your SMSBlaster password",
        "We received a request to reset the password of this account.",
        "Set a new password",
        "/reset",
        "The link works once, within an hour. If you did not ask for a new password, ignore this "
        "email: your password stays the same.",
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
        "Whoever schedules, starts or resumes one of these campaigns or texts takes it over and "
        "pays for it, unless your billing settings say that the organisation pays.",
    ),
    MEMBER_DEMOTED: MailText(
        "{member} has a lower role in {org_name}",
        "The role of {member} in {org_name} was lowered. API keys and open invitations that the "
        "new role does not allow were revoked.",
        "Review the members",
        "/settings/members",
        "If the invited people should still join, invite them again.",
    ),
}
_SECURITY_TEXTS: Mapping[str, MailText] = {
    PASSWORD_CHANGED: MailText(
        "Your SMSBlaster password was changed",
        "The password of your account was changed. All other sessions have ended.",
        "Set a new password",
        "/forgot-password",
        "If you changed your password, you don't need to do anything. If you did not, set a new "
        "password now.",
    ),
    EMAIL_CHANGE_CURRENT: MailText(
        "Confirm the new email address of your SMSBlaster account",
        "Somebody who knows the password of your account wants to sign in with another email "
        "address. The address changes once both addresses have confirmed it.",
        "Confirm the change",
        "/confirm-email",
        "The link works for two days. If you did not ask for this, don't confirm the change, and "
        "set a new password.",
    ),
    EMAIL_CHANGE_NEW: MailText(
        "Confirm your email address for SMSBlaster",
        "You want to sign in to SMSBlaster with this email address. The address changes once both "
        "addresses have confirmed it.",
        "Confirm this address",
        "/confirm-email",
        "The link works for two days. If you did not ask for this, ignore this email.",
    ),
    SECOND_FACTOR_ON: MailText(
        "Two-step sign-in is on",
        "From now on, signing in to your SMSBlaster account needs a code from your authenticator "
        "app. Keep your recovery codes in a safe place.",
        "Review your account",
        "/settings/account",
        "If you did not turn on two-step sign-in, set a new password and ask an admin of your "
        "organisation for help.",
    ),
    SECOND_FACTOR_OFF: MailText(
        "Two-step sign-in is off",
        "Signing in to your SMSBlaster account no longer needs a code.",
        "Review your account",
        "/settings/account",
        "If you did not turn off two-step sign-in, set a new password and turn two-step sign-in on "
        "again.",
    ),
    SECOND_FACTOR_RESET: MailText(
        "Two-step sign-in of your account was reset",
        "An admin of {org_name} or of the platform has turned two-step sign-in off for your "
        "account, and all of its sessions have ended.",
        "Sign in",
        "/sign-in",
        "After you have signed in, set up two-step sign-in again. If you did not ask for the "
        "reset, tell your admin.",
    ),
    SECOND_FACTOR_GUESSES: MailText(
        "Someone knows your SMSBlaster password",
        "There were many sign-in attempts with the right password and a wrong code for your "
        "account. Because the codes were wrong, nobody was signed in.",
        "Set a new password",
        "/forgot-password",
        "If these attempts were yours, wait fifteen minutes and try again.",
    ),
}
_WEBHOOK_TEXTS: Mapping[str, MailText] = {
    WEBHOOK_FAILING: MailText(
        "A webhook endpoint of {org_name} does not answer",
        "All calls of a webhook endpoint have failed for a day. The endpoint will be disabled "
        "unless it answers. Nothing is lost: waiting events are delivered once the endpoint "
        "answers.",
        "See the deliveries",
        "/settings/webhooks",
        "You get this email because you are an owner of {org_name}.",
    ),
    WEBHOOK_DISABLED: MailText(
        "A webhook endpoint of {org_name} was disabled",
        "A webhook endpoint was disabled, because all its calls failed for days or it answered 410 "
        "(gone). The endpoint gets no more events until you enable it.",
        "See the endpoint",
        "/settings/webhooks",
        "You get this email because you are an owner of {org_name}.",
    ),
}
_TEXTS: Mapping[str, MailText] = {**_ACCOUNT_TEXTS, **_SECURITY_TEXTS, **_WEBHOOK_TEXTS}
KINDS = frozenset(_TEXTS)
"""All kinds of mail."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """The recipient of a mail, and values for its text.

    `member` is the email address of the member whom the mail is about, or empty.
    """

    to: str
    org_name: str
    member: str = ""


def compose(kind: str, addressee: Addressee, app_url: str, token: str, reference: str) -> Mail:
    """Return a mail of this kind with a link into the app.

    Args:
        kind: The kind of mail.
        addressee: The recipient.
        app_url: The base URL of the link.
        token: Added to the link, unless it is empty.
        reference: Our own id of the mail.
    """
    words = _TEXTS[kind]
    names = {"org_name": " ".join(addressee.org_name.split()), "member": addressee.member}
    link = f"{app_url.rstrip('/')}{words.path}"
    if token:
        link += f"?{urlencode({'token': token})}"
    opening, closing = words.opening.format(**names), words.closing.format(**names)
    html = (
        f"<p>{escape(opening)}</p>"
        f'<p><a href="{escape(link)}">{escape(words.action)}</a></p>'
        f"<p>{escape(closing)}</p>"
    )
    return Mail(
        to=(addressee.to,),
        subject=words.subject.format(**names),
        text=f"{opening}\n\n{words.action}: {link}\n\n{closing}\n",
        html=html,
        tag=kind.replace("_", "-"),
        model={"action_url": link, **names},
        reference=reference,
    )
