"""A closed organisation keeps its books, and nothing else."""

from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.modes import org_in_test_mode
from services.billing.storage.org_tables import BOOKS, TABLES
from services.billing.tests.money import pay_in
from services.billing.usecases.delete_organisation import DeleteOrganisation
from tests.fixtures.running import Person
from tests.fixtures.traces import tables_not_deleted, traces_of

_SETTINGS = text("""
INSERT INTO billing_settings (org_id, org_name, min_balance_cents, notify_emails, payer)
VALUES (:org_id, 'Acme', 100, '{owner@example.com}', 'member')
""")


async def test_the_books_stay_and_the_money_that_is_left_is_told(database: Database) -> None:
    person = Person()
    await pay_in(database, person, 12_34)
    async with database.org(person.org_id) as connection:
        await connection.execute(_SETTINGS, {"org_id": person.org_id})
    delete = DeleteOrganisation(database)
    first = await delete.delete(person.org_id, "")
    assert (first.done, first.counts) == (False, {"balance_cents": 12_34})
    counts, removed = dict[str, int](), first
    while not removed.done:
        removed = await delete.delete(person.org_id, removed.cursor)
        counts |= removed.counts
    assert counts == {"billing_settings": 1}
    left = await traces_of(database, str(person.org_id))
    assert "billing_transactions" in left
    assert left <= {*BOOKS}


async def test_a_test_organisation_has_no_money_left(database: Database) -> None:
    org_id = org_in_test_mode(Person().org_id)
    assert not (await DeleteOrganisation(database).delete(org_id, "")).counts


async def test_each_table_is_deleted_or_kept_for_the_books(database: Database) -> None:
    assert await tables_not_deleted(database, TABLES, *BOOKS) == set()
