"""Lists of messages: filters by date, sender and recipient, and pages without gaps or repeats.

The filters are those of Twilio's OpenAPI document. A date is a day in GMT. `DateSent<` finds
messages of that day and before, `DateSent>` messages of that day and after.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.simulation import Simulation
from simulator.tests.conftest import LiveSimulator
from simulator.tests.twilio_client import call, refusal, tenant
from simulator.tests.twilio_in_process import (
    account_of,
    ask,
    assembled,
    text_sent_at,
    with_query,
)
from simulator.twilio.message_rows import Search
from simulator.twilio.messages import Messages
from simulator.twilio.models import TwilioAccount

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
TIMES = st.integers(-3 * 24 * 12, 3 * 24 * 12).map(lambda n: MIDNIGHT + timedelta(minutes=5 * n))
EDGES = [MIDNIGHT + timedelta(milliseconds=n) for n in (-1, 0, 1)]
DAYS = st.integers(-3, 3).map(lambda n: (MIDNIGHT + timedelta(days=n)).date())


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    simulation = assembled(tmp_path_factory.mktemp("lists"))
    yield simulation
    simulation.store.close()


def millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def listed(simulation: Simulation, account: TwilioAccount, **query: str) -> list[str]:
    """Return the ids on the first page of the messages that a search finds."""
    names = {"after": "DateSent>", "before": "DateSent<", "on": "DateSent"}
    wanted = {names.get(name, name): value for name, value in query.items()}
    answer = ask(simulation, lists(simulation), account, with_query("/Messages.json", wanted))
    return [message["sid"] for message in answer["messages"]]


def lists(simulation: Simulation) -> Any:
    return Messages(simulation.lifecycle, simulation.faults).listing


@settings(max_examples=20)
@given(times=st.lists(TIMES, max_size=12), day=DAYS)
@example(times=EDGES, day=MIDNIGHT.date())
@example(times=EDGES, day=(MIDNIGHT - timedelta(days=1)).date())
def test_a_filter_by_date_finds_the_messages_of_that_day_in_gmt(
    simulation: Simulation, times: list[datetime], day: date
) -> None:
    account = account_of(simulation)
    sent = [(text_sent_at(simulation, account, millis(at)).sid, at) for at in times]
    newest_first = list(reversed(sent))
    asked = day.isoformat()
    assert listed(simulation, account, on=asked) == [
        sid for sid, at in newest_first if at.date() == day
    ]
    assert listed(simulation, account, before=asked) == [
        sid for sid, at in newest_first if at.date() <= day
    ]
    assert listed(simulation, account, after=asked) == [
        sid for sid, at in newest_first if at.date() >= day
    ]


@settings(max_examples=20)
@given(
    times=st.lists(TIMES, max_size=12),
    earliest=TIMES,
    latest=TIMES,
    offset=st.sampled_from([0, 60, -480, 345]),
)
def test_a_filter_time_is_read_in_the_time_zone_that_it_contains(
    simulation: Simulation,
    times: list[datetime],
    earliest: datetime,
    latest: datetime,
    offset: int,
) -> None:
    account, zone = account_of(simulation), timezone(timedelta(minutes=offset))
    sent = [(text_sent_at(simulation, account, millis(at)).sid, at) for at in times]
    found = listed(
        simulation,
        account,
        after=earliest.astimezone(zone).isoformat(),
        before=latest.astimezone(zone).isoformat(),
    )
    assert found == [sid for sid, at in reversed(sent) if earliest <= at <= latest]


@pytest.mark.parametrize("notation", ["2026-03-02T10:00:00Z", "2026-03-02T10:00:00"])
def test_a_filter_time_without_a_time_zone_is_read_as_gmt(
    simulation: Simulation, notation: str
) -> None:
    account = account_of(simulation)
    ten = MIDNIGHT + timedelta(hours=10)
    before, at = (text_sent_at(simulation, account, millis(ten) - 1 + n) for n in range(2))
    assert listed(simulation, account, after=notation) == [at.sid]
    assert listed(simulation, account, before=notation) == [at.sid, before.sid]


def test_an_invalid_date_is_refused(simulation: Simulation) -> None:
    answer = ask(
        simulation, lists(simulation), account_of(simulation), "/Messages.json?DateSent=soon"
    )
    assert (answer["status"], answer["code"]) == (400, 20001)


@settings(max_examples=20)
@given(
    size=st.integers(1, 7),
    before=st.integers(0, 25),
    arriving=st.lists(st.integers(0, 4), max_size=30),
)
def test_pages_show_each_message_once_while_others_arrive(
    simulation: Simulation, size: int, before: int, arriving: list[int]
) -> None:
    account = account_of(simulation)
    first = [text_sent_at(simulation, account, number).sid for number in range(before)]
    arrivals, address = iter(arriving), f"/Messages.json?PageSize={size}"
    seen: list[str] = []
    while address:
        answer = ask(simulation, lists(simulation), account, address)
        seen += [message["sid"] for message in answer["messages"]]
        for _ in range(next(arrivals, 0)):
            text_sent_at(simulation, account, 0)
        address = answer["next_page_uri"]
        assert len(seen) <= before
    assert seen == list(reversed(first))


def test_a_page_contains_its_position_in_the_list_and_its_links_contain_the_filters(
    simulation: Simulation,
) -> None:
    account = account_of(simulation)
    for number in range(5):
        text_sent_at(simulation, account, number)
    query = {"To": "+12125550123", "PageSize": "2"}
    first = ask(simulation, lists(simulation), account, with_query("/Messages.json", query))
    assert (first["page"], first["page_size"], first["start"], first["end"]) == (0, 2, 0, 1)
    assert first["previous_page_uri"] is None
    assert first["first_page_uri"] == "/Messages.json?To=%2B12125550123&PageSize=2&Page=0"
    assert "To=%2B12125550123" in first["next_page_uri"]
    assert "PageToken=" in first["next_page_uri"]
    second = ask(simulation, lists(simulation), account, first["next_page_uri"])
    assert (second["page"], second["start"], second["end"]) == (1, 2, 3)
    last = ask(simulation, lists(simulation), account, second["next_page_uri"])
    assert (len(last["messages"]), last["next_page_uri"]) == (1, None)


@pytest.mark.parametrize(
    ("query", "code"),
    [("PageSize=1001", 20007), ("PageSize=0", 20001), ("PageSize=x", 20001), ("Page=x", 20001)],
)
def test_an_invalid_page_or_page_size_is_refused(
    simulation: Simulation, query: str, code: int
) -> None:
    account = account_of(simulation)
    answer = ask(simulation, lists(simulation), account, f"/Messages.json?{query}")
    assert (answer["status"], answer["code"]) == (400, code)


def test_a_page_has_fifty_messages_by_default(
    simulation: Simulation,
) -> None:
    account = account_of(simulation)
    for number in range(51):
        text_sent_at(simulation, account, number)
    assert len(listed(simulation, account)) == 50
    assert len(listed(simulation, account, PageSize="1000")) == 51


def test_the_filters_for_recipient_and_sender_match_only_equal_values(
    simulation: Simulation,
) -> None:
    account = account_of(simulation)
    to_ada = text_sent_at(simulation, account, 1, to_number="+12125550111")
    from_ada = text_sent_at(
        simulation, account, 2, from_number="+12125550111", to_number="+14155550100"
    )
    assert listed(simulation, account, To="+12125550111") == [to_ada.sid]
    assert listed(simulation, account, From="+12125550111") == [from_ada.sid]
    assert listed(simulation, account, To="12125550111") == []
    assert listed(simulation, account, To="+12125550111", From="+12125550111") == []


def test_an_account_does_not_list_the_messages_of_another_account(simulation: Simulation) -> None:
    acme, other = account_of(simulation), account_of(simulation)
    text_sent_at(simulation, acme, 1)
    assert listed(simulation, other) == []
    assert Search(other.sid).run(simulation.store, 10, 0) == []


async def test_the_sdk_finds_messages_by_day_and_by_time(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    for days in (0, 1, 2):
        sent = {"from": "+12125550123", "to": acme.number, "body": f"{days} days ago"}
        await sim.post("/sim/inbound", {**sent, "secondsAgo": days * 24 * 3600})

    def bodies(**filters: Any) -> list[str]:
        return [message.body for message in acme.client.messages.list(**filters)]

    sent_at = {m.body: m.date_sent for m in await call(acme.client.messages.list)}
    yesterday = sent_at["1 days ago"]
    assert await call(lambda: bodies(date_sent=yesterday.date())) == ["1 days ago"]
    later = yesterday + timedelta(minutes=5)
    assert await call(lambda: bodies(date_sent_after=later)) == ["0 days ago"]
    assert await call(lambda: bodies(date_sent_before=later)) == ["2 days ago", "1 days ago"]


async def test_a_deleted_message_is_not_listed(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    sid = (await sim.post("/sim/inbound", {"from": "+12125550123", "to": acme.number}))["sid"]
    message = acme.client.messages(sid)
    assert await call(message.delete)
    assert await call(acme.client.messages.list) == []
    assert await refusal(message.delete) == (404, 20404)
