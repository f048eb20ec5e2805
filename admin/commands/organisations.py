"""Find organisations, stop them from sending, and let them send again."""

import click

from admin.api import Json
from admin.organisation import PATH, find_organisation
from admin.output import (
    confirm,
    json_option,
    limit_option,
    money,
    print_result,
    print_rows,
    reason_option,
    shown,
    time,
    yes_option,
)
from admin.sign_in import signed_in_api

_ACCOUNTS = "/api/admin/twilio/subaccounts"


@click.group()
def organisations() -> None:
    """Find organisations, stop them from sending, and let them send again.

    ORGANISATION is an id, or the whole name. Case is ignored.
    """


@organisations.command("list")
@click.option("--search", help="Only names that begin with this text.")
@limit_option
@json_option
def list_organisations(search: str | None, limit: int, as_json: bool) -> None:
    """List organisations, newest first."""
    columns = {
        "id": lambda row: row["id"],
        "name": lambda row: row["name"],
        "created": lambda row: time(row["createdAt"]),
        "members": lambda row: row["members"],
        "balance": lambda row: money(row["balanceCents"], row["currency"]),
        "sent in 30 days": lambda row: (row["usage"] or {}).get("sent"),
        "account": _account,
    }
    rows = signed_in_api().items(PATH, limit, search=search)
    print_rows(rows, columns, "There are no such organisations.", as_json=as_json)


@organisations.command()
@click.argument("organisation")
@json_option
def show(organisation: str, as_json: bool) -> None:
    """Show one organisation."""
    found = find_organisation(signed_in_api(), organisation)
    usage = found["usage"] or {}
    facts = {
        "Id": found["id"],
        "Name": found["name"],
        "Created": time(found["createdAt"]),
        "Members": found["members"],
        "Balance": money(found["balanceCents"], found["currency"]),
        "Sent in 30 days": usage.get("sent"),
        "Failed in 30 days": usage.get("failed"),
        "Spent in 30 days": money(usage.get("spentCents"), found["currency"]),
        "Account at Twilio": _account(found),
    }
    lines = (f"{name + ':':19}{shown(value)}" for name, value in facts.items())
    print_result(found, "\n".join(lines), as_json=as_json)


@organisations.command()
@click.argument("organisation")
@reason_option
@yes_option
@json_option
def suspend(organisation: str, reason: str, yes: bool, as_json: bool) -> None:
    """Stop an organisation from sending, here and at Twilio.

    Messages that wait fail and are refunded, and campaigns pause.
    """
    api = signed_in_api()
    found = find_organisation(api, organisation)
    confirm(
        f"Suspend {shown(found['name'])} ({found['id']})? Its messages that wait fail.",
        yes=yes,
    )
    account = api.post(f"{_ACCOUNTS}/{found['id']}/suspend", reason=reason)
    print_result(account, f"{shown(found['name'])} is suspended.", as_json=as_json)


@organisations.command()
@click.argument("organisation")
@reason_option
@json_option
def resume(organisation: str, reason: str, as_json: bool) -> None:
    """Let a suspended organisation send again. Its campaigns stay paused."""
    api = signed_in_api()
    found = find_organisation(api, organisation)
    account = api.post(f"{_ACCOUNTS}/{found['id']}/reactivate", reason=reason)
    print_result(account, f"{shown(found['name'])} may send again.", as_json=as_json)


@organisations.command()
@click.argument("organisation")
@reason_option
@yes_option
@json_option
def close(organisation: str, reason: str, yes: bool, as_json: bool) -> None:
    """Close an organisation. Its data are deleted after a grace, in which it can be reopened.

    Its sessions end and its API keys are revoked at once, and it can no longer send.
    """
    api = signed_in_api()
    found = find_organisation(api, organisation)
    confirm(f"Close {shown(found['name'])} ({found['id']})? Nobody can use it then.", yes=yes)
    closing = api.post(f"{PATH}/{found['id']}/close", reason=reason)
    day = time(closing["deleteAt"])
    print_result(
        closing, f"{shown(found['name'])} is closed. It is deleted on {day}.", as_json=as_json
    )


@organisations.command()
@click.argument("organisation")
@reason_option
@json_option
def reopen(organisation: str, reason: str, as_json: bool) -> None:
    """Open a closed organisation again. Its API keys and saved cards must be set up again."""
    api = signed_in_api()
    found = find_organisation(api, organisation)
    closing = api.post(f"{PATH}/{found['id']}/reopen", reason=reason)
    print_result(closing, f"{shown(found['name'])} is open again.", as_json=as_json)


@organisations.command()
@limit_option
@json_option
def closings(limit: int, as_json: bool) -> None:
    """List closed and deleted organisations, newest first: the receipts."""
    columns = {
        "organisation": lambda row: row["orgId"],
        "name": lambda row: row["orgName"],
        "status": lambda row: row["status"],
        "closed": lambda row: time(row["createdAt"]),
        "deletion": lambda row: time(row["finishedAt"] or row["deleteAt"]),
        "numbers given back": lambda row: row["numbersReleased"],
        "cents left": lambda row: row["balanceCents"],
    }
    rows = signed_in_api().items("/api/admin/closings", limit)
    print_rows(rows, columns, "No organisation was closed.", as_json=as_json)


def _account(organisation: Json) -> str | None:
    return (organisation["usage"] or {}).get("account")
