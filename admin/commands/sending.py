"""Hold the sending of all organisations, let it go on, and set how fast each sends."""

import click

from admin.api import Json
from admin.organisation import find_organisation
from admin.output import (
    confirm,
    json_option,
    limit_option,
    print_result,
    print_rows,
    reason_option,
    shown,
    time,
    yes_option,
)
from admin.sign_in import signed_in_api

_PATH = "/api/admin/sending"
_RATES = f"{_PATH}/rates"


@click.group()
def sending() -> None:
    """Hold the sending of all organisations, see what waits, and set how fast each sends."""


@sending.command()
@json_option
def status(as_json: bool) -> None:
    """Show whether all sending is held, and how many messages wait."""
    _print(signed_in_api().get(_PATH), as_json=as_json)


@sending.command()
@reason_option
@yes_option
@json_option
def hold(reason: str, yes: bool, as_json: bool) -> None:
    """Stop everything: within a second, no organisation sends.

    Accepted messages wait. New ones are refused and not charged, and campaigns wait.
    """
    api = signed_in_api()
    confirm("Hold the sending of all organisations?", yes=yes)
    _print(api.post(f"{_PATH}/hold", reason=reason), as_json=as_json)


@sending.command()
@reason_option
@yes_option
@json_option
def release(reason: str, yes: bool, as_json: bool) -> None:
    """Let all organisations send again. What waited is sent now."""
    api = signed_in_api()
    due = api.get(_PATH)["queue"]["due"]
    confirm(f"Release all sending? {due} messages are sent at once.", yes=yes)
    _print(api.post(f"{_PATH}/release", reason=reason), as_json=as_json)


@sending.command()
@click.option("--organisation", help="Only this one: an id, or the whole name.")
@limit_option
@json_option
def rates(organisation: str | None, limit: int, as_json: bool) -> None:
    """List how fast organisations may send. Those without a rate have never sent."""
    columns = {
        "organisation": lambda row: row["orgId"],
        "segments per second": lambda row: row["segmentsPerSecond"],
    }
    api = signed_in_api()
    only = find_organisation(api, organisation)["id"] if organisation else None
    rows = api.items(_RATES, limit, orgId=only)
    print_rows(rows, columns, "There are no rates.", as_json=as_json)


@sending.command("set-rate")
@click.argument("organisation")
@click.argument("segments", type=click.IntRange(1, 100_000))
@reason_option
@yes_option
@json_option
def set_rate(organisation: str, segments: int, reason: str, yes: bool, as_json: bool) -> None:
    """Let ORGANISATION send SEGMENTS each second, with all senders together.

    ORGANISATION is an id, or the whole name. It must not be more than Twilio allows.
    """
    api = signed_in_api()
    found = find_organisation(api, organisation)
    name = shown(found["name"])
    confirm(f"Let {name} ({found['id']}) send {segments} segments a second?", yes=yes)
    rate = api.put(f"{_RATES}/{found['id']}", segmentsPerSecond=segments, reason=reason)
    print_result(rate, f"{name} may send {segments} segments a second.", as_json=as_json)


def _print(state: Json, *, as_json: bool) -> None:
    print_result(state, f"{_hold(state)}\n{_queue(state['queue'])}", as_json=as_json)


def _hold(state: Json) -> str:
    if not state["held"]:
        return "All organisations may send."
    return f"All sending is held since {time(state['heldSince'])}: {state['reason']}"


def _queue(queue: Json) -> str:
    return (
        f"Messages that wait: {queue['due']} due now, {queue['deferred']} due later, "
        f"{queue['paused']} of paused campaigns, {queue['unknown']} with an unknown outcome."
    )
