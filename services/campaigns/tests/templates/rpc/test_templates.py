"""Create, read, change and delete templates."""

from typing import get_args

import pytest

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.tests.author import Author
from services.campaigns.tests.builders import a_campaign, a_template
from tests.fixtures.running import Running


@pytest.fixture
def author(alone: Running) -> Author:
    return Author(alone)


async def test_a_template_is_stored_as_entered(author: Author) -> None:
    content = "Hi {{ firstName }}, <b>{{code}}</b> & {{firstName}}"
    created = await author.create(content, "Codes </title>")
    assert created == await author.get(created.id)
    assert (created.name, created.content) == ("Codes </title>", content)
    assert list(created.variables) == ["firstName", "code"]
    assert created.created_by == str(author.person.user_id)
    assert created.created_at.seconds > 0


@pytest.mark.parametrize("content", ["{{7*7}}", "{{config}} {{a.__class__}}", "{{#if}}", "{{a"])
async def test_a_template_with_conditions_or_loops_is_rejected(
    author: Author, content: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await author.create(content)
    assert [fault.field for fault in caught.value.fields] == ["content"]
    assert not (await author.page()).items


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        (" ", "Hi", "name"),
        ("x" * 101, "Hi", "name"),
        ("Name", "\n", "content"),
        ("Name", "x" * 1601, "content"),
    ],
)
async def test_invalid_input_gets_an_error_for_its_field(
    author: Author, name: str, content: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await author.create(content, name)
    assert [fault.field for fault in caught.value.fields] == [field]
    assert not (await author.page()).items


async def test_the_name_of_a_template_is_unique_in_the_organisation(
    author: Author, alone: Running
) -> None:
    first = await author.create(name="Welcome")
    with pytest.raises(Conflict) as caught:
        await author.create(name="Welcome")
    assert caught.value.code == "name_taken"
    await Author(alone).create(name="Welcome")
    other = await author.create(name="Other")
    with pytest.raises(Conflict):
        await author.update(other.id, name="Welcome")
    await author.delete(first.id)
    await author.update(other.id, name="Welcome")


async def test_pages_go_from_newest_to_oldest(author: Author) -> None:
    created = [(await author.create()).id for _ in range(5)]
    seen: list[str] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        answer = await author.page(limit=2, cursor=cursor or None)
        seen += [item.id for item in answer.items]
        cursor, pages = answer.next_cursor, pages + 1
    assert seen == created[::-1]
    assert pages == 3


async def test_a_cursor_of_another_organisation_is_rejected(author: Author, alone: Running) -> None:
    for _ in range(2):
        await author.create()
    cursor = (await author.page(limit=1)).next_cursor
    with pytest.raises(InvalidInput, match="cursor"):
        await Author(alone).page(cursor=cursor)


async def test_search_finds_beginnings_of_words_in_name_and_content(author: Author) -> None:
    await author.create("Bring your ticket, {{firstName}}!", "Reminder (door)")
    await author.create("Write to bob@acme.com or see https://acme.com/<b>sale</b>", "Änderung")
    await author.create("50% off", "Spring_sale 2026")
    assert await author.found("remind") == ["Reminder (door)"]
    assert await author.found("TICK door") == ["Reminder (door)"]
    assert await author.found("firstname") == ["Reminder (door)"]
    assert await author.found("änd") == await author.found("and") == ["Änderung"]
    assert await author.found("acme") == ["Änderung"]
    assert await author.found("sale") == ["Spring_sale 2026", "Änderung"]
    assert await author.found("50%") == ["Spring_sale 2026"]
    assert await author.found("ticket sale") == []
    assert len(await author.found("  ")) == 3


@pytest.mark.parametrize(
    "search", ["'", "a' | 'b", ":*", "!", "_", "-", "a & !b", "\\", "%", "<->", "(("]
)
async def test_a_search_for_templates_accepts_any_text(author: Author, search: str) -> None:
    await author.create("zzz", "zzz")
    assert await author.found(search) == []


async def test_an_update_of_a_template_changes_only_the_given_fields(author: Author) -> None:
    created = await author.create("Hi {{firstName}}", "First")
    renamed = await author.update(created.id, name="Second")
    assert (renamed.name, renamed.content) == ("Second", "Hi {{firstName}}")
    rewritten = await author.update(created.id, content="Bye {{lastName}}")
    assert (rewritten.name, list(rewritten.variables)) == ("Second", ["lastName"])
    assert await author.update(created.id) == rewritten
    with pytest.raises(InvalidInput, match="content"):
        await author.update(created.id, content="{{7*7}}")
    assert await author.get(created.id) == rewritten


async def test_a_deleted_template_is_not_found(author: Author) -> None:
    created = await author.create()
    await author.delete(created.id)
    assert not (await author.page()).items
    for attempt in (author.get, author.delete, author.update):
        with pytest.raises(NotFound) as caught:
            await attempt(created.id)
        assert caught.value.code == "template_not_found"


async def test_a_template_of_another_organisation_is_not_accessible(
    author: Author, alone: Running
) -> None:
    created = await author.create()
    stranger = Author(alone)
    for attempt in (stranger.get, stranger.delete, stranger.update):
        with pytest.raises(CrossOrgAccess):
            await attempt(created.id)
    with pytest.raises(CrossOrgAccess):
        await stranger.update(created.id, content="Mine")
    assert await author.get(created.id) == created


async def test_an_unknown_id_is_not_found(author: Author) -> None:
    for attempt in (author.get, author.delete, author.update):
        with pytest.raises(NotFound):
            await attempt(new_id())
        with pytest.raises(InvalidInput, match="id"):
            await attempt("nonsense")


@pytest.mark.parametrize("status", ["draft", "paused", "done", "failed"])
async def test_a_template_can_be_changed_and_deleted_while_no_campaign_runs_with_it(
    author: Author, database: Database, status: Status
) -> None:
    template_id = await a_template(database, author.person)
    await a_campaign(database, author.person, status, template_id=template_id)
    await author.update(template_id, content="New")
    await author.delete(template_id)


async def test_api_key_without_send_scope_cannot_change_the_template_of_a_scheduled_campaign(
    alone: Running, database: Database
) -> None:
    author = Author(alone)
    template_id = await a_template(database, author.person)
    weak = Author(alone, author.person, may_send=False)
    await a_campaign(database, author.person, "draft", template_id=template_id)
    assert (await weak.update(template_id, content="New")).content == "New"
    await a_campaign(database, author.person, "scheduled", template_id=template_id)
    with pytest.raises(Forbidden) as refusal:
        await weak.update(template_id)
    assert refusal.value.code == "api_key_scope"
    await author.update(template_id, content="Newer")


async def test_a_template_of_scheduled_campaigns_cannot_be_deleted_and_the_campaigns_are_named(
    author: Author, database: Database
) -> None:
    template_id = await a_template(database, author.person)
    for _ in range(5):
        await a_campaign(database, author.person, "scheduled", template_id=template_id)
    with pytest.raises(Conflict, match="and 2 more") as caught:
        await author.delete(template_id)
    assert caught.value.code == "template_in_use"
    assert (await author.get(template_id)).id == str(template_id)


async def test_a_template_of_a_running_campaign_cannot_be_changed(
    author: Author, database: Database
) -> None:
    template_id = await a_template(database, author.person)
    await a_campaign(database, author.person, "running", template_id=template_id)
    before = await author.get(template_id)
    for attempt in (author.update, author.delete):
        with pytest.raises(Conflict) as caught:
            await attempt(template_id)
        assert caught.value.code == "template_in_use"
    assert await author.get(template_id) == before


async def test_a_template_lists_the_campaigns_that_use_it_and_when_it_was_last_used(
    author: Author, database: Database
) -> None:
    template_id = await a_template(database, author.person)
    unused = await author.get(template_id)
    assert (unused.campaign_count, unused.HasField("last_used_at")) == (0, False)
    for status in get_args(Status):
        await a_campaign(database, author.person, status, template_id=template_id)
    [listed] = (await author.page()).items
    assert (listed.campaign_count, listed.active_campaign_count) == (len(get_args(Status)), 3)
    assert listed.last_used_at.ToDatetime() > listed.created_at.ToDatetime()
    assert await author.get(template_id) == listed


async def test_a_change_of_the_text_sets_the_time_of_the_change(author: Author) -> None:
    created = await author.create()
    changed = await author.update(created.id, content="Hello")
    assert changed.updated_at.ToDatetime() > created.updated_at.ToDatetime()
    assert created.updated_at == created.created_at


async def test_a_preview_shows_the_text_and_lists_missing_and_unused_values(author: Author) -> None:
    answer = await author.preview(
        "Hi {{firstName}} {{ lastName }}: {{code}}", firstName="{{code}}", code="<1>", seat="9"
    )
    assert answer.preview == "Hi {{code}} {{ lastName }}: <1>"
    assert list(answer.missing_variables) == ["lastName"]
    assert list(answer.unused_variables) == ["seat"]
    # Messaging, which counts segments, doesn't run here.
    assert not answer.HasField("segments")
    with pytest.raises(InvalidInput, match="content"):
        await author.preview("{{#if}}")


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        ({}, "missing_variables", "sampleData.seat"),
        ({"seat": "9", "row": "2"}, "extra_variables", "sampleData.row"),
    ],
)
async def test_strict_preview_rejects_missing_and_unused_values(
    author: Author, data: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await author.preview("Seat {{seat}}", strict=True, **data)
    assert (caught.value.code, [f.field for f in caught.value.fields]) == (code, [field])
    assert (await author.preview("Seat {{seat}}", strict=True, seat="9")).preview == "Seat 9"


async def test_a_preview_lists_placeholders_of_other_tools(author: Author) -> None:
    seen = await author.preview("Hi {first_name}, {{firstName}} and %LNAME%", firstName="Ann")
    assert list(seen.foreign_placeholders) == ["{first_name}", "%LNAME%"]


async def test_non_breaking_spaces_within_braces_are_accepted(author: Author) -> None:
    seen = await author.preview("Hi {{\u00a0firstName\u202f}}", firstName="Ann")
    assert seen.preview == "Hi Ann"
