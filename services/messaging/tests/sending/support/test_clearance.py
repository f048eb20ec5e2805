"""Right before a request to send a message is written, the sender checks that it still may."""

from dataclasses import dataclass
from typing import cast
from uuid import uuid4

import pytest

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.outbound.deadlines import Deadline
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.outcomes import Verdict
from services.messaging.sending.domain.outgoing import Outgoing
from services.messaging.sending.support import clearance
from services.messaging.sending.support.clearance import BatchClearance
from smsblaster.contacts.v1 import recipients_pb2_grpc
from tests.fixtures.running import Running


@dataclass
class Claim:
    """Stands for the deadline of a claim. The test decides when it has passed."""

    has_passed: bool = False


async def test_a_request_may_not_begin_once_the_claim_of_its_message_has_ended(
    database: Database, contacts: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearance, "_VALID_SECONDS", 600)
    recipients = Recipients(
        contacts.caller("messaging"), recipients_pb2_grpc.RecipientServiceStub(contacts.channel)
    )
    claim, message = Claim(), Outgoing(new_id(), "+14155550142", "Hello", 1)
    batch = BatchClearance(database, recipients, uuid4(), [message], cast(Deadline, claim))
    assert await batch.outcome_of(message) is None
    assert batch.allows(message)
    claim.has_passed = True
    assert not batch.allows(message)
    outcome = await batch.outcome_of(message)
    assert outcome is not None
    assert outcome.verdict is Verdict.LATER
