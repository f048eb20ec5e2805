"""Read what people write, and answer them."""

import datetime as dt
import time as clock
from collections.abc import Iterator
from uuid import UUID

import click

from smsblaster import ApiError, Client
from smsblaster.cli.options import key_option, text_of
from smsblaster.cli.session import Session, json_option, pass_session, print_json
from smsblaster.cli.words import time
from smsblaster.generated.models.message import Message

_OVERLAP = dt.timedelta(minutes=2)
"""Messages that were stored a little later than their time says are not missed."""


@click.group()
def inbox() -> None:
    """Read what people write, and answer them."""


@inbox.command()
@click.option("-n", "--lines", default=10, show_default=True, help="How many to show at first.")
@click.option("--follow/--no-follow", default=True, help="Whether to wait for new ones.")
@click.option("--interval", default=3.0, show_default=True, help="Seconds between two looks.")
@json_option
@pass_session
def tail(session: Session, lines: int, follow: bool, interval: float) -> None:
    """Show the latest messages from people, and new ones as they come. Ctrl-C stops it."""
    latest = _latest(session.client, lines)
    for message in reversed(latest[:lines]):
        _show(session, message)
    if not follow:
        return
    for message in _new(session.client, latest, interval):
        _show(session, message)


@inbox.command()
@click.argument("contact")
@click.argument("message")
@key_option
@json_option
@pass_session
def reply(session: Session, contact: str, message: str, key: str | None) -> None:
    """Send MESSAGE to CONTACT, the id or the phone number of a contact.

    It marks the conversation as read. A dash as MESSAGE reads it from the standard input.
    """
    contact_id = _contact_id(session.client, contact)
    sent = session.client.inbox.reply(contact_id, text_of(message) or "", idempotency_key=key)
    session.result(sent, f"Sent to {sent.to}. Id: {sent.id}")


def _latest(client: Client, lines: int) -> list[Message]:
    """Return at least the latest ``lines`` incoming messages, newest first.

    All messages that `_new` will fetch again are returned too, so that `_new` does not take them
    for new ones.
    """
    found: list[Message] = []
    for message in client.messages.list(direction="in"):
        if len(found) >= max(lines, 1) and message.created_at < found[0].created_at - _OVERLAP:
            break
        found.append(message)
    return found


def _new(client: Client, latest: list[Message], interval: float) -> Iterator[Message]:
    """Yield incoming messages that are not among the ``latest`` ones, oldest first, without end."""
    seen = {message.id: message.created_at for message in latest}
    while True:
        clock.sleep(interval)
        since = max(seen.values()) - _OVERLAP if seen else None
        found = list(client.messages.list(direction="in", from_=since))
        yield from (message for message in reversed(found) if message.id not in seen)
        seen = {message.id: message.created_at for message in found} or seen


def _show(session: Session, message: Message) -> None:
    if session.as_json:
        print_json(message.to_dict())
        return
    who = f"{message.from_number} {message.contact_name or ''}".rstrip()
    pictures = f" [{message.media_count} attached]" if message.media_count else ""
    session.say(f"{time(message.created_at)}  {who}: {message.message}{pictures}")


def _contact_id(client: Client, contact: str) -> UUID:
    """Return the id of a contact that was given by its id or phone number.

    Raises:
        ApiError: No contact has this number.
    """
    try:
        return UUID(contact)
    except ValueError:
        digits = "".join(char for char in contact if char.isdigit())
        for found in client.contacts.list(search=f"+{digits}"):
            if found.phone == f"+{digits}":
                return found.id
    raise ApiError("contact_not_found", f"No contact has the phone number {contact}.")
