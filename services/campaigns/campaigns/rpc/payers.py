"""Show who pays for a campaign or an event message."""

from typing import Protocol
from uuid import UUID


class Paid(Protocol):
    """A campaign or an event message, with the organisation that sends it and its payer."""

    @property
    def org_id(self) -> UUID:
        """The organisation that sends the campaign or event message."""

    @property
    def paid_by(self) -> UUID | None:
        """The id of the payer: a user or the organisation. None if it is not decided."""


def payer_fields(paid: Paid) -> dict[str, object]:
    """Return the fields of a protobuf message that say who pays."""
    payer = paid.paid_by
    if payer is None:
        return {"payer": None, "payer_user_id": None}
    if payer == paid.org_id:
        return {"payer": "organisation", "payer_user_id": None}
    return {"payer": "member", "payer_user_id": payer}
