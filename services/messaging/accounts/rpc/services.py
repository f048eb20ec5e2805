"""The gRPC service ``MessagingServiceService``: an organisation's messaging service at Twilio."""

from typing import Literal

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.accounts.storage import messaging_services
from services.messaging.accounts.usecases.add_number_to_service import AddNumberToService
from services.messaging.accounts.usecases.create_messaging_service import CreateMessagingService
from services.messaging.accounts.usecases.update_messaging_service import UpdateMessagingService
from smsblaster.messaging.v1 import numbers_pb2, services_pb2, services_pb2_grpc

_DEFAULT_NAME = "SMSBlaster"
_SETTINGS: tuple[Literal["sticky_sender"], Literal["smart_encoding"]] = (
    "sticky_sender",
    "smart_encoding",
)


class MessagingServiceRpc(services_pb2_grpc.MessagingServiceServiceServicer):
    """Serves messaging services: Twilio's groups of phone numbers to send from."""

    def __init__(
        self,
        database: Database,
        create: CreateMessagingService,
        add_number: AddNumberToService,
        update: UpdateMessagingService,
    ) -> None:
        self._database = database
        self._create = create
        self._add_number = add_number
        self._update = update

    async def CreateMessagingService(
        self, request: services_pb2.CreateMessagingServiceRequest, context: Context
    ) -> services_pb2.MessagingService:
        """Create the organisation's messaging service, or return the existing one."""
        org_id = identity.current().require_org()
        service = await self._create.create(org_id, request.friendly_name or _DEFAULT_NAME)
        return fill(services_pb2.MessagingService(), service)

    async def GetMessagingService(
        self, request: services_pb2.GetMessagingServiceRequest, context: Context
    ) -> services_pb2.MessagingService:
        """Return the organisation's messaging service."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            service = await messaging_services.find(connection, org_id)
        if service is None:
            raise NotFound("Create the messaging service first.", "no_messaging_service")
        return fill(services_pb2.MessagingService(), service)

    async def AddNumber(
        self, request: services_pb2.AddNumberRequest, context: Context
    ) -> numbers_pb2.PhoneNumber:
        """Add a phone number to the messaging service."""
        org_id = identity.current().require_org()
        number = await self._add_number.add(org_id, request.sid, request.phone_sid)
        return fill(numbers_pb2.PhoneNumber(), number)

    async def UpdateMessagingService(
        self, request: services_pb2.UpdateMessagingServiceRequest, context: Context
    ) -> services_pb2.MessagingService:
        """Change the settings of the messaging service."""
        org_id = identity.current().require_org()
        changes: dict[str, bool] = {
            name: getattr(request, name) for name in _SETTINGS if request.HasField(name)
        }
        if_version = request.if_version if request.HasField("if_version") else None
        service = await self._update.update(org_id, request.sid, changes, if_version)
        return fill(services_pb2.MessagingService(), service)
