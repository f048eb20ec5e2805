"""An erasure that fails does not stop the job from doing the others."""

import base64

import pytest

from servicekit.identity import TokenSigner
from servicekit.rpc.client import RpcClient, open_channel
from services.gateway.providers.stored_data import StoredData
from services.gateway.storage import erasures
from services.gateway.tests.rpc.stored_data_backend import People, all_services
from services.gateway.tests.usecases.test_send_mails import MailFixture, mailing
from services.gateway.usecases.erase_people import ErasePeople
from tests.fixtures.poison import is_recorded, poisoned
from tests.fixtures.running import INTERNAL_KEY_TEXT

__all__ = ["mailing"]


@pytest.mark.poison("gateway/erase-people")
async def test_an_erasure_that_cannot_be_stored_does_not_stop_the_others(
    mailing: MailFixture,
) -> None:
    database, owner = mailing.database, await mailing.owner()
    org_id, user_id = owner.require_org(), owner.require_user()
    async with database.org(org_id) as connection:
        bad, _ = await erasures.add(connection, org_id, user_id, "+14155550101")
        good, _ = await erasures.add(connection, org_id, user_id, "+14155550103")
    rpc = RpcClient(TokenSigner("gateway", base64.b64decode(INTERNAL_KEY_TEXT)))
    with all_services(People()) as address:
        async with open_channel(address, []) as channel:
            names = ("contacts", "campaigns", "messaging", "webhooks")
            stored_data = StoredData(rpc, dict.fromkeys(names, channel))
            async with poisoned(database, "erasures", "UPDATE", f"OLD.id = '{bad.id}'"):
                await ErasePeople(database, stored_data).erase_due()
                assert await is_recorded(database, "erase-people", bad.id)
    async with database.org(org_id) as connection:
        found = await erasures.find(connection, org_id, good.id)
    assert found
    assert found.status == "done"
