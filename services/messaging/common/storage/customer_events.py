"""Publish the customer events of messaging, which webhook endpoints receive."""

from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.customer_events import Happened, tell, wants
from servicekit.rpc.messages import fill
from smsblaster.webhooks.v1.event_data_pb2 import RegistrationChangedData


async def tell_customers(
    connection: AsyncConnection, org_id: UUID, type_: str, data: Message, row: object
) -> None:
    """Publish a customer event of the type `type_` about `row`.

    `data` is an empty message of the type that the API returns for `row`; it is filled from `row`.
    Nothing is published if the organisation has no endpoint for such events.
    """
    if await wants(connection, org_id, type_):
        await tell(connection, "messaging", [Happened(org_id, type_, fill(data, row))])


async def tell_registration_changed(
    connection: AsyncConnection, org_id: UUID, thing: str, status: str
) -> None:
    """Publish that the review of `thing` (a2p_brand or a2p_campaign) has the result `status`."""
    change = {"thing": thing, "status": status}
    await tell_customers(
        connection, org_id, "registration.changed", RegistrationChangedData(), change
    )
