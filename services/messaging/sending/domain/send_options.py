"""What a request to send may contain beside the text and the recipients."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SendOptions:
    """What a customer may set for the messages of a request.

    Attributes:
        reference: The customer's own reference, which need not be unique.
        metadata: The customer's own data.
        from_number: The phone number that must send them. None leaves the choice to the platform.
        valid_seconds: For how many seconds they may be sent. None sets no limit.
    """

    reference: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    from_number: str | None = None
    valid_seconds: int | None = None

    def metadata_json(self) -> str | None:
        """Return the metadata as it is stored, None if there is none."""
        return json.dumps(self.metadata, ensure_ascii=False) if self.metadata else None


NO_OPTIONS = SendOptions()
"""The options of a request that sets no options."""
