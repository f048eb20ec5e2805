"""The messages that a sender process claims and defers, and when it claims again."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.identity import acting_as
from servicekit.ids import new_id
from servicekit.telemetry.tracing import tracing
from services.messaging.sending.domain.drafts import Draft, Payer
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.outcomes import Outcome, Verdict
from services.messaging.sending.storage import (
    acceptance,
    claims,
    counts,
    open_messages,
    quiet_hours,
    transitions,
)
from services.messaging.sending.storage.open_messages import Polling
from services.messaging.sending.storage.quiet_hours import WrittenHours
from services.messaging.sending.usecases.set_quiet_hours import SetQuietHours
from tests.fixtures.databases import somebody_is_blocked
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until

PACE = claims.Pace(100, 60, 100)
_WAITING = text("""
INSERT INTO sms_messages (id, org_id, campaign_id, contact_id, to_number, body, direction, status,
  segments, price_cents, charged, next_step_at)
VALUES (:id, :org_id, :campaign_id, :id, '+14155550142', 'Hello', 'out', 'pending', 1, 1, true,
  now() + make_interval(secs => :seconds))
""")


async def store(connection: AsyncConnection, org_id: UUID, seconds: float) -> UUID:
    """Store a message that is due in `seconds`. Return its campaign's id.

    Tests claim a due message in the same transaction, because a sender process is running as well.
    """
    campaign_id = uuid4()
    parameters = {"id": new_id(), "org_id": org_id, "campaign_id": campaign_id, "seconds": seconds}
    await connection.execute(_WAITING, parameters)
    return campaign_id


async def back_to_the_queue(connection: AsyncConnection, org_id: UUID) -> None:
    """Make claimed messages pending again."""
    again = text(
        "UPDATE sms_messages SET status = 'pending', next_step_at = now() WHERE org_id=:id"
    )
    await connection.execute(again, {"id": org_id})


async def record(
    connection: AsyncConnection, org_id: UUID, outcome: Outcome, attempts: int
) -> None:
    recorded = claims.Outcomes([outcome], {outcome.message_id: attempts}, account=None)
    await claims.record(connection, org_id, recorded, ask_after=60)


async def status_of(connection: AsyncConnection, org_id: UUID) -> str:
    """Return the status of the organisation's only message."""
    query = text("SELECT status FROM sms_messages WHERE org_id = :id")
    return str(await connection.scalar(query, {"id": org_id}))


async def test_a_sender_process_waits_for_a_message_that_is_due_soon(
    messaging: object, database: Database
) -> None:
    org_id = uuid4()
    async with database.org(org_id) as connection:
        await store(connection, org_id, 1.5)
        batch = await claims.claim(connection, org_id, PACE)
    assert not batch.messages
    assert 0.1 <= batch.wait_seconds <= 1.5


@pytest.mark.parametrize(("seconds", "held"), [(60, False), (-1, True)])
async def test_a_sender_process_does_not_wait_for_a_message_that_is_due_later_or_held(
    messaging: object, database: Database, seconds: float, held: bool
) -> None:
    org_id = uuid4()
    async with database.org(org_id) as connection:
        campaign_id = await store(connection, org_id, seconds)
        if held:
            await counts.hold(connection, org_id, campaign_id, counts.Hold(True, False, None))
        assert await claims.claim(connection, org_id, PACE) == claims.Batch((), 0.0)


async def test_the_wait_for_the_sending_rate_is_not_counted_as_waiting_time(
    messaging: object, database: Database
) -> None:
    org_id, one = uuid4(), claims.Pace(1, 60, 100)
    waited = []
    async with database.org(org_id) as connection:
        for _ in range(3):
            await store(connection, org_id, -300)
        for seconds_since_last_turn in (0, 0, 100):
            moved = text(
                "UPDATE send_limits SET refilled_at = refilled_at - make_interval(secs => :away)"
                " WHERE org_id = :id"
            )
            await connection.execute(moved, {"id": org_id, "away": seconds_since_last_turn})
            batch = await claims.claim(connection, org_id, one)
            waited += [message.waited_seconds for message in batch.messages]
    first, after_it, after_a_pause = waited
    assert first == pytest.approx(300, abs=1)
    assert after_it < 10
    assert after_a_pause == pytest.approx(100, abs=10)


