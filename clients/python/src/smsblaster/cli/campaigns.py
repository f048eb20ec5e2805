"""Create, send, watch and retry campaigns."""

import datetime as dt
from itertools import islice
from uuid import UUID

import click

from smsblaster.cli.options import MOMENT, key_option, stop_unless, text_of
from smsblaster.cli.session import Session, json_option, pass_session, print_json
from smsblaster.cli.watching import follow
from smsblaster.cli.words import count, money, time
from smsblaster.generated.models.campaign_status_input import (
    CAMPAIGN_STATUS_INPUT_VALUES,
    CampaignStatusInput,
)

_STATUS = click.Choice(sorted(CAMPAIGN_STATUS_INPUT_VALUES))
_yes = click.option("--yes", is_flag=True, help="Don't ask.")
_watch = click.option("--watch", is_flag=True, help="Show the progress until it has ended.")


@click.group()
def campaigns() -> None:
    """Create, send and watch campaigns."""


@campaigns.command("list")
@click.option("--status", type=_STATUS, multiple=True, help="Only campaigns with this status.")
@click.option("--search", help="Part of the name.")
@click.option("--limit", default=20, show_default=True, help="How many campaigns to show.")
@json_option
@pass_session
def list_campaigns(
    session: Session, status: tuple[CampaignStatusInput, ...], search: str | None, limit: int
) -> None:
    """List campaigns, newest first."""
    found = session.client.campaigns.list(status=status or None, search=search)
    columns = {
        "name": lambda campaign: campaign.name,
        "status": lambda campaign: campaign.status,
        "list": lambda campaign: campaign.list_name,
        "created": lambda campaign: time(campaign.created_at),
        "id": lambda campaign: campaign.id,
    }
    session.rows(islice(found, limit), columns, "There are no such campaigns.")


@campaigns.command()
@click.argument("name")
@click.option("--list", "list_id", type=click.UUID, required=True, help="The list to text.")
@click.option("--message", help="The text. A dash reads it from the standard input.")
@click.option("--template", type=click.UUID, help="The id of a template instead of a message.")
@click.option("--at", type=MOMENT, help="When to send it. Default: it is a draft.")
@click.option("--reference", help="Your own reference.")
@key_option
@json_option
@pass_session
def create(
    session: Session,
    name: str,
    list_id: UUID,
    message: str | None,
    template: UUID | None,
    at: dt.datetime | None,
    reference: str | None,
    key: str | None,
) -> None:
    r"""Create a campaign called NAME, as a draft or for later.

    \b
    Example:
      smsblaster campaigns create Doors --list 0192f0c1-... --message "Hi {{firstName}}, ..."
    """
    made = session.client.campaigns.create(
        name,
        message=text_of(message),
        template_id=template,
        list_id=list_id,
        schedule_at=at,
        reference=reference,
        idempotency_key=key,
    )
    when = f"It is sent at {time(made.schedule_at)}." if made.schedule_at else "It is a draft."
    session.result(made, f"Created {made.name}. {when} Id: {made.id}")


@campaigns.command()
@click.argument("campaign", type=click.UUID)
@_yes
@_watch
@json_option
@pass_session
def send(session: Session, campaign: UUID, yes: bool, watch: bool) -> int:
    """Start CAMPAIGN, after showing its price.

    Nothing is sent if the price changes between the question and your answer.
    """
    quote = session.client.campaigns.quote(campaign)
    least = "" if quote.complete else "at least "
    session.note(
        f"{least}{count(quote.recipients, 'recipient')}, {least}{money(quote.total_cents)} of "
        f"{money(quote.balance_cents)}; opted out: {quote.opted_out:,}, invalid: {quote.invalid:,}"
    )
    stop_unless(yes, "Send it?")
    started = session.client.campaigns.send(campaign, price_version=quote.price_version)
    if watch:
        return follow(session, campaign)
    session.result(started, f"{started.name} is {started.status}.")
    return 0


@campaigns.command()
@click.argument("campaign", type=click.UUID)
@json_option
@pass_session
def watch(session: Session, campaign: UUID) -> int:
    """Show the progress of CAMPAIGN until it has ended or is paused.

    The exit code is 0 if it is done, else 1. With --json, each change is a line.
    """
    return follow(session, campaign)


@campaigns.command()
@click.argument("campaign", type=click.UUID)
@click.option("--retryable-only", is_flag=True, help="Only where another try may help.")
@click.option("--start", is_flag=True, help="Start it at once. Otherwise it is a draft.")
@key_option
@_yes
@json_option
@pass_session
def retry(
    session: Session,
    campaign: UUID,
    retryable_only: bool,
    start: bool,
    key: str | None,
    yes: bool,
) -> None:
    """Create a campaign for the recipients that CAMPAIGN did not reach."""
    if start:
        stop_unless(yes, "Text these recipients again? They are charged again.")
    made = session.client.campaigns.retry(
        campaign, start=start, retryable_only=retryable_only, idempotency_key=key
    )
    session.result(made, f"Created {made.name}, which is {made.status}. Id: {made.id}")


@campaigns.command()
@click.argument("campaign", type=click.UUID)
@json_option
@pass_session
def errors(session: Session, campaign: UUID) -> None:
    """Show why texts of CAMPAIGN have failed, and what to do."""
    found = session.client.campaigns.errors(campaign)
    if session.as_json:
        for each in found:
            print_json(each.to_dict())
        return
    columns = {
        "count": lambda error: f"{error.count:,}",
        "code": lambda error: error.error_code,
        "reason": lambda error: error.title,
        "retry helps": lambda error: "yes" if error.retryable else "no",
        "what it means": lambda error: error.description,
    }
    session.rows(found, columns, "No text has failed.")
