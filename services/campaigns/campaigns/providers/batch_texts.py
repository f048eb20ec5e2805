"""Convert the texts of a batch to messaging's protobuf."""

from collections.abc import Sequence

from services.campaigns.campaigns.domain.batches import BatchText, FilledBatch
from smsblaster.messaging.v1 import batches_pb2


def batch_texts(batch: FilledBatch) -> Sequence[batches_pb2.BatchText]:
    """Return the recipients of a batch, with their texts or the reason why they get none."""
    return [_batch_text(text) for text in batch.texts]


def _batch_text(text: BatchText) -> batches_pb2.BatchText:
    refusal = text.refusal
    return batches_pb2.BatchText(
        to=text.to,
        field=text.field,
        body=text.body,
        refusal=batches_pb2.TextRefusal(
            code=refusal.code, message=refusal.message, field=refusal.field
        )
        if refusal
        else None,
        reference=text.reference,
        metadata=text.metadata,
        contact_id=str(text.contact_id) if text.contact_id else None,
    )
