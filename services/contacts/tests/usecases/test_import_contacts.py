"""An import has the same result as adding or updating its rows one by one."""

import csv
from io import StringIO
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicekit.errors import Conflict, InvalidInput
from servicekit.phones import normalise
from services.contacts.tests.client import Client
from smsblaster.contacts.v1 import contacts_pb2
from tests.fixtures.running import Running

PHONES = [
    "4152000001",
    "(415) 200-0001",
    "+14152000002",
    "1-415-200-0002",
    "+442079460018",
    "12345",
    "x",
]
NAMES = ["", " ", "Ann", " Bob ", "x" * 101, "=1", "<b>"]
EMAILS = ["", "ann@acme.com", "nobody"]
TAGS = [[], ["vip"], ["VIP", "new"]]

row = st.tuples(
    st.sampled_from(PHONES),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.sampled_from(EMAILS),
    st.sampled_from(TAGS),
)
Row = tuple[str, str, str, str, list[str]]
State = dict[str, tuple[str, str, str, tuple[str, ...], int]]


async def add_or_update(client: Client, row: Row) -> None:
    """Create the contact of ``row``, or update it with the given values if it exists."""
    phone, first_name, last_name, email, tags = row
    given: dict[str, Any] = {"first_name": first_name, "last_name": last_name, "email": email}
    given = {name: value for name, value in given.items() if value.strip()}
    try:
        await client.create(phone, tags=tags, **given)
    except Conflict:
        (known,) = (await client.find(search=normalise(phone).e164)).items
        new = [t for t in tags if t.lower() not in {k.lower() for k in known.tags}]
        tag_set = contacts_pb2.TagSet(values=[*known.tags, *new])
        await client.update(known.id, tags=tag_set, **given)
    except InvalidInput:
        pass


def without_bad_cells(row: Row) -> Row:
    phone, first_name, last_name, email, tags = row
    first_name, last_name = ("" if len(name) > 100 else name for name in (first_name, last_name))
    return phone, first_name, last_name, "" if email == "nobody" else email, tags


async def state(client: Client) -> State:
    return {
        c.phone: (c.first_name, c.last_name, c.email, tuple(map(str.lower, c.tags)), c.opt_status)
        for c in (await client.find()).items
    }


def lower(counts: dict[str, int]) -> dict[str, int]:
    """Return the counts of tags with their names in lower case.

    An import may store another spelling of a tag than the calls one by one.
    """
    return {name.lower(): count for name, count in counts.items()}


def as_csv(rows: list[Row]) -> str:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["phone", "first name", "last name", "email", "tags"])
    writer.writerows([*cells, ";".join(tags)] for *cells, tags in rows)
    return text.getvalue()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=st.lists(st.lists(row, max_size=5), min_size=1, max_size=2))
async def test_an_import_has_the_same_result_as_adding_its_rows_one_by_one(
    contacts: Running, files: list[list[Row]]
) -> None:
    by_file, by_row = Client(contacts), Client(contacts)
    for rows in files:
        summary = await by_file.import_csv(as_csv(rows))
        left_out = {error.row for error in summary.errors if not error.column}
        assert summary.created + summary.updated + summary.skipped == len(rows)
        assert summary.skipped == len(left_out)
        for line, one in enumerate(rows, start=2):
            if line not in left_out:
                await add_or_update(by_row, without_bad_cells(one))
    assert await state(by_file) == await state(by_row)
    assert lower(await by_file.tag_counts()) == lower(await by_row.tag_counts())
