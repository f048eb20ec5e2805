"""Send single texts, see what they cost and what became of them."""

import datetime as dt
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from uuid import UUID

import click

from smsblaster.cli.options import MOMENT, key_option, pairs, text_of
from smsblaster.cli.session import Session, json_option, pass_session, print_json
from smsblaster.cli.words import count, money, time
from smsblaster.generated.models.message_status_input import (
    MESSAGE_STATUS_INPUT_VALUES,
    MessageStatusInput,
)

_STATUS = click.Choice(sorted(MESSAGE_STATUS_INPUT_VALUES))


@click.command()
@click.argument("to")
@click.argument("message", required=False)
@click.option("--template", type=click.UUID, help="The id of a template instead of a message.")
@click.option(
    "--var", "variables", multiple=True, metavar="NAME=VALUE", help="A placeholder's value."
)
@click.option("--from", "from_", metavar="NUMBER", help="One of your numbers. Default: any.")
@click.option("--reference", help="Your own reference, to find the message later.")
@click.option("--media", multiple=True, metavar="URL", help="A picture to send along.")
@click.option("--at", type=MOMENT, help="When to send it, such as 2026-02-03T16:30. Default: now.")
@click.option("--valid-for", type=int, metavar="SECONDS", help="Don't send it later than this.")
@key_option
@json_option
@pass_session
def send(
    session: Session,
    to: str,
    message: str | None,
    template: UUID | None,
    variables: Sequence[str],
    from_: str | None,
    reference: str | None,
    media: Sequence[str],
    at: dt.datetime | None,
    valid_for: int | None,
    key: str | None,
) -> None:
    r"""Send MESSAGE to the phone number TO. It is charged at once.

    A dash as MESSAGE reads it from the standard input.

    \b
    Examples:
      smsblaster send "+1 415 555 0142" "Your order is ready." --reference order-7
      smsblaster send +14155550142 --template 0192f0c1-... --var firstName=Ada
    """
    sent = session.client.messages.send(
        to,
        text_of(message),
        template_id=template,
        variables=pairs(variables, "--var") or None,
        from_=from_,
        reference=reference,
        media_urls=media or None,
        send_at=at,
        valid_for=valid_for,
        idempotency_key=key,
    )
    when = f"Will be sent at {time(sent.send_at)}" if sent.send_at else "Sent"
    size = f"{count(sent.segments, 'segment')}, {money(sent.price_cents)}"
    session.result(sent, f"{when} to {sent.to}: {size}. Id: {sent.id}")


@click.command()
@click.argument("message", required=False)
@click.option("--to", "numbers", multiple=True, metavar="NUMBER", help="A recipient.")
@click.option("--country", "countries", multiple=True, metavar="CODE", help="Such as US.")
@click.option("--template", type=click.UUID, help="The id of a template instead of a message.")
@click.option(
    "--var", "variables", multiple=True, metavar="NAME=VALUE", help="A placeholder's value."
)
@json_option
@pass_session
def quote(
    session: Session,
    message: str | None,
    numbers: Sequence[str],
    countries: Sequence[str],
    template: UUID | None,
    variables: Sequence[str],
) -> None:
    r"""Show how long MESSAGE is and what it costs. Nothing is sent.

    \b
    Example:
      smsblaster quote "Doors open at seven." --country US --country GB
    """
    found = session.client.messages.quote(
        text_of(message),
        numbers=numbers or None,
        countries=countries or None,
        template_id=template,
        variables=pairs(variables, "--var") or None,
    )
    if session.as_json:
        print_json(found.to_dict())
        return
    session.say(f"{count(found.segments, 'segment')} ({found.encoding}, {found.units} characters)")
    for place in found.destinations:
        price = money(place.min_price_cents)
        session.say(
            f"  {place.country}: {price} for each of {count(place.recipients, 'recipient')}"
        )
    for refusal in found.refusals:
        session.say(f"  not {refusal.to}: {refusal.message}")
    for char in found.forcing_characters:
        session.say(f"  {char.character!r} makes the text longer")
    covers = "covers it" if found.balance_covers else "does NOT cover it"
    session.say(
        f"Total: {money(found.total_cents)}. The balance of {money(found.balance_cents)} {covers}."
    )


@click.command()
@click.option("--limit", default=20, show_default=True, help="How many messages to show.")
@click.option("--status", type=_STATUS, help="Only messages with this status.")
@click.option("--reference", help="Only messages with this reference.")
@click.option("--campaign", type=click.UUID, help="Only messages of this campaign.")
@click.option("--from", "from_", type=MOMENT, help="Only messages since this time.")
@click.option("--to", type=MOMENT, help="Only messages before this time.")
@click.option("--export", "file", type=Path, metavar="FILE", help="Save all of them as CSV.")
@json_option
@pass_session
def history(
    session: Session,
    limit: int,
    status: MessageStatusInput | None,
    reference: str | None,
    campaign: UUID | None,
    from_: dt.datetime | None,
    to: dt.datetime | None,
    file: Path | None,
) -> None:
    """List the messages that you have sent, newest first, or save them as a file."""
    records = session.client.history
    if file is not None:
        saved = records.export_csv(
            file, status=status, reference=reference, campaign_id=campaign, from_=from_, to=to
        )
        if session.as_json:
            print_json({"file": str(saved)})
        else:
            session.say(f"Saved as {saved}.")
        return
    found = records.list(
        status=status, reference=reference, campaign_id=campaign, from_=from_, to=to
    )
    columns = {
        "time": lambda message: time(message.created_at),
        "to": lambda message: message.to,
        "status": lambda message: message.status,
        "price": lambda message: money(message.price_cents),
        "message": lambda message: message.message,
        "error": lambda message: message.error_title or "",
        "id": lambda message: message.id,
    }
    session.rows(islice(found, limit), columns, "There are no such messages.")
