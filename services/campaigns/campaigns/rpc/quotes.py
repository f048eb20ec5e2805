"""Convert quotes to their protobuf messages."""

import math
from typing import Any

from servicekit.rpc.client import DEFAULT_TIMEOUT
from servicekit.rpc.server import Context
from services.campaigns.campaigns.domain.recipients import Recipient
from services.campaigns.campaigns.domain.samples import Preview
from services.campaigns.campaigns.support.price_audience import Quoted
from smsblaster.campaigns.v1 import trials_pb2


def seconds_to_count(context: Context) -> float:
    """Return how many seconds a call may spend counting recipients.

    The rest of the call's time is reserved for the last page and the prices.
    """
    remaining = context.time_remaining()
    return math.inf if remaining is None else remaining - DEFAULT_TIMEOUT


def campaign_quote(campaign_id: str, quoted: Quoted) -> trials_pb2.CampaignQuote:
    """Convert the quote of a campaign to its protobuf message."""
    return trials_pb2.CampaignQuote(campaign_id=campaign_id, **quote_fields(quoted))


def quote_fields(quoted: Quoted) -> dict[str, Any]:
    """Return the fields that the quotes of a campaign and of an event message have in common."""
    text, tally, destinations = quoted.text, quoted.tally, quoted.prices.destinations
    total_cents = sum(destination.total_cents for destination in destinations)
    return {
        "encoding": text.encoding,
        "forcing_characters": text.forcing_characters,
        "destinations": destinations,
        "recipients": sum(destination.recipients for destination in destinations),
        "opted_out": tally.opted_out,
        "invalid": tally.invalid + quoted.prices.refused,
        "refusals": quoted.prices.refusals,
        "total_cents": total_cents,
        "balance_cents": text.balance_cents,
        "payer": text.payer,
        "balance_covers": total_cents <= text.balance_cents,
        "complete": quoted.complete,
        "looked_at": tally.looked_at,
        "price_version": quoted.price_version,
        "foreign_placeholders": quoted.foreign_placeholders,
        "previews": [_preview(each) for each in tally.samples.previews],
        "empty_variables": [
            trials_pb2.EmptyVariable(
                name=name,
                recipients=found.recipients,
                examples=[_example(recipient) for recipient in found.examples],
            )
            for name, found in tally.samples.empty.items()
        ],
    }


def _preview(preview: Preview) -> trials_pb2.RecipientPreview:
    message = preview.message
    return trials_pb2.RecipientPreview(
        contact_id=str(message.contact_id),
        to=message.phone,
        message=message.body,
        segments=preview.segments,
    )


def _example(recipient: Recipient) -> trials_pb2.ExampleRecipient:
    return trials_pb2.ExampleRecipient(
        contact_id=str(recipient.contact_id),
        to=recipient.phone,
        first_name=recipient.values["firstName"] or None,
        last_name=recipient.values["lastName"] or None,
    )
