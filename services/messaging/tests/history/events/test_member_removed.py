"""Download links stop working when a member is removed."""

from contextlib import suppress
from uuid import uuid4

import pytest

from servicekit.bus.connection import BusMessage
from servicekit.errors import Gone, NotFound
from services.messaging.tests.history.rpc.test_exports import create, done, download, get, rows_of
from services.messaging.tests.history.storage.history_rows import Past, store
from services.messaging.tests.organisation import Organisation
from smsblaster.identity.v1 import events_pb2
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.jobs


async def test_removing_a_member_deletes_the_organisations_finished_exports(
    bare_organisation: Organisation, other_organisation: Organisation
) -> None:
    both = (bare_organisation, other_organisation)
    for each in both:
        await store(each.database, each.org_id, [Past()])
    files = [await done(each, (await create(each)).id) for each in both]
    event = events_pb2.MemberRemoved(org_id=str(bare_organisation.org_id), user_id=str(uuid4()))
    event.removed_at.GetCurrentTime()
    message = BusMessage("event.gateway.member_removed", str(uuid4()), event.SerializeToString())
    await bare_organisation.bus.publish([message])

    async def is_gone() -> bool:
        with suppress(Gone):
            await download(bare_organisation, files[0].download_url)
            return False
        return True

    await wait_until(is_gone)
    assert rows_of(await download(other_organisation, files[1].download_url))
    with pytest.raises(NotFound):
        await get(bare_organisation, files[0].id)
