"""The keyword that was sent last, by the provider's time, decides in any order of arrival."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.contacts.storage import opt_status, recipients
from services.contacts.storage.opt_status import OptKeyword, Status

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATUSES: tuple[Status, Status] = ("opted_in", "opted_out")
TimedKeyword = tuple[int, Status]


def keyword_sequences() -> Iterator[Sequence[TimedKeyword]]:
    """Yield sequences of up to four keywords with equal or different times."""
    for count in range(1, 5):
        for seconds in ((*range(count),), (0, *range(count - 1)), (*range(count - 1), count - 2)):
            for statuses in product(STATUSES, repeat=count):
                yield tuple(zip(map(abs, seconds), statuses, strict=True))


def is_out(keywords: Sequence[TimedKeyword]) -> bool:
    last = max(second for second, _ in keywords)
    return (last, "opted_out") in keywords


async def test_the_keyword_that_was_sent_last_applies_in_every_order_of_arrival(
    database: Database,
) -> None:
    """Each order is tried with a new phone number. The first keyword is applied twice."""
    org_id = new_id()
    orders = [order for keywords in set(keyword_sequences()) for order in permutations(keywords)]
    phones = [f"+1415{6_000_000 + number}" for number in range(len(orders))]
    async with database.org(org_id) as connection:
        for turn in range(5):
            by_keyword: dict[TimedKeyword, list[str]] = {}
            for phone, order in zip(phones, orders, strict=True):
                if turn <= len(order):
                    by_keyword.setdefault(order[turn % len(order)], []).append(phone)
            for (second, status), of_keyword in by_keyword.items():
                keyword = OptKeyword(status, NOON + timedelta(seconds=second))
                await opt_status.apply_keyword(connection, org_id, of_keyword, keyword)
        out = set(await recipients.opted_out(connection, org_id, phones))
    assert out == {p for p, order in zip(phones, orders, strict=True) if is_out(order)}


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(minutes=10), timedelta(minutes=-10)])
async def test_manual_opt_outs_and_keywords_are_ordered_correctly_although_twilios_clock_differs(
    database: Database, offset: timedelta
) -> None:
    org_id, phone = new_id(), "+14156000001"
    provider_now = datetime.now(UTC) + offset

    async def is_out_after(status: Status, seconds_ago: float) -> bool:
        age = timedelta(seconds=seconds_ago)
        keyword = OptKeyword(status, provider_now - age, age)
        async with database.org(org_id) as connection:
            await opt_status.apply_keyword(connection, org_id, [phone], keyword)
            return bool(await recipients.opted_out(connection, org_id, [phone]))

    assert not await is_out_after("opted_in", 30)
    async with database.org(org_id) as connection:
        await opt_status.opt_out_now(connection, org_id, [phone], "manual")
    assert await is_out_after("opted_in", 20), "an earlier START that arrives later"
    assert await is_out_after("opted_in", 0), "a START within the tolerance"
    provider_now += timedelta(seconds=10)
    assert not await is_out_after("opted_in", -10), "a later START"


async def test_a_stop_text_sent_after_a_manual_opt_in_opts_out(database: Database) -> None:
    org_id, phone = new_id(), "+14156000001"
    stop, later = (OptKeyword("opted_out", NOON + timedelta(seconds=s)) for s in (0, 1))
    async with database.org(org_id) as connection:
        await opt_status.apply_keyword(connection, org_id, [phone], stop)
        await opt_status.opt_in(connection, org_id, phone)
        await opt_status.apply_keyword(connection, org_id, [phone], stop)
        assert not await recipients.opted_out(connection, org_id, [phone])
        await opt_status.apply_keyword(connection, org_id, [phone], later)
        assert await recipients.opted_out(connection, org_id, [phone])


async def test_a_stop_text_sent_after_a_manual_opt_out_and_opt_in_opts_out(
    database: Database,
) -> None:
    org_id, phone = new_id(), "+14156000001"
    async with database.org(org_id) as connection:
        await opt_status.opt_out_now(connection, org_id, [phone], "manual")
        await opt_status.opt_in(connection, org_id, phone)
        assert not await recipients.opted_out(connection, org_id, [phone])
        await opt_status.apply_keyword(connection, org_id, [phone], OptKeyword("opted_out", NOON))
        assert await recipients.opted_out(connection, org_id, [phone])
