"""A list needs as many SQL statements for a hundred rows as for ten."""

from servicekit.identity import acting_as
from services.billing.tests.member import Member
from services.billing.tests.rpc.test_notifications import notify
from smsblaster.billing.v1 import notifications_pb2, transactions_pb2, transactions_pb2_grpc
from tests.fixtures.running import Running
from tests.fixtures.statements import MANY, PageCheck


async def test_listing_more_transactions_makes_no_more_sql_statements(
    billing: Running, member: Member, no_statement_per_row: PageCheck
) -> None:
    for _ in range(MANY + 1):
        await member.pay_in(1)
    stub = transactions_pb2_grpc.TransactionServiceStub(billing.channel)

    async def read(limit: int) -> transactions_pb2.ListTransactionsResponse:
        request = transactions_pb2.ListTransactionsRequest(limit=limit)
        with acting_as(member.person.identity()):
            return await billing.caller().call(stub.ListTransactions, request)

    await no_statement_per_row(read)


async def test_listing_more_alerts_makes_no_more_sql_statements(
    member: Member, no_statement_per_row: PageCheck
) -> None:
    for _ in range(MANY + 1):
        await notify(member, 1)

    async def read(limit: int) -> notifications_pb2.ListNotificationsResponse:
        return await member.notifications(limit=limit)

    await no_statement_per_row(read)
