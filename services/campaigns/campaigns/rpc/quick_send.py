"""``QuickSendService``."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.server import Context
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.messages import Messages
from services.campaigns.campaigns.usecases.send_text import QuickText, send_text
from smsblaster.campaigns.v1 import quick_send_pb2, quick_send_pb2_grpc
from smsblaster.messaging.v1 import messages_pb2


class QuickSendRpc(quick_send_pb2_grpc.QuickSendServiceServicer):
    """Sends single texts."""

    def __init__(self, database: Database, contacts: Contacts, messages: Messages) -> None:
        self._database = database
        self._contacts = contacts
        self._messages = messages

    async def SendText(
        self, request: quick_send_pb2.SendTextRequest, context: Context
    ) -> messages_pb2.Message:
        """Render one text and send it."""
        org_id = identity.current().require_org()
        text = QuickText(
            to=request.to if request.HasField("to") else None,
            contact_id=parse_id(request.contact_id),
            message=request.message if request.HasField("message") else None,
            template_id=parse_id(request.template_id),
            variables=request.variables,
            strict=request.strict,
            price_version=request.price_version or None,
        )
        return await send_text(self._database, self._contacts, self._messages, org_id, text)
