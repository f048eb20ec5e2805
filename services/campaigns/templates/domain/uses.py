"""How campaigns use templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """The campaigns that use a template.

    `campaigns` counts all of them, `active_campaigns` those that are scheduled, running or paused.
    `last_started_at` is the last start of a campaign.
    """

    campaigns: int = 0
    active_campaigns: int = 0
    last_started_at: datetime | None = None


def quoted(names: Sequence[str]) -> str:
    """Return the first names in quotes and how many more there are."""
    shown = ", ".join(f'"{name}"' for name in names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
