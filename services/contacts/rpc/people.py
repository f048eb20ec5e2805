"""``PersonService``: prepares the erasure of a person."""

from servicekit import identity
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.contacts.usecases.suppress_person import SuppressPerson
from smsblaster.contacts.v1 import people_pb2, people_pb2_grpc


class PersonRpc(people_pb2_grpc.PersonServiceServicer):
    """Opts a person out and finds the person's contacts, for the gateway."""

    def __init__(self, suppress: SuppressPerson) -> None:
        self._suppress = suppress

    async def SuppressPerson(
        self, request: people_pb2.SuppressPersonRequest, context: Context
    ) -> people_pb2.SuppressedPerson:
        """Opt a person out, and return all contacts and phone numbers of the person."""
        org_id = identity.current().require_org()
        known = await self._suppress.suppress(org_id, request.phone)
        ids = [*map(str, known.contact_ids)]
        return fill(people_pb2.SuppressedPerson(), known, contact_ids=ids)
