"""Show the progress of a campaign while it is being sent."""

from uuid import UUID

from rich.progress import BarColumn, Progress, TextColumn

from smsblaster.cli.session import Session, print_json
from smsblaster.cli.words import money
from smsblaster.resources.campaigns import Progress as State

_DONE = "done"


def follow(session: Session, campaign: UUID) -> int:
    """Show the progress of a campaign until it ends or is paused. Returns the exit code.

    On a terminal the progress is a bar, elsewhere a line for each change.
    """
    last: State | None = None
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[counts]}"),
        console=session.err,
        disable=session.as_json or not session.err.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=None, counts="")
        for last in session.client.campaigns.watch(campaign):
            if session.as_json:
                print_json({**last.campaign.to_dict(), "metrics": last.metrics.to_dict()})
            elif bar.disable:
                session.say(f"{last.campaign.status}: {_counts(last)}")
            bar.update(
                task,
                description=last.campaign.status,
                total=last.campaign.list_size,
                completed=last.metrics.recipients,
                counts=_counts(last),
            )
    return _end(session, last)


def _end(session: Session, last: State | None) -> int:
    """Print the campaign's last status, unless --json is set. Returns the exit code."""
    if last is None:
        return 0
    campaign = last.campaign
    if not session.as_json:
        why = f" {campaign.status_message}" if campaign.status_message else ""
        session.say(
            f"{campaign.name} is {campaign.status}.{why} Spent: {money(last.metrics.spent_cents)}"
        )
    return 0 if campaign.status == _DONE else 1


def _counts(state: State) -> str:
    metrics = state.metrics
    failed = f", {metrics.failed:,} failed" if metrics.failed else ""
    out = f", {metrics.opted_out:,} opted out" if metrics.opted_out else ""
    return f"{metrics.recipients:,} recipients, {metrics.delivered:,} delivered{failed}{out}"
