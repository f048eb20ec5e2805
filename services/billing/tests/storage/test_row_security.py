"""Row-level security hides other organisations' rows from a query without ``org_id``."""

from sqlalchemy import select

from servicekit.db.database import Database
from services.billing.storage.tables import billing_transactions, user_balances
from services.billing.tests.money import pay_in
from tests.fixtures.running import Person


async def test_a_query_without_an_org_id_condition_returns_only_the_organisations_rows(
    database: Database,
) -> None:
    mine, theirs = Person(), Person()
    await pay_in(database, mine, 1)
    await pay_in(database, theirs, 2)
    async with database.org(mine.org_id) as connection:
        for table in (user_balances, billing_transactions):
            rows = (await connection.execute(select(table))).all()
            assert {row.org_id for row in rows} == {mine.org_id}


async def test_no_row_is_visible_if_the_connection_has_set_no_organisation(
    database: Database,
) -> None:
    await pay_in(database, Person(), 1)
    async with database.engine.begin() as connection:
        for table in (user_balances, billing_transactions):
            assert not (await connection.execute(select(table))).all()
