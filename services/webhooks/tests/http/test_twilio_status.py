import pytest
from uuid import uuid4
from services.webhooks.tests.calls import *
from services.webhooks.tests.serving import Service

async def test_it(service: Service, account: TwilioAccount) -> None:
    mid = uuid4()
    r = await service.post(form_call(account, f"{STATUS}/{mid}", status_pairs(account)))
    assert r.status_code == 204, r.text
    rows = await service.logged()
    assert len(rows) == 1
    print(rows[0])
