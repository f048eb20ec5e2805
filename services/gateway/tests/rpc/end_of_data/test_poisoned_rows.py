"""An erasure or a closing that fails does not stop the job from doing the others."""

import base64

import pytest
from sqlalchemy import text

from servicekit.ids import new_id
from servicekit.rpc.client import RpcClient, open_channel
from servicekit.tokens import TokenSigner
from services.gateway.providers.accounts_of_closed import AccountsOfClosed
from services.gateway.providers.stored_data import StoredData
from services.gateway.storage import closings, erasures
from services.gateway.tests.rpc.end_of_data.backend import Organisations, People, all_services
from services.gateway.tests.usecases.test_send_mails import MailFixture, mailing
from services.gateway.usecases.erase_people import ErasePeople
from services.gateway.usecases.finish_closings import FinishClosings
from tests.fixtures.poison import is_recorded, poisoned
from tests.fixtures.running import INTERNAL_KEY_TEXT

__all__ = ["mailing"]

_OTHER_ORG = text("INSERT INTO orgs (id, name) VALUES (:id, 'Other')")


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


@pytest.mark.poison("gateway/close-organisations")
async def test_a_closing_that_cannot_be_stored_does_not_stop_the_others(
    mailing: MailFixture,
) -> None:
    database, owner = mailing.database, await mailing.owner()
    org_ids = [owner.require_org(), new_id()]
    async with database.system() as connection:
        await connection.execute(_OTHER_ORG, {"id": org_ids[1]})
        for org_id in org_ids:
            await closings.add(connection, org_id, owner.require_user(), None, 30)
        bad, good = [await closings.newest(connection, org_id) for org_id in org_ids]
    assert bad
    assert good
    rpc = RpcClient(TokenSigner("gateway", base64.b64decode(INTERNAL_KEY_TEXT)))
    organisations = Organisations()  # type: ignore[abstract]  # the rest is not called
    with all_services(People(), organisations) as address:
        async with open_channel(address, []) as channel:
            channels = dict.fromkeys(("messaging", "billing"), channel)
            accounts, stored_data = AccountsOfClosed(rpc, channels), StoredData(rpc, channels)
            async with poisoned(database, "closings", "UPDATE", f"OLD.id = '{bad.id}'"):
                await FinishClosings(database, accounts, stored_data).go_on()
                assert await is_recorded(database, "close-organisations", bad.id)
    assert organisations.suspended == {str(good.org_id)}
