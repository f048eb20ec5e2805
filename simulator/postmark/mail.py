"""Validate mails as Postmark does, and store them instead of sending them."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses
from typing import Any

import orjson

from simulator.collection import Collection
from simulator.postmark.errors import PostmarkError
from simulator.postmark.templates import Template, render
from simulator.settings import Settings
from simulator.store import Store, Write

MAX_RECIPIENTS = 50
MAX_MESSAGE_BYTES = 10 * 1024 * 1024
MAX_SUBJECT = 2000
STREAMS = ("outbound", "broadcast")
TEST_TOKEN = "POSTMARK_API_TEST"  # noqa: S105 - Postmark's own, public
INACTIVE_DOMAIN = "inactive.example"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that was accepted and stored."""

    message_id: str
    received_at: str
    sender: str
    to: list[str]
    cc: list[str]
    bcc: list[str]
    subject: str
    html_body: str
    text_body: str
    tag: str
    stream: str
    metadata: dict[str, str]

    def view(self) -> Json:
        """Return the mail as `GET /messages/outbound` returns it, with bodies."""
        return {
            "MessageID": self.message_id,
            "ReceivedAt": self.received_at,
            "From": self.sender,
            "To": [{"Email": address, "Name": None} for address in self.to],
            "Cc": [{"Email": address, "Name": None} for address in self.cc],
            "Bcc": [{"Email": address, "Name": None} for address in self.bcc],
            "Recipients": [*self.to, *self.cc, *self.bcc],
            "Subject": self.subject,
            "HtmlBody": self.html_body,
            "TextBody": self.text_body,
            "Tag": self.tag,
            "MessageStream": self.stream,
            "Metadata": self.metadata,
            "Status": "Sent",
        }


class Postmark:
    """The accepted mails and the templates.

    Args:
        settings: Contains the server token that requests need.
        store: The database.
    """

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self._mails = Collection(store, "postmark.mail", Mail)
        self.templates = Collection(store, "postmark.template", Template)

    def outbox(self) -> list[Json]:
        """Return all accepted mails, newest first."""
        return [mail.view() for mail in reversed(list(self._mails))]

    def find(self, message_id: str) -> Json | None:
        """Return the mail with this id, or None."""
        mail = self._mails.get(message_id)
        return mail.view() if mail is not None else None

    def clear(self) -> None:
        """Delete all mails and templates."""
        self._mails.clear()
        self.templates.clear()

    def send(self, writes: list[Write], asked: Json, *, deliver: bool) -> Json:
        """Accept one mail.

        Args:
            writes: The list to which the database write is appended.
            asked: The request's JSON.
            deliver: False for the test token: the mail is checked and not stored.

        Raises:
            PostmarkError: 300 for wrong addresses, subject or bodies; 406 for an inactive
                recipient; 413 above 10 MB; 1235 for an unknown stream.
        """
        mail = _checked(asked)
        if deliver:
            self._mails.put(writes, mail.message_id, mail)
        return {
            "To": ", ".join(mail.to),
            "SubmittedAt": mail.received_at,
            "MessageID": mail.message_id,
            "ErrorCode": 0,
            "Message": "OK",
        }

    def fill_in(self, asked: Json) -> Json:
        """Return a mail made from a template and its model.

        Raises:
            PostmarkError: 1101 if there is no such template, 403 if the model is not an object.
        """
        template = self.template(str(asked.get("TemplateAlias") or asked.get("TemplateId") or ""))
        model = asked.get("TemplateModel") or {}
        if not isinstance(model, dict):
            raise PostmarkError(403, "TemplateModel must be an object.")
        return {
            **asked,
            "Subject": render(template.subject, model),
            "HtmlBody": render(template.html_body, model),
            "TextBody": render(template.text_body, model),
        }

    def template(self, id_or_alias: str) -> Template:
        """Return a template by its id or alias.

        Raises:
            PostmarkError: 1101 if there is none.
        """
        for template in self.templates:
            if id_or_alias in (str(template.template_id), template.alias) and id_or_alias:
                return template
        raise PostmarkError(1101, "The template's TemplateId or Alias is not valid.")


def _checked(asked: Json) -> Mail:
    if len(orjson.dumps(asked)) > MAX_MESSAGE_BYTES:
        raise PostmarkError(413, "The message is larger than 10 MB.", 413)
    to, cc, bcc = (_addresses(asked, field) for field in ("To", "Cc", "Bcc"))
    sender = _addresses(asked, "From")
    _check_addresses(sender, to, [*to, *cc, *bcc])
    if not asked.get("HtmlBody") and not asked.get("TextBody"):
        raise PostmarkError(300, "Provide either email TextBody or HtmlBody or both.")
    if len(asked.get("Subject") or "") > MAX_SUBJECT:
        raise PostmarkError(300, "The 'Subject' is longer than 2000 characters.")
    stream = asked.get("MessageStream") or "outbound"
    if stream not in STREAMS:
        raise PostmarkError(1235, "The 'MessageStream' provided does not exist on this server.")
    return Mail(
        message_id=str(uuid.uuid4()),
        received_at=datetime.now(UTC).isoformat(),
        sender=str(asked["From"]),
        to=to,
        cc=cc,
        bcc=bcc,
        subject=asked.get("Subject") or "",
        html_body=asked.get("HtmlBody") or "",
        text_body=asked.get("TextBody") or "",
        tag=asked.get("Tag") or "",
        stream=stream,
        metadata=asked.get("Metadata") or {},
    )


def _addresses(asked: Json, field: str) -> list[str]:
    """Return the addresses in a comma-separated field, without people's names."""
    given = asked.get(field) or ""
    if not isinstance(given, str):
        raise PostmarkError(403, f"'{field}' must be a string.")
    found = [address for _, address in getaddresses([given])] if given.strip() else []
    for address in found:
        local, at, domain = address.rpartition("@")
        if not at:
            raise PostmarkError(
                300,
                f"Error parsing '{field}': Illegal email address '{address}'."
                " It must contain the '@' symbol.",
            )
        if not local or "." not in domain.strip(".") or " " in address:
            raise PostmarkError(300, f"Invalid '{field}' address: '{address}'.")
    return found


def _check_addresses(sender: list[str], to: list[str], recipients: list[str]) -> None:
    if len(sender) != 1:
        raise PostmarkError(300, "Provide exactly one 'From' address.")
    if not to:
        raise PostmarkError(300, "Zero recipients specified.")
    if len(recipients) > MAX_RECIPIENTS:
        raise PostmarkError(300, "There are more than 50 recipients.")
    inactive = [address for address in recipients if address.endswith("@" + INACTIVE_DOMAIN)]
    if inactive:
        listed = ", ".join(inactive)
        raise PostmarkError(
            406,
            "You tried to send to recipient(s) that have been marked as inactive. "
            f"Found inactive addresses: {listed}.",
        )
