"""Hold the sending of all organisations, and let it go on."""

import click

from admin.api import Json
from admin.output import (
    confirm,
    json_option,
    print_result,
    reason_option,
    time,
    yes_option,
)
from admin.sign_in import signed_in_api

_PATH = "/api/admin/sending"


@click.group()
def sending() -> None:
    """Hold the sending of all organisations, and see what waits."""


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
