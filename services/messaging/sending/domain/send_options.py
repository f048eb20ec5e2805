"""What a request says about its messages, beside the text and the recipients."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SendOptions:
    """What a customer says about messages.

    Attributes:
        reference: The customer's own reference, which need not be unique.
        metadata: The customer's own data.
        from_number: The number that must send them. None leaves the choice to the platform.
    """

    reference: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    from_number: str | None = None


NO_OPTIONS = SendOptions()
"""A request that says nothing about its messages."""
