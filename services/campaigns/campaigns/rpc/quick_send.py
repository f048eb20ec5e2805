"""Serve ``QuickSendService``: send single messages and batches, of a template or hand-written."""

from datetime import UTC

from servicekit import identity
from servicekit.ids import parse_id
from servicekit.rpc.server import Context
from services.campaigns.campaigns.providers.messages import BatchOrder
from services.campaigns.campaigns.rpc.batches import batch_of
from services.campaigns.campaigns.usecases.send_batch import SendBatch
from services.campaigns.campaigns.usecases.send_text import QuickText, SendText
from smsblaster.campaigns.v1 import quick_send_pb2, quick_send_pb2_grpc
from smsblaster.messaging.v1 import messages_pb2


class QuickSendRpc(quick_send_pb2_grpc.QuickSendServiceServicer):
    """Sends single messages and batches."""

    def __init__(self, send: SendText, send_batch: SendBatch) -> None:
        self._send = send
        self._send_batch = send_batch

    async def SendText(
        self, request: quick_send_pb2.SendTextRequest, context: Context
    ) -> messages_pb2.Message:
        """Render one message and send it, now or later."""
        org_id = identity.current().require_org()
        text = QuickText(
            to=request.to if request.HasField("to") else None,
            contact_id=parse_id(request.contact_id),
            message=request.message if request.HasField("message") else None,
            template_id=parse_id(request.template_id),
            variables=request.variables,
            strict=request.strict,
            price_version=request.price_version or None,
            send_at=request.send_at.ToDatetime(UTC) if request.HasField("send_at") else None,
            respect_quiet_hours=request.respect_quiet_hours,
            media_urls=list(request.media_urls),
            reference=request.reference or None,
            metadata=dict(request.metadata),
            from_number=request.from_number or None,
            valid_for=request.valid_for or None,
        )
        return await self._send.send(org_id, text)

    async def SendBatch(
        self, request: quick_send_pb2.SendBatchRequest, context: Context
    ) -> messages_pb2.SendBatchResponse:
        """Fill the texts of a batch and send them, now or later."""
        batch = batch_of(request)
        order = BatchOrder(
            price_version=request.price_version or None,
            send_at=request.send_at.ToDatetime(UTC) if request.HasField("send_at") else None,
            respect_quiet_hours=request.respect_quiet_hours,
            media_urls=list(request.media_urls),
            reference=request.reference or None,
            metadata=dict(request.metadata),
            from_number=request.from_number or None,
            valid_for=request.valid_for or None,
        )
        sent = await self._send_batch.send(identity.current().require_org(), batch, order)
        for result, recipient in zip(sent.results, request.recipients, strict=False):
            if recipient.HasField("contact_id"):
                result.contact_id = recipient.contact_id
        return sent
