"""How campaigns use templates."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """The campaigns that use a template.

    `campaigns` counts all of them, `active_campaigns` those that are scheduled, running or paused.
    `last_started_at` is the last start of a campaign.
    """

    campaigns: int = 0
    active_campaigns: int = 0
    last_started_at: datetime | None = None
