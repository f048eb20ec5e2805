"""Settings of the campaigns service."""

from typing import Self

from pydantic import Field, model_validator

from servicekit.settings import GrpcSettings


class CampaignsSettings(GrpcSettings):
    """Settings for calls to other services and for the planner, from environment variables."""

    contacts_addr: str = Field(description="host:port of contacts")
    messaging_addr: str = Field(description="host:port of messaging")
    plan_window: int = Field(
        default=2000, ge=1, description="Messages of a campaign that may wait to be sent"
    )
    chunk_size: int = Field(
        default=1000, ge=1, le=2000, description="Recipients submitted to messaging at once"
    )
    lease_seconds: float = Field(
        default=15,
        gt=0,
        description="Seconds until another planner takes over the campaigns of a planner that died",
    )
    pause_at_failure_rate: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Part of a campaign's messages that may fail before it pauses, unless the"
        " campaign has its own limit",
    )

    @model_validator(mode="after")
    def _chunk_fits(self) -> Self:
        if self.chunk_size > self.plan_window:
            raise ValueError("chunk_size must not be larger than plan_window")
        return self
