"""Users see only their own balance, which is 0 if nothing was paid in."""

import pytest

from servicekit.db.database import Database
from servicekit.errors import Unauthenticated
from servicekit.identity import acting_as
from services.billing.tests.money import pay_in
from smsblaster.billing.v1 import balance_pb2, balance_pb2_grpc
from tests.fixtures.running import Person, Running


async def balance(billing: Running, person: Person) -> int:
    stub = balance_pb2_grpc.BalanceServiceStub(billing.channel)
    with acting_as(person.identity()):
        answer = await billing.caller().call(stub.GetBalance, balance_pb2.GetBalanceRequest())
    assert answer.currency == "usd"
    return answer.balance_cents


async def test_a_new_user_has_a_balance_of_zero(billing: Running) -> None:
    assert await balance(billing, Person()) == 0


async def test_a_balance_is_visible_to_its_owner_only(billing: Running, database: Database) -> None:
    owner = Person()
    colleague = Person(org_id=owner.org_id)
    await pay_in(database, owner, 1250)
    assert await balance(billing, owner) == 1250
    assert await balance(billing, colleague) == 0
    assert await balance(billing, Person(user_id=owner.user_id)) == 0


async def test_a_call_without_a_token_is_refused(billing: Running) -> None:
    stub = balance_pb2_grpc.BalanceServiceStub(billing.channel)
    with pytest.raises(Unauthenticated):
        await billing.caller().call(stub.GetBalance, balance_pb2.GetBalanceRequest())
