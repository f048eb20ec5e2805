"""Each process can use its own subjects and consumers on the bus, and no others."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from deploy import bus_logins
from deploy.local.nats import Nats, NatsOptions
from deploy.local.ports import free_port
from servicekit.bus import subjects
from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.logins import CONSUMERS, KEEPER, LOGINS, Login
from servicekit.bus.streams import STREAMS
from servicekit.bus.trim import TRIMMED, delete_acknowledged

each = pytest.mark.parametrize("login", LOGINS, ids=lambda login: login.name)


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    """Start a NATS server that accepts only clients with a login."""
    folder: Path = tmp_path_factory.mktemp("nats")
    passwords = {name: f"password-of-{name}" for name in bus_logins.NAMES}
    options = NatsOptions(folder, folder / "nats.log", free_port(), False, passwords)
    nats = Nats(options)
    nats.start()
    yield nats
    nats.stop()


@pytest.fixture(scope="module")
async def operator(nats: Nats) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats.url, "tests")
    yield bus
    await bus.close()


class Spy:
    """A client with a NATS login. It records what the server refuses."""

    def __init__(self) -> None:
        self.client = Client()
        self._refused: list[str] = []

    @asynccontextmanager
    async def connected(self, url: str, inbox: str) -> AsyncIterator["Spy"]:
        async def note(error: Exception) -> None:
            self._refused.append(str(error))

        await self.client.connect(url, error_cb=note, inbox_prefix=inbox)
        yield self
        await self.client.close()

    async def may_publish(self, subject: str, payload: bytes = b"") -> bool:
        self._refused.clear()
        await self.client.publish(subject, payload)
        await self._answered()
        return not self._refused

    async def may_subscribe(self, subject: str) -> bool:
        self._refused.clear()
        subscription = await self.client.subscribe(subject)
        await self._answered()
        if not self._refused:
            await subscription.unsubscribe()
        return not self._refused

    async def _answered(self) -> None:
        # The client may ask before it has sent its buffered messages.
        await self.client.flush()
        await self.client.flush()


def example(subject: str) -> str:
    """Return one subject that matches a pattern with wildcards."""
    return subject.replace("*", "any").replace(">", "thing")


def is_one_of(subject: str, patterns: Sequence[str]) -> bool:
    return any(_matches(pattern.split("."), subject.split(".")) for pattern in patterns)


def _matches(pattern: Sequence[str], subject: Sequence[str]) -> bool:
    if pattern[:1] == [">"]:
        return bool(subject)
    if not pattern or not subject:
        return not pattern and not subject
    return pattern[0] in ("*", subject[0]) and _matches(pattern[1:], subject[1:])


@each
async def test_a_nats_login_can_publish_and_read_the_subjects_that_it_needs(
    login: Login, nats: Nats, operator: Bus
) -> None:
    bus = await Bus.connect(nats.url_of(login.name), login.name)
    assert len(await bus.stream_ages()) == len(STREAMS)
    said = [
        BusMessage(example(subject), uuid4().hex, b"x")
        for subject in login.publishes
        if subject != subjects.ANY_HINTS  # no stream stores it
    ]
    await bus.publish(said)
    for consumer in login.consumers:
        subscription = await bus.subscribe(consumer)
        await operator.publish([BusMessage(example(consumer.subject), uuid4().hex, b"x")])
        [message] = await subscription.fetch(1)
        await message.nak()
        [message] = await subscription.fetch(1)
        await message.in_progress()
        await message.ack_sync()
        await subscription.unsubscribe()
    await bus.close()


async def test_the_nats_login_for_changes_of_streams_can_change_and_trim_them(
    nats: Nats, operator: Bus
) -> None:
    for consumer in CONSUMERS:
        await operator.subscribe(consumer)
    found = (await operator.stream.stream_info("EVENTS")).config
    await operator.stream.update_stream(found.evolve(subjects=["event.some.>"]))
    keeper = await Bus.connect(nats.url_of(KEEPER), KEEPER)
    assert (await operator.stream.stream_info("EVENTS")).config.subjects == ["event.>"]
    for stream in TRIMMED:
        await delete_acknowledged(keeper.stream, stream)
    await keeper.close()


@each
async def test_a_nats_login_can_create_a_lost_stream_again(
    login: Login, nats: Nats, operator: Bus
) -> None:
    await operator.stream.delete_stream("JOBS")
    bus = await Bus.connect(nats.url_of(login.name), login.name)
    assert (await operator.stream.stream_info("JOBS")).config.subjects == ["job.>"]
    await bus.close()


def others_business(login: Login) -> Iterator[str]:
    """Yield subjects that the login must not use.

    They are those of other logins, and those of JetStream's administration.
    """
    yield from (example(subject) for other in LOGINS for subject in other.publishes)
    for stream in (*(str(stream.name) for stream in STREAMS), "OTHER"):
        yield from (
            f"$JS.API.STREAM.{what}.{stream}"
            for what in ("DELETE", "UPDATE", "PURGE", "MSG.GET", "MSG.DELETE", "SNAPSHOT")
        )
        yield f"$JS.API.STREAM.RESTORE.{stream}"
        yield f"$JS.API.DIRECT.GET.{stream}"
        yield f"$JS.API.DIRECT.GET.{stream}.event.billing.audit"
        yield f"$JS.API.CONSUMER.CREATE.{stream}"
        yield f"$JS.API.CONSUMER.CREATE.{stream}.spy"
        yield f"$JS.API.CONSUMER.CREATE.{stream}.spy.event.>"
        yield f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.spy"
    yield "$JS.API.STREAM.CREATE.OTHER"
    for consumer in CONSUMERS:
        place = f"{consumer.stream}.{consumer.name}"
        yield f"$JS.API.CONSUMER.DELETE.{place}"
        yield f"$JS.API.CONSUMER.PAUSE.{place}"
        yield f"$JS.API.CONSUMER.CREATE.{place}"
        yield f"$JS.API.CONSUMER.CREATE.{place}.>"
        yield f"$JS.API.CONSUMER.DURABLE.CREATE.{place}"
        yield f"$JS.API.CONSUMER.MSG.NEXT.{place}"
        yield f"$JS.ACK.{place}.1.2.3.4.0"
    yield from ("$SYS.REQ.SERVER.PING", "$JS.API.INFO", "anything")
    yield from (f"{other.inbox}.x.y" for other in LOGINS if other is not login)


@each
async def test_a_nats_login_cannot_use_the_subjects_of_other_logins(
    login: Login, nats: Nats, operator: Bus
) -> None:
    assert operator.is_connected
    async with Spy().connected(nats.url_of(login.name), login.inbox) as spy:
        for subject in others_business(login):
            allowed = is_one_of(subject, login.may_publish)
            assert await spy.may_publish(subject) == allowed, subject
        inboxes = [f"{other.inbox}.>" for other in LOGINS if other is not login]
        for subject in (">", "*", "webhook.>", "event.>", "job.>", "_INBOX.>", "$JS.>", *inboxes):
            assert not await spy.may_subscribe(subject), subject


async def test_only_the_live_stream_process_can_read_hints(nats: Nats) -> None:
    for login in LOGINS:
        async with Spy().connected(nats.url_of(login.name), login.inbox) as spy:
            assert await spy.may_subscribe(subjects.ANY_HINTS) == (login.name == "stream")
            assert await spy.may_publish(subjects.hints(uuid4())) == (login.name != "stream")


async def test_only_the_intended_nats_logins_can_publish_on_a_restricted_subject() -> None:
    def who_may_say(subject: str) -> set[str]:
        return {login.name for login in LOGINS if is_one_of(subject, login.may_publish)}

    assert who_may_say("webhook.twilio.incoming") == {"webhooks"}
    assert who_may_say("webhook.stripe") == {"webhooks"}
    assert who_may_say("event.billing.audit") == {"billing", "webhooks"}
    assert who_may_say("event.gateway.audit") == {"gateway", "webhooks"}
    assert who_may_say("job.send.x") == {"messaging", "sender", "webhooks"}
    assert who_may_say("$JS.API.STREAM.PURGE.EVENTS") == {KEEPER}
    assert who_may_say("$JS.API.STREAM.DELETE.EVENTS") == set()


async def test_a_consumer_reads_only_its_subject(nats: Nats, operator: Bus) -> None:
    """The server refuses a consumer whose configuration has another subject or name."""
    login = next(login for login in LOGINS if login.name == "billing")
    own = next(one for one in login.consumers if one.stream == "WEBHOOKS")
    await operator.subscribe(own)
    create = f"$JS.API.CONSUMER.CREATE.{own.stream}.{own.name}.{own.subject}"
    async with Spy().connected(nats.url_of("billing"), login.inbox) as spy:
        for wider in (
            {"filter_subject": "webhook.>"},
            {"filter_subject": ""},
            {"filter_subjects": ["webhook.>"]},
            {"filter_subjects": ["webhook.>"], "filter_subject": own.subject},
            {"filter_subject": own.subject, "name": "spy", "durable_name": "spy"},
        ):
            named = {"name": own.name, "durable_name": own.name, "ack_policy": "explicit"}
            asked = {"stream_name": own.stream, "config": named | wider}
            answer = await spy.client.request(create, json.dumps(asked).encode())
            assert "error" in json.loads(answer.data), wider
    config = (await operator.stream.consumer_info(own.stream, own.name)).config
    assert (config.filter_subject, config.filter_subjects) == (own.subject, None)


@pytest.mark.parametrize("user", ["", "billing:@", "billing:wrong@", "nobody:password@"])
async def test_a_client_without_a_nats_login_is_refused(user: str, nats: Nats) -> None:
    url = f"nats://{user}{nats.url.rpartition('@')[2]}"
    client = Client()
    with pytest.raises((NatsError, OSError)):
        await client.connect(url, allow_reconnect=False)


async def test_after_a_wrong_password_the_client_retries_and_logs_no_password(
    nats: Nats, capsys: pytest.CaptureFixture[str]
) -> None:
    url = nats.url_of("billing").replace("password-of-billing", "hunter2")
    bus = Bus(url, "billing")
    await bus.first_try()
    with pytest.raises(ConnectionError):
        await bus.check()
    await bus.close()
    assert "hunter2" not in capsys.readouterr().out