async def test_releasing_a_held_campaign_twice_changes_its_messages_once(
    messaging: object, database: Database
) -> None:
    org_id = uuid4()
    async with database.org(org_id) as connection:
        campaign_id = await store(connection, org_id, -1)
        assert (
            await counts.hold(connection, org_id, campaign_id, counts.Hold(False, True, None)) == 0
        )
        assert (
            await counts.hold(connection, org_id, campaign_id, counts.Hold(True, False, None)) == 1
        )
        assert (
            await counts.hold(connection, org_id, campaign_id, counts.Hold(False, True, None)) == 1
        )
        assert (
            await counts.hold(connection, org_id, campaign_id, counts.Hold(False, True, None)) == 0
        )


async def test_deferring_a_message_resets_its_count_of_attempts(
    messaging: object, database: Database
) -> None:
    org_id, opens = uuid4(), datetime.now(UTC) + timedelta(hours=9)
    async with database.org(org_id) as connection:
        for _ in range(3):
            await store(connection, org_id, -1)
        batch = await claims.claim(connection, org_id, PACE)
        early = {m.id: opens for m in batch.messages[:2]}
        await quiet_hours.defer(connection, org_id, early)
    assert len(batch.messages) == 3
    async with database.org(org_id) as connection:
        rows = await connection.execute(
            text("SELECT status, attempts, next_step_at FROM sms_messages WHERE id = ANY(:ids)"),
            {"ids": list(early)},
        )
        assert {tuple(row) for row in rows} == {("pending", 0, opens)}
        tokens = await connection.scalar(
            text("SELECT tokens FROM send_limits WHERE org_id = :id"), {"id": org_id}
        )
    assert tokens == PACE.segments_per_second - 1


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (Verdict.LATER, "sending"),
        (Verdict.UNKNOWN, "sending"),
        (Verdict.REFUSED, "sending"),
        (Verdict.ACCEPTED, "queued"),
    ],
)
async def test_an_outcome_of_an_earlier_attempt_is_stored_only_if_twilio_has_the_message(
    messaging: object, database: Database, verdict: Verdict, status: str
) -> None:
    org_id = uuid4()
    async with database.org(org_id) as connection:
        await store(connection, org_id, -1)
        [earlier] = (await claims.claim(connection, org_id, PACE)).messages
        await back_to_the_queue(connection, org_id)
        [now] = (await claims.claim(connection, org_id, PACE)).messages
        sid = f"SM{org_id.hex}" if verdict is Verdict.ACCEPTED else None
        outcome = Outcome(earlier.id, verdict, sid)
        await record(connection, org_id, outcome, earlier.attempts)
        assert (now.attempts, await status_of(connection, org_id)) == (2, status)


async def test_a_pending_message_that_the_provider_has_is_not_sent_again(
    messaging: object, database: Database
) -> None:
    org_id = uuid4()
    async with database.org(org_id) as connection:
        await store(connection, org_id, -1)
        [claimed] = (await claims.claim(connection, org_id, PACE)).messages
        await back_to_the_queue(connection, org_id)
        outcome = Outcome(claimed.id, Verdict.ACCEPTED, f"SM{org_id.hex}")
        await record(connection, org_id, outcome, claimed.attempts)
        assert await status_of(connection, org_id) == "queued"
        assert not (await claims.claim(connection, org_id, PACE)).messages


@pytest.mark.parametrize(("tried_since", "moves"), [(0, 1), (1, 0)])
async def test_if_a_search_finds_no_message_only_the_searched_attempt_counts_as_never_sent(
    messaging: object, database: Database, tried_since: int, moves: int
) -> None:
    org_id = uuid4()
    lost = text(
        "UPDATE sms_messages SET status = 'unknown', attempts = attempts + :more,"
        " next_step_at = now() - interval '1 s' WHERE org_id = :id"
    )
    async with database.system() as connection:
        await store(connection, org_id, -1)
        await connection.execute(lost, {"id": org_id, "more": 1})
        taken = await open_messages.claim(
            connection, Polling("resolve-unknown", (MessageStatus.UNKNOWN,), 500, 1)
        )
        message = next(one for one in taken if one.org_id == org_id)
        await connection.execute(lost, {"id": org_id, "more": tried_since})
        assert len(await open_messages.send_again(connection, message)) == moves


