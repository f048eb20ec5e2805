"""Bulk changes: changes of all contacts that match a filter."""

from typing import Any

import pytest

from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound
from servicekit.ids import new_id
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import bulk_changes_pb2, bulk_changes_pb2_grpc, contacts_pb2
from smsblaster.contacts.v1.contacts_pb2 import OPT_STATUS_OPTED_OUT, ContactFilter
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

BulkChange = bulk_changes_pb2.BulkChange
Status = bulk_changes_pb2.BulkStatus


class Bulk(Client):
    """A client of the contacts service with calls for bulk changes."""

    def __init__(self, service: Running) -> None:
        super().__init__(service)
        self.changes = bulk_changes_pb2_grpc.BulkChangeServiceStub(service.channel)

    async def start(
        self, action: str, expected_count: int, matching: dict[str, Any], **fields: Any
    ) -> BulkChange:
        request = bulk_changes_pb2.CreateBulkChangeRequest(
            action=bulk_changes_pb2.BulkAction.Value(f"BULK_ACTION_{action.upper()}"),
            expected_count=expected_count,
            filter=ContactFilter(**matching),
            **fields,
        )
        answer: BulkChange = await self.call(self.changes.CreateBulkChange, request)
        return answer

    async def change(self, change_id: str) -> BulkChange:
        request = bulk_changes_pb2.GetBulkChangeRequest(id=change_id)
        answer: BulkChange = await self.call(self.changes.GetBulkChange, request)
        return answer

    async def cancel(self, change_id: str) -> BulkChange:
        request = bulk_changes_pb2.CancelBulkChangeRequest(id=change_id)
        answer: BulkChange = await self.call(self.changes.CancelBulkChange, request)
        return answer

    async def made(
        self, action: str, expected_count: int, matching: dict[str, Any], **fields: Any
    ) -> BulkChange:
        """Make a bulk change, wait for its end, and return it."""
        change = await self.start(action, expected_count, matching, **fields)

        async def ended() -> bool:
            return (await self.change(change.id)).HasField("finished_at")

        await wait_until(ended)
        return await self.change(change.id)


