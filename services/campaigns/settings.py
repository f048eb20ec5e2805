"""Campaigns' settings."""

from typing import Self

from pydantic import Field, model_validator

from servicekit.settings import GrpcSettings


class CampaignsSettings(GrpcSettings):
    """What campaigns needs to know."""

    contacts_addr: str = Field(description="host:port of contacts")
    messaging_addr: str = Field(description="host:port of messaging")
    plan_window: int = Field(
        default=2000, ge=1, description="Texts that a campaign may have waiting for a sender"
    )
    chunk_size: int = Field(
        default=500, ge=1, le=2000, description="Recipients handed to messaging at once"
    )
    lease_seconds: float = Field(
        default=15,
        gt=0,
        description="Seconds after which a planner that has died loses its campaign to another",
    )
    pause_at_failure_rate: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Part of a campaign that may fail before it pauses by itself, unless the"
        " campaign has a limit of its own",
    )

    @model_validator(mode="after")
    def _chunk_fits(self) -> Self:
        if self.chunk_size > self.plan_window:
            raise ValueError("chunk_size is larger than plan_window: nothing could be planned")
        return self