async def test_new_sending_windows_apply_to_messages_that_are_being_claimed(
    messaging: object, database: Database
) -> None:
    person, opens = Person(), datetime.now(UTC) + timedelta(hours=9)
    org_id = person.org_id
    async with database.org(org_id) as connection:
        await claims.claim(connection, org_id, PACE)
    async with database.org(org_id) as connection:
        await store(connection, org_id, -1)
        batch = await claims.claim(connection, org_id, PACE)
        with acting_as(person.identity()):
            changing = asyncio.create_task(SetQuietHours(database).set(org_id, WrittenHours()))
        await wait_until(lambda: somebody_is_blocked(database))
        await quiet_hours.defer(connection, org_id, {m.id: opens for m in batch.messages})
    await changing
    async with database.org(org_id) as connection:
        step = text("SELECT next_step_at FROM sms_messages WHERE org_id = :id")
        assert await connection.scalar(step, {"id": org_id}) < opens


async def test_messages_are_claimed_after_the_clock_was_set_back(
    messaging: object, database: Database
) -> None:
    org_id = Person().org_id
    async with database.org(org_id) as connection:
        await claims.claim(connection, org_id, PACE)
        later = "UPDATE send_limits SET refilled_at = now() + interval '10 minutes'"
        await connection.execute(text(f"{later} WHERE org_id = :id"), {"id": org_id})
        await store(connection, org_id, 0)
        batch = await claims.claim(connection, org_id, PACE)
    assert (len(batch.messages), batch.wait_seconds) == (1, 0)


async def test_a_clock_that_was_set_ahead_does_not_raise_the_messages_claimed_per_second(
    messaging: object, database: Database
) -> None:
    org_id, pace = Person().org_id, claims.Pace(100, 60, 5)
    async with database.org(org_id) as connection:
        await claims.claim(connection, org_id, pace)
        before = "UPDATE send_limits SET refilled_at = now() - interval '2 hours'"
        await connection.execute(text(f"{before} WHERE org_id = :id"), {"id": org_id})
        for _ in range(3 * pace.segments_per_second):
            await store(connection, org_id, 0)
        batch = await claims.claim(connection, org_id, pace)
    assert len(batch.messages) == pace.segments_per_second


async def test_a_sender_process_of_the_previous_release_claims_no_message_with_pictures(
    messaging: object, database: Database
) -> None:
    org_id = uuid4()
    async with database.org(org_id) as connection:
        await store(connection, org_id, -1)
        pictures = "UPDATE sms_messages SET media_urls = ARRAY['https://example.com/a.png']"
        await connection.execute(text(f"{pictures} WHERE org_id = :id"), {"id": org_id})
        parameters = {"org_id": org_id, "limit": 10, "lease": 60, "tokens": 10, "last_turn": None}
        # It does not say that it sends pictures.
        assert (await connection.execute(transitions.CLAIM, parameters)).all() == []
        assert await status_of(connection, org_id) == "pending"
        [claimed] = (await claims.claim(connection, org_id, PACE)).messages
    assert claimed.media_urls == ("https://example.com/a.png",)


@pytest.mark.parametrize("flag", ["00", "01"])
async def test_the_first_messages_of_a_call_are_claimed_with_its_trace_if_it_is_sampled(
    database: Database, flag: str
) -> None:
    person, header = Person(), f"00-{uuid4().hex}-{uuid4().hex[:16]}-{flag}"
    drafts = [
        Draft(new_id(), new_id(), f"+1415555{n:04}", "Hi", 1, 1, smart_encoded=False)
        for n in range(12)
    ]
    with tracing(header):
        async with database.org(person.org_id) as connection:
            await acceptance.store(connection, Payer(person.org_id, person.user_id), drafts)
            ids = [draft.id for draft in drafts]
            await acceptance.release(connection, person.org_id, ids, held=False)
            batch = await claims.claim(connection, person.org_id, PACE)
    traces = {message.id: message.traceparent for message in batch.messages}
    traced = drafts[:10] if flag == "01" else []
    assert traces == dict.fromkeys(ids) | {draft.id: header for draft in traced}