@pytest.fixture
def client(contacts: Running) -> Bulk:
    return Bulk(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Bulk:
    return Bulk(contacts)


def outcome(change: BulkChange) -> tuple[str, int, int, int]:
    status = Status.Name(change.status).removeprefix("BULK_STATUS_").lower()
    return status, change.matched, change.processed, change.changed


async def people(client: Client, count: int) -> None:
    """Import ``count`` contacts, alternately named Ann and Bea."""
    rows = "".join(f"{phone(n)},{('Ann', 'Bea')[n % 2]}\n" for n in range(count))
    await client.import_csv(f"phone,first name\n{rows}")


async def test_matching_contacts_are_tagged_and_untagged(client: Bulk) -> None:
    await people(client, 6)
    change = await client.made("add_tags", 3, {"search": "ann"}, tags=["vip", "new"])
    assert outcome(change) == ("done", 3, 3, 3)
    assert list(change.tags) == ["vip", "new"]
    assert change.filter.search == "ann"
    assert await client.tag_counts() == {"new": 3, "vip": 3}
    change = await client.made("add_tags", 6, {}, tags=["VIP"])
    assert outcome(change) == ("done", 6, 6, 3)
    change = await client.made("remove_tags", 3, {"tag": "new"}, tags=["new"])
    assert outcome(change) == ("done", 3, 3, 3)
    assert await client.tag_counts() == {"vip": 6}


async def test_matching_contacts_are_added_to_a_list_and_removed(client: Bulk) -> None:
    await people(client, 6)
    list_id = await client.new_list()
    change = await client.made("add_to_list", 3, {"search": "bea"}, list_id=list_id)
    assert outcome(change) == ("done", 3, 3, 3)
    assert await client.member_count(list_id) == 3
    change = await client.made("remove_from_list", 3, {"list_id": list_id}, list_id=list_id)
    assert outcome(change) == ("done", 3, 3, 3)
    assert await client.member_count(list_id) == 0


async def test_matching_contacts_are_opted_out_once(client: Bulk) -> None:
    await people(client, 4)
    [first] = (await client.find(search=phone(0))).items
    before = (await client.opt_out(first.id)).opted_out_at
    change = await client.made("opt_out", 2, {"search": "ann"})
    assert outcome(change) == ("done", 2, 2, 1)
    assert await client.found(opt_status=OPT_STATUS_OPTED_OUT) == {phone(0), phone(2)}
    assert (await client.get(first.id)).opted_out_at == before
    assert await client.opted_out([phone(n) for n in range(4)]) == {phone(0), phone(2)}


async def test_matching_contacts_are_deleted_in_batches(client: Bulk) -> None:
    await people(client, 2400)
    change = await client.made("delete", 1200, {"search": "ann"})
    assert outcome(change) == ("done", 1200, 1200, 1200)
    left = await client.find()
    assert left.total == 1200
    assert {contact.first_name for contact in left.items} == {"Bea"}


@pytest.mark.parametrize(("expected", "status"), [(3, "done"), (2, "refused"), (4, "refused")])
async def test_with_fewer_than_a_hundred_contacts_the_expected_count_must_be_exact(
    client: Bulk, expected: int, status: str
) -> None:
    await people(client, 3)
    change = await client.made("delete", expected, {})
    assert outcome(change)[:2] == (status, 3)
    assert (await client.find()).total == (0 if status == "done" else 3)
    if status == "refused":
        assert "3 match now" in change.failure
        assert change.processed == change.changed == 0


@pytest.mark.parametrize(("expected", "status"), [(202, "done"), (198, "refused")])
async def test_with_a_hundred_contacts_or_more_the_expected_count_may_differ_by_one_percent(
    client: Bulk, expected: int, status: str
) -> None:
    await people(client, 200)
    assert outcome(await client.made("add_tags", expected, {}, tags=["a"]))[0] == status


@pytest.mark.parametrize(
    ("action", "fields", "field"),
    [
        ("add_tags", {}, "tags"),
        ("add_tags", {"tags": [" "]}, "tags[0]"),
        ("delete", {"tags": ["vip"]}, "tags"),
        ("add_to_list", {}, "listId"),
        ("opt_out", {"list_id": str(new_id())}, "listId"),
        ("unspecified", {}, "action"),
    ],
)
async def test_an_action_without_its_tags_or_list_is_refused(
    client: Bulk, action: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await client.start(action, 1, {}, **fields)
    assert [fault.field for fault in refused.value.fields] == [field]


async def test_an_unusable_filter_or_a_missing_count_is_refused(client: Bulk) -> None:
    with pytest.raises(InvalidInput) as refused:
        await client.start("delete", 1, {"search": "!!"})
    assert refused.value.code == "nothing_to_search_for"
    request = bulk_changes_pb2.CreateBulkChangeRequest(
        action=bulk_changes_pb2.BULK_ACTION_DELETE, filter=ContactFilter()
    )
    with pytest.raises(InvalidInput) as refused:
        await client.call(client.changes.CreateBulkChange, request)
    assert refused.value.fields[0].field == "expectedCount"
    with pytest.raises(InvalidInput) as refused:
        await client.start("delete", -1, {})
    assert refused.value.fields[0].field == "expectedCount"


async def test_another_organisations_lists_and_changes_are_refused(
    client: Bulk, stranger: Bulk
) -> None:
    theirs = await stranger.new_list()
    with pytest.raises(CrossOrgAccess):
        await client.start("add_to_list", 0, {}, list_id=theirs)
    with pytest.raises(CrossOrgAccess):
        await client.start("delete", 0, {"list_id": theirs})
    with pytest.raises(NotFound):
        await client.start("delete", 0, {"list_id": str(new_id())})
    change = await client.made("delete", 0, {})
    for attempt in (stranger.change(change.id), stranger.cancel(change.id)):
        with pytest.raises(CrossOrgAccess):
            await attempt
    for missing in (client.change, client.cancel):
        with pytest.raises(NotFound) as refused:
            await missing(str(new_id()))
        assert refused.value.code == "bulk_change_not_found"


async def test_a_bulk_change_changes_no_contact_of_another_organisation(
    client: Bulk, stranger: Bulk
) -> None:
    await people(client, 2)
    await people(stranger, 2)
    await client.made("delete", 2, {})
    assert (await stranger.find()).total == 2


async def test_a_finished_change_cannot_be_cancelled(client: Bulk) -> None:
    change = await client.made("delete", 0, {})
    with pytest.raises(Conflict) as refused:
        await client.cancel(change.id)
    assert refused.value.code == "bulk_change_finished"


async def test_changes_are_listed_newest_first(client: Bulk, stranger: Bulk) -> None:
    made = [(await client.made("add_tags", 0, {}, tags=["a"])).id for _ in range(3)]
    request = bulk_changes_pb2.ListBulkChangesRequest(limit=2)
    first = await client.call(client.changes.ListBulkChanges, request)
    request.cursor = first.next_cursor
    second = await client.call(client.changes.ListBulkChanges, request)
    assert [change.id for change in [*first.items, *second.items]] == made[::-1]
    others = bulk_changes_pb2.ListBulkChangesRequest()
    assert list((await stranger.call(stranger.changes.ListBulkChanges, others)).items) == []


async def test_a_filter_is_returned_as_it_was_given(client: Bulk) -> None:
    list_id = await client.new_list()
    matching: dict[str, Any] = {
        "search": "ann",
        "tag": "vip",
        "list_id": list_id,
        "opt_status": contacts_pb2.OPT_STATUS_OPTED_IN,
    }
    change = await client.made("delete", 0, matching)
    assert change.filter == ContactFilter(**matching)
