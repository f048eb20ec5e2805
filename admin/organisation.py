"""Find the organisation that a command names."""

from uuid import UUID

import click

from admin.api import Api, Json
from admin.output import shown

PATH = "/api/admin/organisations"


def find_organisation(api: Api, wanted: str) -> Json:
    """Return the organisation with this id, or with exactly this name.

    Raises:
        click.ClickException: No organisation has it, or several have this name.
    """
    if _is_id(wanted):
        found = api.get(PATH, orgId=wanted)["items"]
    else:
        named = api.items(PATH, 1_000, search=wanted)
        found = [each for each in named if each["name"].casefold() == wanted.strip().casefold()]
    if not found:
        raise click.ClickException(f"There is no organisation {shown(wanted)}.")
    if len(found) > 1:
        ids = ", ".join(each["id"] for each in found)
        raise click.ClickException(f"Several organisations have this name. Name an id: {ids}")
    return dict(found[0])


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
