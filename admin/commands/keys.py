"""List and revoke API keys, and list the platform's own keys."""

from uuid import UUID

import click

from admin.api import Json
from admin.organisation import PATH, find_organisation
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


@click.group()
def keys() -> None:
    """List and revoke API keys of organisations, and list the platform's own keys.

    No command shows a key itself. ORGANISATION is an id, or the whole name.
    """


@keys.command("list")
@click.argument("organisation")
@limit_option
@json_option
def list_keys(organisation: str, limit: int, as_json: bool) -> None:
    """List the API keys of ORGANISATION, newest first."""
    columns = {
        "id": lambda row: row["id"],
        "prefix": lambda row: row["prefix"],
        "name": lambda row: row["name"],
        "mode": lambda row: row["mode"],
        "scopes": lambda row: ",".join(row["scopes"]),
        "last used": lambda row: time(row["lastUsedAt"]),
        "state": _state,
    }
    api = signed_in_api()
    found = find_organisation(api, organisation)
    rows = api.items(f"{PATH}/{found['id']}/api-keys", limit)
    print_rows(rows, columns, "The organisation has no API keys.", as_json=as_json)


@keys.command()
@click.argument("organisation")
@click.argument("key", type=click.UUID)
@reason_option
@yes_option
@json_option
def revoke(organisation: str, key: UUID, reason: str, yes: bool, as_json: bool) -> None:
    """Revoke the API key with the id KEY of ORGANISATION. It stops working within a second."""
    api = signed_in_api()
    found = find_organisation(api, organisation)
    name = shown(found["name"])
    confirm(f"Revoke the key {key} of {name}? Its programs are refused then.", yes=yes)
    revoked = api.post(f"{PATH}/{found['id']}/api-keys/{key}/revoke", reason=reason)
    text = f"The key {shown(revoked['prefix'])}... of {name} is revoked."
    print_result(revoked, text, as_json=as_json)


@keys.command()
@json_option
def platform(as_json: bool) -> None:
    """List the keys that sign access tokens and encrypt stored secrets, by their names."""
    columns = {
        "name": lambda row: row["name"],
        "use": lambda row: row["use"],
        "current": lambda row: "yes" if row["isCurrent"] else "no",
        "made": lambda row: time(row["createdAt"]),
    }
    rows = signed_in_api().get("/api/admin/platform-keys")["items"]
    print_rows(rows, columns, "There are no keys.", as_json=as_json)


def _state(key: Json) -> str:
    if key["revokedAt"]:
        return f"revoked {time(key['revokedAt'])}"
    return f"expires {time(key['expiresAt'])}" if key["expiresAt"] else "valid"
